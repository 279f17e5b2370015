"""What the catalogue holds: tables, sequences, views, types … as the statements so far have left them."""

from __future__ import annotations

from typing import Literal

from dsql_migrate.record import Record, field
from dsql_migrate.source.facts import NOWHERE as NO_SPAN
from dsql_migrate.source.facts import (
    Argument,
    Column,
    Constraint,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    Expression,
    Identity,
    SequenceOptions,
    Span,
    TypeName,
)

Key = tuple[str, str]  # (schema, name), always qualified, as PostgreSQL stores them: at most 63 bytes each
Origin = Literal["column", "table", "alter", "index", "inherited", "promoted", "demoted"]  # where a constraint was said


class Place(Record):
    """Where something was said: the number of the statement, its line, the span inside it."""

    statement: int
    line: int
    span: Span = NO_SPAN


NOWHERE = Place(-1, 0)


class TableColumn(Record, frozen=False):
    name: str
    type: TypeName
    place: Place
    type_place: Place  # where the type was said last
    created_as: str  # the name in CREATE TABLE or ADD COLUMN, before any RENAME
    span: Span | None = None  # of the table element in CREATE TABLE; None where ALTER TABLE or LIKE added it
    fact: Column | None = None  # as it was written, where it was
    not_null: bool = False
    default: Expression | None = None
    default_place: Place = NOWHERE
    generated: Expression | None = None
    virtual: bool = False
    expression_dropped: Place | None = None  # where DROP EXPRESSION stands
    identity: Identity | None = None
    identity_place: Place = NOWHERE
    inherited: bool = False
    not_null_name: str | None = None  # PostgreSQL 18 keeps NOT NULL as a constraint with a name
    collation: str | None = None


class TableConstraint(Record, frozen=False):
    name: str
    fact: Constraint
    place: Place
    columns: tuple[str, ...]
    references: Key | None = None
    referenced_columns: tuple[str, ...] = ()
    origin: Origin = "table"
    validated: bool = True

    @property
    def kind(self) -> str:
        """primary, unique, foreign, check, exclude or not null."""
        return self.fact.kind


class Table(Record, frozen=False):
    key: Key
    place: Place
    fact: CreateTable | None
    columns: dict[str, TableColumn] = field(default_factory=dict)
    constraints: dict[str, TableConstraint] = field(default_factory=dict)
    created_as: Key = ("", "")
    foreign: bool = False
    partition_by: tuple[str, ...] | None = None
    partition_of: Key | None = None
    bound: str | None = None
    attach_place: Place = NOWHERE
    inherits: tuple[Key, ...] = ()
    row_security: Place | None = None
    like: tuple[Key, ...] = ()
    first_data: int | None = None  # number of the first statement that puts rows in
    rows: int = 0

    @property
    def primary_key(self) -> TableConstraint | None:
        """Its PRIMARY KEY constraint, where it has one."""
        return next((c for c in self.constraints.values() if c.kind == "primary"), None)

    def unique_keys(self) -> list[TableConstraint]:
        """Its PRIMARY KEY and UNIQUE constraints, in order of creation."""
        return [c for c in self.constraints.values() if c.kind in ("primary", "unique")]


class Index(Record, frozen=False):
    key: Key
    table: Key
    fact: CreateIndex
    place: Place
    parent: Key | None = None  # of a partitioned index
    columns: tuple[str, ...] = ()  # of the keys, by their names of now; "" for an expression


class Sequence(Record, frozen=False):
    key: Key
    place: Place
    options: SequenceOptions
    owned_by: tuple[Key, str] | None = None
    owned_place: Place = NOWHERE
    implicit: Literal["serial", "identity"] | None = None
    last_value: int | None = None
    is_called: bool = True
    persistence: str = "permanent"


class View(Record, frozen=False):
    key: Key
    place: Place
    query: Expression
    materialized: bool
    columns: tuple[str, ...]
    outputs: tuple[str | None, ...]
    temporary: bool = False


class Routine(Record, frozen=False):
    key: Key
    signature: str  # name(types)
    place: Place
    language: str
    kind: Literal["function", "procedure", "aggregate"]
    returns: TypeName | None = None
    arguments: tuple[Argument, ...] = ()
    uses: Expression | None = None
    body: str | None = None
    options: tuple[tuple[str, str], ...] = ()  # of an aggregate: (sfunc, public.f), (stype, text) …


class UserType(Record, frozen=False):
    key: Key
    kind: Literal["enum", "composite", "range", "domain", "base", "extension"]
    place: Place
    values: tuple[str, ...] = ()  # of an enum, in order
    base: TypeName | None = None  # of a domain
    not_null: bool = False
    checks: list[TableConstraint] = field(default_factory=list)
    default: Expression | None = None
    columns: tuple[Column, ...] = ()  # of a composite type


class Trigger(Record, frozen=False):
    name: str
    table: Key
    function: tuple[str | None, str]
    place: Place
    fact: CreateTrigger | None = None  # as it was said last; names of columns as they are now stand in ``columns``
    columns: tuple[str, ...] = ()  # UPDATE OF
    enabled: bool = True  # for a session that is no replica


class Thing(Record):
    """Anything else that was created: extension, rule, policy, cast, collation, operator, publication …"""

    kind: str
    name: str
    place: Place
    table: Key | None = None
