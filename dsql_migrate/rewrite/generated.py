"""Generated columns: stored as they are, or plain columns that the application fills from then on.

The values of a plain one are reckoned once more, by DSQL itself as the rows are loaded: dumps do not hold them.
"""

from __future__ import annotations

from typing import Literal

from dsql_migrate.rewrite.plan import ColumnPlan, Item, Plan, name_of
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.schema.model import Key, Table, TableColumn
from dsql_migrate.source.facts import AlterTable


def becomes_plain(plan: Plan, table: Table, column: TableColumn) -> Literal["now", "late"] | None:
    """Whether a generated column becomes a plain one: in CREATE TABLE, or behind the load where rows need it."""
    if column.generated is None:
        return None
    name = name_of(table.key, column.name)
    root = plan.root(table.key)
    loaded = any(plan.root(t.key) == root for t in plan.script.tables_with_rows())
    if column.expression_dropped is not None:
        at = column.expression_dropped.statement
        return "now" if any(b.table is table and b.statement.number > at for b in plan.script.blocks) else "late"
    if plan.decide("generated-columns", f"column:{name}") == "stored" or f"default:{name}" in plan.excluded:
        return None
    return "late" if loaded else "now"


def filled_by_application(column: ColumnPlan) -> bool:
    """Whether DSQL computes a generated column of the source no longer."""
    return column.plain is not None


def generated_entry(plan: Plan, table: Key, column: ColumnPlan, key: str, notes: list[str]) -> None:
    """Enter the expression of a generated column; the item that drops it behind the load, where it goes."""
    source = column.column
    line = source.place.line
    if column.plain == "late":
        _drop_late(plan, table, column, key)
    if source.expression_dropped is not None:
        return  # the source has none at its end
    if column.plain is not None:
        reason = "a plain column by decision: the application fills it"
        plan.note("default", key, line, "application", reason, rule="DSQL112", detail="generated")
        if column.plain == "now":
            notes.append("DSQL112: the application fills it")
    elif source.virtual:
        reason = "generated column, stored: DSQL has no virtual ones"
        into = ("pre-data.sql",)
        plan.note("default", key, line, "rewritten", reason, rule="DSQL112", into=into, detail="generated")
        notes.append("DSQL112: was VIRTUAL")
    else:
        plan.note("default", key, line, "kept", "generated column", into=("pre-data.sql",), detail="generated")


def _drop_late(plan: Plan, table: Key, column: ColumnPlan, key: str) -> None:
    place = column.column.expression_dropped or column.column.place
    statement = plan.statements[place.statement]
    fact = statement.fact
    if column.column.expression_dropped is not None and isinstance(fact, AlterTable) and len(fact.actions) == 1:
        text = statement.piece.sql
    else:
        name = identifier(column.column.name)
        sql = f"\nALTER TABLE {qualified(table)} ALTER COLUMN {name} DROP EXPRESSION;"
        text = sql.encode("utf-8", "surrogateescape")
    plan.post.append(Item(text, statement.number, (f"default:{key}",), statement.search_path, rank=40))
