"""Tables that the bundle does not create.

Merged children, foreign and temporary tables. Everything in them is entered.
"""

from __future__ import annotations

from dsql_migrate.rewrite.families.partition_views import partition_view
from dsql_migrate.rewrite.keys.constraints import DETAIL
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.tables.kept_tables import not_made, temporary
from dsql_migrate.rewrite.writing.ledger import Disposition
from dsql_migrate.schema.model import Table


def plan_absent(plan: Plan) -> None:
    """Enter merged children and the tables that cannot be had, with their columns, defaults and constraints."""
    for table in plan.catalogue.tables.values():
        if table.key in plan.merges:
            _merged(plan, table)
        elif table.key in plan.views and f"table:{dotted(table.key)}" not in plan.lost:
            partition_view(plan, table)
        elif table.key not in plan.tables:
            _left_out(plan, table)


def _merged(plan: Plan, table: Table) -> None:
    merge = plan.merges[table.key]
    name, root = dotted(table.key), dotted(merge.root)
    partition = merge.constant is None
    rule = "DSQL104" if partition else "DSQL105"
    line = plan.statements[table.place.statement].line
    if merge.root not in plan.tables:
        _left_out(plan, table)
        return
    reason = f"{'partition' if partition else 'inheritance child'}: its rows are in {root}"
    into = ("pre-data.sql",)
    plan.note(
        "table",
        name,
        line,
        "rewritten",
        reason,
        rule=rule,
        into=into,
        detail="partition" if partition else "inheritance child",
    )
    for column in table.columns.values():
        key = f"{name}.{column.name}"
        plan.note("column", key, line, "rewritten", f"it is the column of {root}", rule=rule, into=into)
        if column.default is not None and column.name not in plan.tables[merge.root].columns:
            reason = "a default for the child's rows only"
            plan.note("default", key, column.default_place.line or line, "application", reason, rule=rule)
        elif column.default is not None:
            plan.note(
                "default",
                key,
                column.default_place.line or line,
                "rewritten",
                f"the default of {root} holds",
                rule=rule,
                into=into,
            )
        elif column.generated is not None:
            plan.note(
                "default", key, line, "rewritten", f"generated in {root}", rule=rule, into=into, detail="generated"
            )
        if column.identity is not None:
            plan.note("identity", key, line, "rewritten", f"the identity of {root} holds", rule=rule, into=into)


def _left_out(plan: Plan, table: Table) -> None:
    name = dotted(table.key)
    statement = plan.statements.get(table.place.statement)
    line = statement.line if statement else table.place.line
    reason = plan.lost.get(f"table:{name}", "its parent is not in the bundle")
    why = not_made(plan, table) if table.key not in plan.merges else None
    family = "DSQL104" if table.partition_of or table.partition_by else "DSQL105"
    rule: str | None = why.rule if why is not None else family
    disposition: Disposition = why.disposition if why is not None else "application"
    if plan.root(table.key) in plan.barred:
        reason, rule = plan.barred[plan.root(table.key)]
        disposition = "unknown"
    gone = "temporary" if temporary(table) else None
    plan.note("table", name, line, disposition, reason, rule=rule, into=("quarantine.sql",), detail=gone)
    if statement is not None:
        plan.quarantine.append((statement, reason))
    for column in table.columns.values():
        key = f"{name}.{column.name}"
        plan.note("column", key, line, disposition, "its table is not in the bundle", rule=rule, detail=gone)
        if column.default is not None or column.generated is not None:
            plan.note("default", key, line, disposition, "its table is not in the bundle", rule=rule, detail=gone)
        if column.identity is not None:
            plan.note("identity", key, line, disposition, "its table is not in the bundle", rule=rule, detail=gone)
    for sequence in plan.catalogue.sequences.values():
        if sequence.implicit is not None and sequence.owned_by is not None and sequence.owned_by[0] == table.key:
            about = "its table is not in the bundle"
            plan.note("sequence", dotted(sequence.key), line, disposition, about, rule=rule, detail=gone)
    for constraint in table.constraints.values():
        if constraint.kind != "foreign":
            plan.note(
                "constraint",
                f"{name}.{constraint.name}",
                line,
                disposition,
                "its table is not in the bundle",
                rule=rule,
                detail=gone or DETAIL[constraint.kind],
            )


def plan_rows(plan: Plan, rows: dict[tuple[str, str], int], converted: dict[tuple[str, str], str]) -> None:
    """One entry for the rows of every source table that has some."""
    for table in plan.script.tables_with_rows():
        name = dotted(table.key)
        if plan.root(table.key) not in plan.tables:
            barred = plan.root(table.key) in plan.barred
            plan.note(
                "rows", name, table.place.line, "unknown" if barred else "dropped", "their table is not in the bundle"
            )
            continue
        changes = [converted[table.key]] if table.key in converted else []
        if table.key in plan.merges:
            changes.append(f"they are in {dotted(plan.root(table.key))}")
        plan.note(
            "rows",
            name,
            table.place.line,
            "rewritten" if changes else "kept",
            "; ".join(changes),
            rule="DSQL102" if table.key in converted else None,
            into=("data.sql",),
            rows=rows.get(table.key, 0),
        )
