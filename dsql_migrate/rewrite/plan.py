"""What a rewrite is while it is being made: the plan of every table, the items of each file, the ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dsql_migrate.rewrite.decisions import Decisions, Taken
from dsql_migrate.rewrite.forms import NumericUse, NumericUses, TypeChoice, Want
from dsql_migrate.rewrite.reading import Script, Statement
from dsql_migrate.rewrite.writing.ledger import Disposition, Entry, Ledger
from dsql_migrate.schema import Catalogue
from dsql_migrate.schema.model import Index, Key, Sequence, Table, TableColumn, TableConstraint
from dsql_migrate.schema.naming import cut
from dsql_migrate.target import Target

if TYPE_CHECKING:
    from dsql_migrate.rewrite.following import Followed
    from dsql_migrate.rewrite.objects.output_types import Shown
    from dsql_migrate.rewrite.objects.stored_views import StoredView

_ENDS_IN_REMARK = re.compile(rb";\s*--[^\n]*\Z")  # a statement with a remark behind its semicolon


@dataclass(frozen=True, slots=True)
class Item:
    """One statement of the bundle, with what it stands for."""

    text: bytes  # with its leading comments and its end (";" or a psql command)
    statement: int  # number of the source statement it comes from: the order
    ids: tuple[str, ...]  # the ledger entries that fall with it
    search_path: tuple[str, ...] = ("public",)
    provides: frozenset[str] = frozenset()  # "relation:public.t", "function:public.f", "type:public.e", "schema:s"
    needs: frozenset[str] = frozenset()
    rank: int = 0
    lane: str | None = None  # its table, where those of other tables may run at the same time
    tells: tuple[str, ...] = ()  # entries whose text was taken out of this statement: told above it

    @property
    def sql(self) -> bytes:
        """The text as a file has it: one line of space before it, ended."""
        text = self.text.strip()
        return text if text.endswith((b";", b"\\endif", b"\\gexec")) or _ENDS_IN_REMARK.search(text) else text + b";"


@dataclass(slots=True)
class ColumnPlan:
    column: TableColumn
    choice: TypeChoice
    identity: Sequence | None = None  # the sequence that becomes the column's identity
    identity_always: bool = False
    drawn: Sequence | None = None  # the sequence that gave the numbers of a key that is uuid now
    note: str = ""  # what else the ledger says of the column
    plain: Literal["now", "late"] | None = None  # a generated column that becomes plain: at once, or behind the load
    keep_default: bool = True
    default_sql: str | None = None  # in place of the source's default
    default_reason: str = ""  # what was done to it, where it followed what was rewritten
    generated: str | None = None  # the expression of a generated column on the target
    empty: bool = False  # it was generated, and DSQL cannot compute it: its values are in no dump
    facets: tuple[str, ...] = ()  # names of the columns that take its place, where there are several
    defaults: tuple[str | None, ...] = ()  # of each of them

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns on the target."""
        return self.facets or (self.column.name,)


@dataclass(slots=True)
class ElementTable:
    """A table of the target that holds the elements of an array column.

    ``key``: where it stands there. ``keys``: its columns that hold the primary key of the table the array was in.
    """

    key: Key
    parent: TablePlan
    column: ColumnPlan
    keys: tuple[str, ...]
    position: str
    value: str


@dataclass(slots=True)
class Merge:
    """A child table whose rows go into its parent."""

    child: Key
    root: Key
    constant: str | None = None  # value of the column inherited_from; None for partitions


@dataclass(slots=True)
class TablePlan:
    table: Table
    columns: dict[str, ColumnPlan] = field(default_factory=dict)
    extra: list[tuple[ColumnPlan, Key]] = field(default_factory=list)  # columns of inheritance children, and whose
    discriminator: str | None = None
    added_key: tuple[str, str] | None = None  # the column of a primary key that the source does not have: name, option
    key_note: str = ""  # why it gets none, though one was decided on
    lengths: dict[str, int] = field(default_factory=dict)  # text columns whose length a CHECK keeps
    foreign_keys: list[TableConstraint] = field(default_factory=list)
    late_checks: list[TableConstraint] = field(default_factory=list)  # NOT VALID in the source

    @property
    def width(self) -> int:
        """How many columns the table has on the target."""
        columns = [*self.columns.values(), *(column for column, _ in self.extra)]
        return sum(len(column.names) for column in columns) + (self.discriminator is not None)


