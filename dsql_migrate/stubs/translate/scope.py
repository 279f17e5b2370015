"""What a name means at a place of a body: its variables, the rows of a trigger, and the columns of the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsql_migrate.stubs.code.values import Constant, Kind, Name, Part, Value
from dsql_migrate.stubs.obligations import Obligations, Routine, TableShape, Trigger
from dsql_migrate.stubs.translate.kinds import UNKNOWN, kind_of


class Beyond(Exception):
    """What cannot be said in steps. The message names the construct; ``line`` is that of the body, 0: unknown."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable. ``columns``: of one for rows, as far as they are known. ``value``: of one that is a constant here."""

    name: Name
    columns: tuple[tuple[str, Kind, bool], ...] | None = None  # name, kind, whether it may be NULL
    value: Value | None = None
    constant: bool = False
    missing: bool = False  # OLD where a row is inserted, NEW where one is deleted

    @property
    def is_row(self) -> bool:
        return self.name.kind.family == "record"

    def part(self, column: str) -> Value | None:
        """A field of it; None where it is known to have none of this name."""
        if self.missing:
            return Constant(None, next((k for n, k, _ in self.columns or () if n == column), UNKNOWN))
        if self.columns is None:
            return Part(self.name, column, UNKNOWN)
        return next((Part(self.name, n, kind, null) for n, kind, null in self.columns if n == column), None)


@dataclass(frozen=True, slots=True)
class World:
    """What a body may name: the bundle's tables, other routines, types by name.

    ``types``: of domains and enums as the columns have them, what they are of. ``composites``: the fields of those of
    the source, "schema.name". ``absent``: types of the source that the bundle does not have, "schema.name".
    """

    obligations: Obligations
    types: Mapping[str, str] = field(default_factory=dict)
    composites: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    def kind(self, type_sql: str) -> Kind:
        return kind_of(type_sql, self.types)

    def has_type(self, schema: str | None, name: str) -> bool:
        """Whether the bundle has a type: one that the source makes and the target does not is absent."""
        plain = name.removeprefix("_") if schema is None else name
        return not any(
            one.rpartition(".")[2] == plain and (schema is None or one == f"{schema}.{plain}") for one in self.absent
        )

    def composite(self, schema: str | None, name: str) -> tuple[tuple[str, str], ...] | None:
        """The fields of a composite type of the source; None where it is none."""
        for one, found in self.composites.items():
            if one.rpartition(".")[2] == name and (schema is None or one == f"{schema}.{name}"):
                return found
        return None

    def table(self, schema: str | None, name: str, home: str = "public") -> TableShape | None:
        """A table by its name; one without a schema is looked for in ``home``, public, then anywhere."""
        if schema is not None:
            return self.obligations.table((schema, name))
        found = [table for table in self.obligations.tables if table.name == name]
        order = {home: 0, "public": 1}
        return min(found, key=lambda table: (order.get(table.schema, 2), table.schema)) if found else None

    def routines(self, schema: str | None, name: str) -> list[Routine]:
        """The routines of a name that the database no longer has."""
        return [r for r in self.obligations.routines if r.name == name and schema in (None, r.schema)]

    def has_module(self, name: tuple[str, str]) -> bool:
        """Whether code has to see every change of the table: it has triggers, or keys and constraints kept by code."""
        owed = self.obligations
        return (
            any(t.table == name and t.enabled for t in owed.triggers)
            or any(name in (k.table, k.references) for k in owed.foreign_keys)
            or name in [one.table for one in owed.exclusions] + [one.table for one in owed.deferred_keys]
        )


def columns_of(table: TableShape, world: World, *, stored: bool = False) -> tuple[tuple[str, Kind, bool], ...]:
    """The columns of a row. ``stored``: it is in the table, so what is NOT NULL is not NULL."""
    return tuple((c.name, world.kind(c.type_sql), not (stored and c.not_null)) for c in table.columns)


@dataclass(slots=True)
class Scope:
    """The variables of a body, the innermost block last. ``labels``: names of blocks, which qualify variables."""

    blocks: list[dict[str, Variable]] = field(default_factory=lambda: [{}])
    labels: list[str | None] = field(default_factory=lambda: [None])
    taken: set[str] = field(default_factory=set)

    def find(self, parts: tuple[str, ...]) -> tuple[Variable, tuple[str, ...]] | None:
        """The variable that the first parts of a name mean, and the parts left over."""
        for block in reversed(self.blocks):
            if parts[0] in block:
                return block[parts[0]], parts[1:]
        if len(parts) > 1:
            for label, block in zip(reversed(self.labels), reversed(self.blocks), strict=True):
                if label == parts[0] and parts[1] in block:
                    return block[parts[1]], parts[2:]
        return None

    def add(self, name: str, kind: Kind, columns: tuple[tuple[str, Kind, bool], ...] | None = None, *,
            nullable: bool = True, constant: bool = False, called: str | None = None) -> Variable:  # fmt: skip
        """A new variable of the innermost block; one that hides another gets a name of its own."""
        own, number = called or name, 2
        while own in self.taken:
            own, number = f"{called or name}_{number}", number + 1
        self.taken.add(own)
        made = Variable(Name(own, kind, nullable), columns, constant=constant)
        self.blocks[-1][name] = made
        return made

    def fix(self, name: str, value: Value) -> None:
        """A name that is a constant here: TG_OP."""
        self.blocks[-1][name] = Variable(Name(name, UNKNOWN), value=value)


@dataclass(frozen=True, slots=True)
class Firing:
    """The trigger and the event that a body is made for."""

    trigger: Trigger
    event: str
    table: TableShape
