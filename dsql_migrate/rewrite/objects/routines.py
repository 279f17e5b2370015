"""Functions, procedures and aggregates."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.objects.aggregates import builtin_of
from dsql_migrate.rewrite.objects.plain_functions import IN_SQL, uses_of
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reach import needs_of, needs_of_types, routine_id
from dsql_migrate.rewrite.statements.taking import item_of, take_out
from dsql_migrate.schema.model import Routine


def routine_item(plan: Plan, routine: Routine) -> None:
    """Enter a routine; SQL functions come along where all they use does."""
    id = routine_id(routine)
    name = id.split(":", 1)[1]
    statement = plan.statements[routine.place.statement]
    builtin, reason = builtin_of(plan, routine), plan.lost.get(id)
    if builtin is not None:
        reason, into = f"its calls are {builtin.shown} now", ("pre-data.sql",)
        plan.note(routine.kind, name, statement.line, "rewritten", reason, rule="DSQL512", into=into)
        return
    if reason is not None:
        rule = {"aggregate": "DSQL512", "procedure": "DSQL503"}.get(routine.kind, "DSQL502")
        take_out(plan, routine.kind, name, statement, "application", reason, rule)
        return
    followed, edits = plan.followed[id], Edits()
    edits.take(followed.edits)
    made = plan.in_sql.get(id, statement)
    text = edits.apply(made.piece.text, 0, made.piece.stop)
    reasons = [IN_SQL] if id in plan.in_sql else []
    reasons += [followed.reason] if followed.changes else []
    plan.note(
        routine.kind,
        name,
        statement.line,
        "rewritten" if reasons else "kept",
        "; ".join(reasons),
        rule="DSQL502" if id in plan.in_sql else followed.rule,
        into=("pre-data.sql",),
    )
    types = [argument.type for argument in routine.arguments] + ([routine.returns] if routine.returns else [])
    needs = needs_of(plan, uses_of(plan, id, routine), statement.number) | needs_of_types(plan, types)
    plan.pre.append(item_of(statement, text, (id,), provides=f"function:{dotted(routine.key)}", needs=needs))
