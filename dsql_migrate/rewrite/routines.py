"""Functions, procedures and aggregates."""

from __future__ import annotations

from dsql_migrate.rewrite.aggregates import builtin_of
from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reach import needs_of, routine_id
from dsql_migrate.rewrite.taking import item_of, take_out
from dsql_migrate.schema.model import Routine


def routine_item(plan: Plan, routine: Routine) -> None:
    """Enter a routine; SQL functions come along where all they use does."""
    id = routine_id(routine)
    name = id.split(":", 1)[1]
    statement = plan.statements[routine.place.statement]
    builtin, reason = builtin_of(plan, routine), plan.lost.get(id)
    if builtin is not None:
        plan.note(routine.kind, name, statement.line, "rewritten", f"its calls are {builtin.shown} now", rule="DSQL512")
        return
    if reason is not None:
        rule = {"aggregate": "DSQL512", "procedure": "DSQL503"}.get(routine.kind, "DSQL502")
        take_out(plan, routine.kind, name, statement, "application", reason, rule)
        return
    followed, edits = plan.followed[id], Edits()
    edits.take(followed.edits)
    text = edits.apply(statement.piece.text, 0, statement.piece.stop)
    plan.note(
        routine.kind,
        name,
        statement.line,
        "rewritten" if followed.changes else "kept",
        followed.reason,
        rule=followed.rule,
        into=("pre-data.sql",),
    )
    needs = needs_of(plan, routine.uses, statement.number) - {f"function:{dotted(routine.key)}"}
    plan.pre.append(item_of(statement, text, (id,), provides=f"function:{dotted(routine.key)}", needs=needs))
