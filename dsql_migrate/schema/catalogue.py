"""The catalogue: what the statements up to here have built. ``apply`` takes one fact at a time, in order.

It never fails on a script that PostgreSQL would refuse (a duplicate, a missing table): it notes it in ``troubles`` and
goes on, as psql does without ON_ERROR_STOP.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsql_migrate.record import Record, field
from dsql_migrate.schema.indexes import Indexes
from dsql_migrate.schema.model import (
    Index,
    Key,
    Place,
    Routine,
    Sequence,
    Table,
    Thing,
    Trigger,
    UserType,
    View,
)
from dsql_migrate.schema.naming import cut
from dsql_migrate.schema.types import BUILT_IN, Resolved, TypeKind, canonical
from dsql_migrate.source.facts import CreateTable, Fact, Name, TypeName

SYSTEM = frozenset({"pg_catalog", "information_schema", "pg_toast"})
_SERIAL = frozenset({"serial", "bigserial", "smallserial"})
_KINDS: dict[str, TypeKind] = {"enum": "enum", "composite": "composite", "range": "range"}


class Trouble(Record):
    """Something in the script that PostgreSQL itself would refuse."""

    statement: int
    line: int
    message: str


class Catalogue(Record, frozen=False):
    """Mutable while the script is read; afterwards only looked at."""

    tables: dict[Key, Table] = field(default_factory=dict)
    indexes: Indexes = field(default_factory=Indexes)
    sequences: dict[Key, Sequence] = field(default_factory=dict)
    views: dict[Key, View] = field(default_factory=dict)
    routines: dict[tuple[str, str], Routine] = field(default_factory=dict)  # (schema, signature)
    types: dict[Key, UserType] = field(default_factory=dict)
    triggers: dict[tuple[Key, str], Trigger] = field(default_factory=dict)
    schemas: dict[str, int] = field(default_factory=dict)  # name -> statement
    extensions: dict[str, int] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)
    search_path: tuple[str, ...] = ("public",)
    troubles: list[Trouble] = field(default_factory=list)
    gone: list[tuple[str, str, int]] = field(default_factory=list)  # (kind, name, statement that dropped it)
    backed: set[Key] = field(default_factory=set)  # names that an index behind a constraint has or once had
    _resolved: dict[tuple[Any, ...], Resolved] = field(default_factory=dict)  # by what was asked, until the next fact
    constrained: set[Key] = field(default_factory=set)  # names that a constraint has or once had
    former: dict[Key, Table | Sequence] = field(default_factory=dict)  # by a name that it had before RENAME, SET SCHEMA
    session_path: tuple[str, ...] | None = None  # what search_path goes back to where SET LOCAL ends

    def apply(self, fact: Fact, statement: int = 0, line: int = 0) -> None:
        """Take in one fact. ``statement`` and ``line`` say where it stands, for what is remembered about it."""
        from dsql_migrate.schema.apply import apply

        self._resolved.clear()
        apply(self, fact, statement, line)

    # -- names ----------------------------------------------------------------------------------------------------

    def creation_schema(self) -> str:
        """Where an unqualified CREATE goes: the first schema of search_path that is not a system one."""
        return next((s for s in self.search_path if s not in SYSTEM), "public")

    def new_key(self, name: Name) -> Key:
        """The key of what a CREATE statement makes under this name."""
        return (name.schema or self.creation_schema(), name.name)

    def candidates(self, schema: str | None, name: str) -> Iterator[Key]:
        """The keys a name may mean, in the order in which PostgreSQL looks: by search_path, then in public."""
        if schema is not None:
            yield (schema, name)
            return
        for path in self.search_path:
            yield (path, name)
        if "public" not in self.search_path:
            yield ("public", name)

    def table(self, name: Name) -> Table | None:
        """The table a name means here, by search_path."""
        return next((self.tables[k] for k in self.candidates(name.schema, name.name) if k in self.tables), None)

    def made_by(self, fact: CreateTable, key: Key) -> Table | None:
        """The table that a statement made under ``key``, whatever it is called now; None where it is gone."""
        found = self.tables.get(key)
        if found is not None and found.fact is fact:
            return found
        return next((table for table in self.tables.values() if table.fact is fact), None)

    def table_key(self, name: Name) -> Key:
        """The key of the table a name means here; that of a new one where there is none."""
        found = self.table(name)
        return found.key if found else self.new_key(name)

    def relation_key(self, name: Name) -> Key | None:
        """The table, view or sequence a name means here; None where this script made none of that name."""
        for key in self.candidates(name.schema, name.name):
            if key in self.tables or key in self.views or key in self.sequences:
                return key
        return None

    def sequence_key(self, text: str) -> Key | None:
        """The sequence that the text argument of nextval('…') means, or meant before it was renamed."""
        parts = split_qualified(text)
        if not parts:
            return None
        keys = list(self.candidates(parts[-2] if len(parts) > 1 else None, parts[-1]))
        found = next((k for k in keys if k in self.sequences), None)
        if found is None:
            old = next((self.former[k] for k in keys if isinstance(self.former.get(k), Sequence)), None)
            found = old.key if old is not None and self.sequences.get(old.key) is old else None
        return found

    def table_called(self, schema: str | None, name: str) -> Table | None:
        """The table that a name means here, or meant before it was renamed."""
        found = self.table(Name(schema, name))
        if found is None:
            keys = self.candidates(schema, name)
            old = next((self.former[k] for k in keys if isinstance(self.former.get(k), Table)), None)
            found = old if isinstance(old, Table) and self.tables.get(old.key) is old else None
        return found

    def user_type(self, schema: str | None, name: str) -> UserType | None:
        """The type of this script that a name means here: none where PostgreSQL has one of that name."""
        if schema is None and name in BUILT_IN:
            return None
        return next((self.types[k] for k in self.candidates(schema, name) if k in self.types), None)

    def row_of(self, type: TypeName) -> Key | None:
        """The table or view of this script whose rows a type name means here."""
        if type.schema == "pg_catalog" or (type.schema is None and type.name in BUILT_IN):
            return None
        return self.relation_key(Name(type.schema, type.name))

    def routines_named(self, schema: str | None, name: str) -> list[Routine]:
        """Every overload of a function name that this script made, visible by that name."""
        found = []
        for candidate, _ in self.candidates(schema, name):
            found = [r for r in self.routines.values() if r.key == (candidate, name)]
            if found:
                break
        return found

    # -- types ----------------------------------------------------------------------------------------------------

    def resolve_type(self, type: TypeName) -> Resolved:
        """Take user-defined layers off a type name: enums, domains to their base, composites, row types of tables."""
        key = (type.schema, type.name, type.modifiers, type.dimensions, self.search_path)
        found = self._resolved.get(key)
        if found is None:
            found = self._resolved[key] = self._resolve(canonical(type), 0)
        return found

    def _resolve(self, type: TypeName, depth: int) -> Resolved:
        if type.schema is None and type.name in _SERIAL:
            return Resolved("serial", type.name, (), type.dimensions)
        user = None if type.schema == "pg_catalog" else self.user_type(type.schema, type.name)
        if user is None:
            kind: TypeKind = "base" if type.schema in (None, "pg_catalog") else "unknown"
            if self.row_of(type) in self.tables:
                kind = "composite"
            return Resolved(kind, type.name, type.modifiers, type.dimensions, schema=type.schema)
        if user.kind == "domain" and user.base is not None and depth < 32:
            under = self._resolve(canonical(user.base), depth + 1)
            return Resolved("domain", user.key[1], (), type.dimensions, user, under, user.key[0])
        kind = _KINDS.get(user.kind, "unknown")
        return Resolved(kind, user.key[1], type.modifiers, type.dimensions, user, schema=user.key[0])

    # -- keys and indexes -----------------------------------------------------------------------------------------

    def indexes_of(self, table: Key) -> list[Index]:
        """The indexes that CREATE INDEX made on a table, those behind constraints not among them."""
        return self.indexes.of(table)

    def index_count(self, table: Key) -> int:
        """Indexes as DSQL counts them: the primary key and those behind UNIQUE constraints too."""
        found = self.tables.get(table)
        return len(self.indexes_of(table)) + (len(found.unique_keys()) if found else 0)

    def children(self, parent: Key) -> list[Table]:
        """Partitions and inheritance children, direct ones, in order of creation."""
        return [t for t in self.tables.values() if t.partition_of == parent or parent in t.inherits]

    def has_index_prefix(self, table: Key, columns: tuple[str, ...]) -> bool:
        """Whether an index or key of the table starts with these columns, in any order among themselves."""
        wanted = set(columns)
        found = self.tables.get(table)
        lists = [c.columns for c in found.unique_keys()] if found else []
        lists += [i.columns for i in self.indexes_of(table) if i.fact.where is None]
        return any(set(keys[: len(wanted)]) == wanted for keys in lists)

    def is_relation(self, schema: str, name: str) -> bool:
        """Whether a relation has this name: tables, indexes, sequences, views and composite types share one space."""
        key = (schema, name)
        if any(key in space for space in (self.tables, self.indexes, self.sequences, self.views)):
            return True
        if key in self.types and self.types[key].kind == "composite":
            return True
        return key in self.backed and any(
            name in table.constraints and table.constraints[name].kind in ("primary", "unique", "exclude")
            for table in self.tables.values()
            if table.key[0] == schema
        )

    def is_constraint(self, schema: str, name: str) -> bool:
        """Whether a constraint of a table or domain has this name: PostgreSQL makes up no name that another uses."""
        if (schema, name) not in self.constrained:
            return False
        return any(name in t.constraints for t in self.tables.values() if t.key[0] == schema) or any(
            check.name == name for t in self.types.values() if t.key[0] == schema for check in t.checks
        )

    def note(self, place: Place, message: str) -> None:
        """Remember that PostgreSQL would refuse this."""
        self.troubles.append(Trouble(place.statement, place.line, message))

    def is_free(self, key: Key, place: Place, *, quiet: bool = False) -> bool:
        """Whether a relation can be made under this key; otherwise the trouble is noted, except for IF NOT EXISTS."""
        if not self.is_relation(*key):
            return True
        if not quiet:
            self.note(place, f'relation "{key[1]}" already exists')
        return False


def split_qualified(text: str) -> list[str]:
    """'public."My Seq"' -> ['public', 'My Seq'], by PostgreSQL's rules for names in text."""
    parts: list[str] = []
    i, size = 0, len(text)
    while i < size:
        if text[i] == '"':
            part = ""
            i += 1
            while i < size:
                if text[i] == '"':
                    if text[i + 1 : i + 2] != '"':
                        break
                    i += 1
                part += text[i]
                i += 1
            i += 1
        else:
            end = text.find(".", i)
            end = size if end < 0 else end
            part = text[i:end].strip().lower()
            i = end
        parts.append(part)
        if text[i : i + 1] != ".":
            break
        i += 1
    return [cut(p) for p in parts if p]
