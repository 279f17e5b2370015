"""Tables that DSQL cannot have as they are: too wide, too many, or refused by the engine. All in them stays behind."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import Plan, TablePlan, dotted


def bar_tables(plan: Plan) -> None:
    """Take tables that cannot be made out of the plan; ``plan.barred`` says why, and which rule.

    The columns of inheritance children must be known before. What rests on a barred table is found by ``find_lost``.
    """
    most = plan.target.limit("tables")
    made = 0
    for key, planned in list(plan.tables.items()):
        found = _why(plan, planned)
        if found is None and made >= most:
            found = (f"DSQL takes {most:,} tables in a database: this one is beyond them", "DSQL707")
        if found is None:
            made += 1
            continue
        plan.barred[key] = found
        del plan.tables[key]


def _why(plan: Plan, planned: TablePlan) -> tuple[str, str | None] | None:
    id = f"table:{dotted(planned.table.key)}"
    if id in plan.excluded:
        return f"the engine refuses it: {plan.excluded[id]}", None
    most = plan.target.limit("columns-per-table")
    count = planned.width
    if count > most:
        return f"it has {count} columns: DSQL takes {most}", "DSQL701"
    return None