@dataclass(slots=True)
class Plan:
    """Everything about one rewrite. ``excluded``: ids that the engine refused in a trial, with its answer."""

    script: Script
    target: Target
    decisions: Decisions
    excluded: Mapping[str, str] = field(default_factory=dict)
    numeric: NumericUses = field(default_factory=dict)
    shown: Mapping[str, Shown] = field(default_factory=dict)  # by ledger id: columns of views, asked of the engine
    ledger: Ledger = field(default_factory=Ledger)
    tables: dict[Key, TablePlan] = field(default_factory=dict)
    element_tables: dict[Key, list[ElementTable]] = field(default_factory=dict)  # by the table of the array
    merges: dict[Key, Merge] = field(default_factory=dict)
    apart: set[Key] = field(default_factory=set)  # parents and inheritance children that are tables of their own
    views: dict[Key, list[Key]] = field(default_factory=dict)  # partitioned tables that are views, and their partitions
    stored: dict[Key, StoredView] = field(default_factory=dict)  # materialized views that are tables
    unstored: dict[Key, str] = field(default_factory=dict)  # those that were to be tables, but are views: why
    barred: dict[Key, tuple[str, str | None]] = field(default_factory=dict)  # tables DSQL cannot have: why, which rule
    lost: dict[str, str] = field(default_factory=dict)  # what is not carried ("function:public.f(int4)") -> why
    followed: dict[str, Followed] = field(default_factory=dict)  # by ledger id: bodies of views and functions
    in_sql: dict[str, Statement] = field(default_factory=dict)  # by ledger id: PL/pgSQL functions, as they are in SQL
    pre: list[Item] = field(default_factory=list)
    post: list[Item] = field(default_factory=list)
    data: dict[int, Item] = field(default_factory=dict)  # statements that stand among the rows, by number
    values_of: dict[int, int] = field(default_factory=dict)  # of those that fill an enum's table: how many rows
    quarantine: list[tuple[Statement, str]] = field(default_factory=list)
    loose: list[tuple[bytes, int, str]] = field(default_factory=list)  # unreadable INSERTs: text, line, why
    untranslated: list[tuple[Entry, str]] = field(default_factory=list)  # in no statement of the script: its text
    commented: set[int] = field(default_factory=set)  # folded statements whose comments stand in CREATE TABLE
    inline: set[tuple[Key, str]] = field(default_factory=set)  # foreign keys that stand in CREATE TABLE
    behind: dict[tuple[Key, str], str] = field(default_factory=dict)  # that should, but stand behind the load: why
    flattened: frozenset[str] = frozenset()  # schemas whose objects go into public
    prefixed: dict[Key, Key] = field(default_factory=dict)  # where each of them stands there
    roles: list[tuple[str, str]] = field(default_factory=list)  # of roles.sql: a role, and its SQL
    moved: dict[str, tuple[str, ...]] = field(default_factory=dict)  # entries whose objects have another id there
    extra: set[str] = field(default_factory=set)  # ids on the target that no entry names
    altered: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by ledger id: aspects that differ on purpose
    places: set[int] = field(default_factory=set)  # statements that made something which is there at the end
    folded: dict[Key, list[Statement]] = field(default_factory=dict)  # statements folded into CREATE TABLE
    taken: dict[tuple[str, str], Taken] = field(default_factory=dict)  # by ledger id and key: each choice there was

    def numeric_of(self, domain: Key) -> NumericUse | None:
        """What the rows hold in columns of a domain over bare numeric."""
        found: NumericUse | None = None
        for (table, name), use in self.numeric.items():
            column = self.catalogue.tables[table].columns.get(name) if table in self.catalogue.tables else None
            user = self.catalogue.resolve_type(column.type).user if column else None
            if user is not None and user.key == domain:
                found = use | (found or NumericUse())
        return found

    _indexes: dict[Key, list[Index]] = field(default_factory=dict)  # by the table that holds the rows

    @property
    def statements(self) -> Mapping[int, Statement]:
        return self.script.by_number

    @property
    def catalogue(self) -> Catalogue:
        return self.script.catalogue

    def decide(self, key: str, id: str) -> str:
        """The option chosen for an object, by its ledger id. To be asked only where the object has the choice."""
        found = self.taken.get((id, key))
        if found is None:
            found = self.taken[id, key] = self.decisions.take(key, id, self.target)
        return found.option

    def asked(self, id: str) -> Want:
        """``decide`` for one object, and for others where they are named."""
        return lambda key, other=None: self.decide(key, other or id)

    def indexes_on(self, root: Key) -> list[Index]:
        """The indexes of a table and of what is merged into it, in order of creation. Merges must have been found."""
        if not self._indexes:
            for index in self.catalogue.indexes.values():
                self._indexes.setdefault(self.root(index.table), []).append(index)
        return self._indexes.get(root, [])

    def root(self, key: Key) -> Key:
        """The table that holds the rows of a table: its root where it is merged, else itself."""
        return self.merges[key].root if key in self.merges else key

    def note(
        self, kind: str, name: str, line: int, disposition: Disposition, reason: str = "", **more: object
    ) -> Entry:
        """Enter an object in the ledger; what the engine refused in a trial is the application's."""
        source = self.script.source
        if source.segments:
            file, line = source.at_line(line)
            more["file"] = file if file != source.label else None
        entry = self.ledger.add(kind, name, line, disposition, reason, **more)  # type: ignore[arg-type]
        if entry.id in self.excluded and disposition in ("kept", "rewritten"):
            entry.disposition, entry.into = "application", []
            entry.reason = f"the engine refuses it: {self.excluded[entry.id]}"
        return entry

    def where(self, *lines: int) -> str:
        """Lines of the source in words, as people know them: ``line 7``, ``lines 7, 9``, ``V2__b.sql, line 7``."""
        source = self.script.source
        files: dict[str, list[int]] = {}
        for label, line in (source.at_line(line) for line in lines):
            known = files.setdefault("" if label == source.label else f"{label}, ", [])
            if line not in known:
                known.append(line)
        return "; ".join(
            f"{file}{'line' if len(found) == 1 else 'lines'} {', '.join(map(str, found))}"
            for file, found in files.items()
        )

    def place(self, key: Key) -> Key:
        """Where an object stands on the target: schemas beyond DSQL's limit are folded into ``public``."""
        if key[0] not in self.flattened:
            return key
        return self.prefixed.get(key) or ("public", cut(f"{key[0]}__{key[1]}"))

    def carried(self, id: str) -> bool:
        """Whether an object is in the bundle (so far as is known now)."""
        return id not in self.lost and id not in self.excluded


def dotted(key: Key) -> str:
    """schema.name as ledger ids have it."""
    return f"{key[0]}.{key[1]}"


def name_of(key: Key, column: str) -> str:
    """schema.table.column, as ledger ids have it."""
    return f"{dotted(key)}.{column}"
