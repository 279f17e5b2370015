"""Generated columns: stored as they are, or plain columns that the application fills from then on.

The values of a plain one are reckoned once more, by DSQL itself as the rows are loaded: dumps do not hold them.
"""

from __future__ import annotations

from typing import Literal

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.keys.constraints import blocked
from dsql_migrate.rewrite.plan import ColumnPlan, Item, Plan, TablePlan, name_of
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.tables.renames import rename_columns
from dsql_migrate.schema.model import Key, Table, TableColumn
from dsql_migrate.source.facts import AlterTable, Expression


def becomes_plain(plan: Plan, table: Table, column: TableColumn) -> Literal["now", "late"] | None:
    """Whether a generated column becomes a plain one: behind the load, or at once where rows came with values of it."""
    if column.generated is None:
        return None
    name = name_of(table.key, column.name)
    if column.expression_dropped is not None:
        at = column.expression_dropped.statement
        return "now" if any(b.table is table and b.statement.number > at for b in plan.script.blocks) else "late"
    if plan.decide("generated-columns", f"column:{name}") == "stored":
        return None
    return "late"


def filled_by_application(column: ColumnPlan) -> bool:
    """Whether DSQL computes a generated column of the source no longer."""
    return column.plain is not None


def generated_entry(plan: Plan, planned: TablePlan, column: ColumnPlan, key: str, notes: list[str]) -> bool:
    """Enter the expression of a generated column; the item that drops it behind the load, where it goes.

    What DSQL cannot compute is in no dump either: such a column stays, empty. ``notes``: what to say beside it. True
    where the expression stands in CREATE TABLE.
    """
    source, table = column.column, planned.table.key
    assert source.generated is not None
    line = source.place.line
    why = _refused(plan, planned, source.generated, key) if column.plain != "now" else None
    if why is not None:
        column.plain, column.empty = "now", True
        reason = f"generated column: {why}; its values are in no dump, so the application computes them"
        plan.note("default", key, line, "application", reason, rule="DSQL101", detail="generated")
        notes.append(f"the application computes it: {why}")
        return False
    followed = follow_expression(plan, planned, source.generated)
    column.generated = followed.of(source.generated.text)
    if column.plain == "late":
        _drop_late(plan, table, column, key)
    if source.expression_dropped is not None:
        return column.plain != "now"  # the source has none at its end
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
    elif followed.changes:
        reason, into = f"generated column: {followed.reason}", ("pre-data.sql",)
        plan.note("default", key, line, "rewritten", reason, rule=followed.rule, into=into, detail="generated")
    else:
        plan.note("default", key, line, "kept", "generated column", into=("pre-data.sql",), detail="generated")
    return column.plain != "now"


def _refused(plan: Plan, planned: TablePlan, expression: Expression, key: str) -> str | None:
    answer = plan.excluded.get(f"default:{key}")
    return f"the engine refuses it: {answer}" if answer is not None else blocked(plan, planned, expression)


def edit_generated(plan: Plan, planned: TablePlan, column: ColumnPlan, edits: Edits, text: bytes) -> None:
    """Edits on a generated column where it stands in CREATE TABLE."""
    fact = column.column.fact
    if fact is None or fact.generated_span is None or fact.generated is None:
        return
    if column.plain == "now":
        edits.delete(fact.generated_span, text)
        if column.empty and fact.not_null_span is not None:
            edits.delete(fact.not_null_span, text)
    elif column.column.virtual:
        edits.replace(fact.generated_span, f"GENERATED ALWAYS AS ({column.generated}) STORED")
    else:
        rename_columns(edits, text, fact.generated_span, planned.table)
        edits.take(follow_expression(plan, planned, fact.generated).at(fact.generated.span))


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
