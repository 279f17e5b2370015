"""What a bundle owes because the target does not enforce it: the input of every stub writer and audit.

Plain values, free of the catalogue they come from, so that a writer can be tested without a dump. Names are as
PostgreSQL stores them. The first kind of obligation is the foreign key; others join ``Obligations`` as further fields.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from dsql_migrate.source.facts import Action

QualifiedName = tuple[str, str]  # (schema, name)
Match = Literal["simple", "full", "partial"]


class Capabilities(Protocol):
    """The part of ``dsql_migrate.target.Target`` that stubs ask."""

    def has(self, capability: str, /) -> bool:
        """Whether the target can do it on its date; KeyError for an unknown name."""
        ...

    def limit(self, name: str, /) -> int:
        """A limit of the target on its date; KeyError for an unknown name."""
        ...


@dataclass(frozen=True, slots=True)
class ColumnShape:
    name: str
    type_sql: str  # as in the bundle's DDL: "bigint", "character varying(20)", "public.mood"
    not_null: bool = False
    default: bool = False  # has a default or is an identity column
    generated: bool = False  # GENERATED ALWAYS AS (…) STORED, or AS IDENTITY
    default_sql: str | None = None  # of a default that is an expression; an identity column has none
    identity: bool = False


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as the bundle creates it."""

    schema: str
    name: str
    columns: tuple[ColumnShape, ...] = ()
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    view: bool = False

    @property
    def qualified(self) -> QualifiedName:
        return (self.schema, self.name)

    def column(self, name: str) -> ColumnShape | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key that the DDL does not carry. ``line`` is its place in the source."""

    id: str  # of its ledger entry
    name: str
    line: int
    table: QualifiedName
    columns: tuple[str, ...]
    references: QualifiedName
    referenced_columns: tuple[str, ...]  # empty: the primary key of the table it references
    on_delete: Action = "no action"
    on_update: Action = "no action"
    on_delete_columns: tuple[str, ...] = ()
    match: Match = "simple"
    deferrable: bool = False
    initially_deferred: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """Of a routine. ``type_sql`` is as in the bundle's DDL; ``default`` is SQL."""

    name: str | None
    type_sql: str
    mode: Literal["in", "out", "inout", "variadic", "table"] = "in"
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or procedure that the DDL does not carry. ``line`` is where its body begins in the source."""

    id: str
    schema: str
    name: str
    line: int
    language: str
    body: str
    arguments: tuple[Argument, ...] = ()
    returns: str | None = None  # a type, "trigger", "record", None for a procedure
    is_set: bool = False
    procedure: bool = False
    strict: bool = False  # NULL in, NULL out
    volatility: Literal["immutable", "stable", "volatile"] = "volatile"
    comment: str = ""


Event = Literal["insert", "update", "delete", "truncate"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger. ``function`` is the id of its routine; ``when`` is SQL. Those of a kind fire in the order of names."""

    id: str
    name: str
    line: int
    table: QualifiedName
    timing: Literal["before", "after", "instead of"]
    events: tuple[Event, ...]
    row: bool
    function: str
    arguments: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # UPDATE OF
    when: str | None = None
    old_table: str | None = None
    new_table: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    enabled: bool = True
    built_in: str | None = None  # the name of a function of PostgreSQL's own: tsvector_update_trigger, …


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An exclusion constraint: no two rows for which every pair (expression, operator) is true, within ``where``.

    The expressions are SQL over the bare names of the table's columns on the target; ``said`` is how the source writes
    them. ``reads``: the columns whose change can make two rows meet. ``held``: columns in which rows that meet are
    equal, of types whose values are the same text in every language.
    """

    id: str
    name: str
    line: int
    table: QualifiedName
    elements: tuple[tuple[str, str], ...]
    where: str | None = None
    initially_deferred: bool = False
    said: str = ""
    reads: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeferredKey:
    """A unique key that was checked at the end of the statement or transaction: DSQL's is checked at each row."""

    id: str
    name: str
    line: int
    table: QualifiedName
    columns: tuple[str, ...]
    initially_deferred: bool = False


@dataclass(frozen=True, slots=True)
class TypeShape:
    """A type that the source makes, "schema.name". ``base``: of a domain or enum of the bundle, the type whose values
    its are; None: the bundle does not have it. ``fields``: of a composite type, names with their types."""

    name: str
    base: str | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Obligations:
    """``source`` is the label of the input, as shown to people. Foreign keys stand in the order the source makes them:
    PostgreSQL acts on several keys of one row in that order. ``native_keys``: those that the DDL does carry, with
    the rows of other tables that they change behind the back of a trigger."""

    source: str
    tables: tuple[TableShape, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    routines: tuple[Routine, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    deferred_keys: tuple[DeferredKey, ...] = ()
    native_keys: tuple[ForeignKey, ...] = ()
    types: tuple[TypeShape, ...] = ()

    def table(self, name: QualifiedName) -> TableShape | None:
        return next((table for table in self.tables if table.qualified == name), None)

    def named(self) -> frozenset[QualifiedName]:
        """The tables that a foreign key references."""
        return frozenset(key.references for key in self.foreign_keys)


def resolved(obligations: Obligations) -> Obligations:
    """The same obligations, each foreign key with its referenced columns, and only the tables that take part: those of
    foreign keys and of exclusion constraints.

    A foreign key whose columns cannot be known (its parent table is not in the source and it names no columns) is left
    out: nothing can be checked for it. So is the second of two keys of one name on one table, which PostgreSQL refuses
    as well. A table that only keys name gets a shape without columns and without a key.
    """
    keys: list[ForeignKey] = []
    for key in obligations.foreign_keys:
        parent = obligations.table(key.references)
        columns = key.referenced_columns or (parent.primary_key if parent else ())
        twice = any((other.table, other.name) == (key.table, key.name) for other in keys)
        if columns and len(columns) == len(key.columns) and not twice:
            keys.append(replace(key, referenced_columns=columns))
    parts = dict.fromkeys(name for key in keys for name in (key.table, key.references))
    parts |= dict.fromkeys(one.table for one in obligations.exclusions)
    tables = [table for table in obligations.tables if table.qualified in parts]
    defined = {table.qualified for table in tables}
    tables += [TableShape(*name) for name in parts if name not in defined]
    return replace(obligations, tables=tuple(tables), foreign_keys=tuple(keys))
