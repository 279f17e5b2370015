"""Which triggers of a table fire when, as the lines of its module that call their functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dsql_migrate.stubs.code.package import Module
from dsql_migrate.stubs.code.steps import TriggerBody
from dsql_migrate.stubs.naming import identifier
from dsql_migrate.stubs.obligations import QualifiedName, TableShape
from dsql_migrate.stubs.typescript.bodies import Written, trigger_function
from dsql_migrate.stubs.typescript.names import Names, camel, literal, pascal
from dsql_migrate.stubs.typescript.values import Unprintable

_KEYS = b"RI_ConstraintTrigger"  # as which PostgreSQL's own triggers of foreign keys stand among the others


@dataclass(slots=True)
class Firing:
    """The functions of a table's triggers, and what is left out: (name, line, reason)."""

    written: list[Written] = field(default_factory=list)
    left_out: list[tuple[str, int, str]] = field(default_factory=list)
    carried: set[str] = field(default_factory=set)  # ids of triggers with a function for each event

    def of(self, event: str, timing: str, *, row: bool) -> list[Written]:
        kind = (event, timing, row)
        return [one for one in self.written if (one.trigger.event, one.trigger.timing, one.trigger.row) == kind]

    def statement(self, event: str, timing: str) -> str:
        """The lines that call the triggers of a statement."""
        call = "await {}(work);" if timing == "before" else "work.after({});"
        return "".join(f"    {call.format(one.name)}\n" for one in self.of(event, timing, row=False))

    def after(self, event: str, hooks: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """(condition, step) of AFTER triggers of rows and of foreign keys (``hooks``), in PostgreSQL's order."""
        first: list[tuple[str, str]] = []
        last: list[tuple[str, str]] = []
        values = {"insert": "row", "update": "old, row", "delete": "row"}[event]
        for one in self.of(event, "after", row=True):
            condition = f"  if (sets(changes, {columns(one.trigger)})) {{" if one.trigger.columns else ""
            step = f"{'    ' if condition else '  '}work.after({one.name}, {values});"
            (first if one.trigger.name.encode() < _KEYS else last).append((condition, step))
        return [*first, *hooks, *last]


def fire(
    module: Module, names: Names, row: str, aliases: Mapping[QualifiedName, str]
) -> Firing:
    """``names``: of the module; ``row``: the type of its rows."""
    found = Firing()
    here = aliases[module.shape.qualified]
    failed: set[str] = set()
    for one in module.owed:
        found.left_out.append((one.name, one.line, one.reason))
    for trigger in module.triggers:
        timing = pascal(trigger.timing)
        name = names.take(f"{camel(trigger.name)}{timing}{trigger.event.title()}", (trigger.name, trigger.event))
        try:
            if not module.shape.primary_key and trigger.event != "insert":
                raise Unprintable("the table has no primary key, so that nothing says which row is meant")
            if module.by_database and trigger.event in ("update", "delete"):
                raise Unprintable("a foreign key of the database changes rows of its table, and calls no code")
            found.written.append(trigger_function(trigger, name, module.shape, row, dict(aliases), here))
        except Unprintable as why:
            failed.add(trigger.id)
            found.left_out.append((trigger.name, trigger.line, f"ON {trigger.event.upper()}: {why}"))
    found.carried = {trigger.id for trigger in module.triggers} - failed
    return found


def columns(trigger: TriggerBody) -> str:
    return ", ".join(map(literal, trigger.columns))


def drafted(shape: TableShape) -> list[str]:
    """The columns of a row that BEFORE triggers see: name, type to cast to, default."""
    found = []
    for column in shape.columns:
        if column.generated:
            continue
        fallback = column.default_sql or "NULL"
        if column.identity:
            table, name = identifier(*shape.qualified).replace("'", "''"), column.name.replace("'", "''")
            fallback = f"nextval(pg_get_serial_sequence('{table}', '{name}'))"
        type_sql, length = _cast(column.type_sql)
        items = [*map(literal, (column.name, type_sql, fallback)), *([length] if length else [])]
        found.append(f"[{', '.join(items)}]")
    return found


def _cast(type_sql: str) -> tuple[str, str]:
    """What a value is cast to, and how many characters it may have: an explicit cast would cut a longer text."""
    found = re.fullmatch(r"(?:character varying|varchar)\s*\((\d+)\)", type_sql.strip(), re.IGNORECASE)
    return ("character varying", found[1]) if found else (type_sql, "")
