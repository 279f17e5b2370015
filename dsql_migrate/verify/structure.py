"""The catalogue of a database, read from pg_catalog into frozen dataclasses.

Left out: the system's own schemas, objects of extensions, stand-ins for extensions (they carry a comment that says
so), and what PostgreSQL makes on its own (indexes of constraints, triggers of foreign keys, row types).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dsql_migrate.verify import queries

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # format_type
    not_null: bool
    expression: str | None  # of its default, or what generates it
    identity: bool
    generated: bool
    inherited: bool  # not declared on this table itself
    number: int = 0  # attnum

    @property
    def default(self) -> str | None:
        return None if self.generated else self.expression


@dataclass(frozen=True, slots=True)
class Table:
    schema: str
    name: str
    columns: tuple[Column, ...]
    partition_of: str | None = None
    partitioned: bool = False
    parents: tuple[str, ...] = ()  # inheritance
    row_security: bool = False
    foreign: bool = False

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Constraint:
    owner: str  # table or domain, qualified
    name: str
    kind: str  # "primary key", "unique", "foreign key", "check", "exclude"
    definition: str
    columns: tuple[str, ...] = ()
    expression: str | None = None
    references: str | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str = ""
    on_update: str = ""
    deferrable: bool = False
    validated: bool = True
    inherited: bool = False
    of_domain: bool = False

    @property
    def id(self) -> str:
        return f"constraint:{self.owner}.{self.name}"


@dataclass(frozen=True, slots=True)
class Index:
    schema: str
    name: str
    table: str
    unique: bool
    valid: bool
    keys: tuple[str, ...]
    include: tuple[str, ...]
    predicate: str | None
    method: str
    definition: str
    inherited: bool = False

    @property
    def id(self) -> str:
        return f"index:{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class View:
    schema: str
    name: str
    materialized: bool
    columns: tuple[tuple[str, str], ...]  # name and type

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def kind(self) -> str:
        return "materialized view" if self.materialized else "view"

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.qualified}"


@dataclass(frozen=True, slots=True)
class Sequence:
    schema: str
    name: str
    increment: int
    next_value: int | None  # None where it may not be read
    identity_of: str | None = None  # schema.table.column of an identity column

    @property
    def id(self) -> str:
        if self.identity_of is not None:
            return f"identity:{self.identity_of}"
        return f"sequence:{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Plain:
    """Any other object: its id says it all; ``text`` is what two sides can be compared by."""

    id: str
    kind: str
    name: str
    text: str = ""
    optional: bool = False  # made by PostgreSQL for something else, or there from the start


@dataclass(frozen=True)
class Catalogue:
    """A database's objects, each kind by its qualified name or id, in a fixed order."""

    tables: dict[str, Table]
    constraints: dict[str, Constraint]
    indexes: dict[str, Index]
    views: dict[str, View]
    sequences: dict[str, Sequence]  # by id: sequence:… or identity:…
    others: dict[str, Plain]
    unreadable: dict[str, str] = field(default_factory=dict)  # id -> message

    @cached_property
    def _by_name(self) -> dict[str, Sequence]:
        return {f"sequence:{s.schema}.{s.name}": s for s in self.sequences.values()}

    def sequence(self, id: str) -> Sequence | None:
        """By id; an identity column's sequence is found by its own name too."""
        return self.sequences.get(id) or self._by_name.get(id)


def read(connection: Any, ignored_schemas: Collection[str] = ()) -> Catalogue:
    """Read the catalogue over an autocommit connection. Schemas in ``ignored_schemas`` are left out.

    Raises psycopg.Error where pg_catalog cannot be read.
    """
    version = connection.info.server_version
    hidden = sorted({*ignored_schemas, "information_schema"})

    def ask(text: str) -> Rows:
        return list(connection.execute(text.encode(), {"hidden": hidden}).fetchall())

    columns: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for owner, *rest in ask(queries.COLUMNS):
        columns[owner].append(tuple(rest))
    unreadable: dict[str, str] = {}
    sequences = [_sequence(connection, row, unreadable) for row in ask(queries.SEQUENCES)]
    constraints = [_constraint(row) for row in ask(queries.CONSTRAINTS)]
    indexes = [
        Index(s, n, t, u, v, tuple(k), tuple(i), p, m, d, c) for s, n, t, u, v, k, i, p, m, d, c in ask(queries.INDEXES)
    ]
    views = [_view(row, columns) for row in ask(queries.VIEWS)]
    others = [Plain(*row) for text in queries.others(version) for row in ask(text)]
    return Catalogue(
        {t.qualified: t for t in (_table(row, columns) for row in ask(queries.TABLES))},
        {c.id: c for c in constraints},
        {i.id: i for i in indexes},
        {v.qualified: v for v in views},
        {s.id: s for s in sequences},
        {o.id: o for o in others},
        unreadable,
    )


def _table(row: tuple[Any, ...], columns: dict[str, list[tuple[Any, ...]]]) -> Table:
    schema, name, kind, parents, is_partition, row_security = row
    own = tuple(_column(c) for c in columns[f"{schema}.{name}"])
    return Table(
        schema, name, own, parents[0] if is_partition and parents else None, kind == "p",
        () if is_partition else tuple(parents), row_security, kind == "f",
    )  # fmt: skip


# What is left of DEFAULT NULL where the type has a length or a scale to apply: varchar(40), numeric(9,2). It means
# nothing.
_NULL = re.compile(r"NULL::[\w\s\".]+(?:\(\d+(?:,\s*-?\d+)?\))?[\w\s]*")


def _column(row: tuple[Any, ...]) -> Column:
    name, type, not_null, expression, identity, generated, *rest = row
    if expression is not None and not generated and _NULL.fullmatch(expression):
        expression = None
    return Column(name, type, not_null, expression, identity, generated, *rest)


def _view(row: tuple[Any, ...], columns: dict[str, list[tuple[Any, ...]]]) -> View:
    schema, name, kind = row
    return View(schema, name, kind == "m", tuple((c[0], c[1]) for c in columns[f"{schema}.{name}"]))


_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_KINDS = {"p": "primary key", "u": "unique", "f": "foreign key", "c": "check", "x": "exclude", "t": "trigger"}


def _constraint(row: tuple[Any, ...]) -> Constraint:
    (owner, name, kind, definition, columns, expression, references, referenced, on_delete, on_update, deferrable,
     validated, inherited, of_domain) = row  # fmt: skip
    return Constraint(
        owner, name, _KINDS.get(kind, kind), definition, tuple(columns), expression, references, tuple(referenced),
        _ACTIONS.get(on_delete, ""), _ACTIONS.get(on_update, ""), deferrable, validated, inherited, of_domain,
    )  # fmt: skip


def _sequence(connection: Any, row: tuple[Any, ...], unreadable: dict[str, str]) -> Sequence:
    """The next value: the last one plus the increment once it was called, else the last one itself."""
    import psycopg

    from dsql_migrate.verify.digest import quoted

    schema, name, increment, identity_of = row
    value: int | None = None
    try:
        found = connection.execute(f"SELECT last_value, is_called FROM {quoted(schema, name)}".encode()).fetchone()
        if found is not None:
            value = found[0] + increment * found[1]
    except psycopg.Error as error:
        unreadable[f"sequence:{schema}.{name}"] = str(error).partition("\n")[0]
    return Sequence(schema, name, increment, value, identity_of)
