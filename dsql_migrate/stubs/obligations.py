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


@dataclass(frozen=True, slots=True)
class ColumnShape:
    name: str
    type_sql: str  # as in the bundle's DDL: "bigint", "character varying(20)", "public.mood"
    not_null: bool = False
    default: bool = False  # has a default or is an identity column
    generated: bool = False  # GENERATED ALWAYS AS (…) STORED


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as the bundle creates it."""

    schema: str
    name: str
    columns: tuple[ColumnShape, ...] = ()
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()

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
class Obligations:
    """``source`` is the label of the input, as shown to people. Foreign keys stand in the order the source makes them:
    PostgreSQL acts on several keys of one row in that order."""

    source: str
    tables: tuple[TableShape, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

    def table(self, name: QualifiedName) -> TableShape | None:
        return next((table for table in self.tables if table.qualified == name), None)

    def named(self) -> frozenset[QualifiedName]:
        """The tables that a foreign key references."""
        return frozenset(key.references for key in self.foreign_keys)


def resolved(obligations: Obligations) -> Obligations:
    """The same obligations, each foreign key with its referenced columns, and only the tables that take part.

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
    tables = [table for table in obligations.tables if table.qualified in parts]
    defined = {table.qualified for table in tables}
    tables += [TableShape(*name) for name in parts if name not in defined]
    return replace(obligations, tables=tuple(tables), foreign_keys=tuple(keys))
