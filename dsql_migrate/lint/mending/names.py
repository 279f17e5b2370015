"""Names that PostgreSQL would make up for constraints and indexes, so that what refers to them later still does."""

from __future__ import annotations

import re

from dsql_migrate.lint.context import Context
from dsql_migrate.source.facts import Constraint, Name

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_LONGEST = 63  # bytes: PostgreSQL cuts the parts of a longer name, by rules that are not worth having here
_RESERVED = frozenset({"user", "order", "group", "table", "column", "check", "default", "end", "from", "to", "all"})


def constraint_name(table: Name, constraint: Constraint, context: Context) -> str | None:
    """What PostgreSQL calls an unnamed constraint (ChooseConstraintName); None where that name is taken or cut."""
    columns: tuple[str, ...] = constraint.columns
    if constraint.kind == "check":
        used = constraint.expression.columns if constraint.expression is not None else ()
        columns = tuple(dict.fromkeys(column[-1] for column in used))
        columns = columns if len(columns) == 1 else ()
    label = {"check": "check", "foreign": "fkey", "unique": "key", "primary": "pkey"}[constraint.kind]
    return free_name(table, context, *columns, label)


def free_name(table: Name, context: Context, *parts: str) -> str | None:
    """``table_part_part`` as it is written in SQL; None where a constraint has that name, or it would be cut."""
    name = "_".join((table.name, *parts))
    known = context.schema.table(table)
    if len(name.encode()) > _LONGEST or (known is not None and name in known.constraints):
        return None
    return quoted(name)


def quoted(name: str) -> str:
    """An identifier as SQL has it: in quotes only where it needs them."""
    plain = _PLAIN.fullmatch(name) is not None and name not in _RESERVED
    return name if plain else '"' + name.replace('"', '""') + '"'
