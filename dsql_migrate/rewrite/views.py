"""Views and materialized views."""

from __future__ import annotations

from dsql_migrate.rewrite.bodies import with_own_functions
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.rewrite.reach import needs_of, view_id
from dsql_migrate.rewrite.taking import item_of, take_out
from dsql_migrate.schema.model import View
from dsql_migrate.source.facts import CreateView


def view_item(plan: Plan, view: View) -> None:
    """Enter a view; it comes along where all it reads does."""
    id = view_id(view)
    kind, name = id.split(":", 1)
    statement = plan.statements[view.place.statement]
    reason = plan.lost.get(id)
    if reason is not None:
        take_out(plan, kind, name, statement, "application", reason, "DSQL505" if view.materialized else "DSQL520")
        return
    text, replaced = with_own_functions(plan, view.query, statement, view.query.span)
    fact = statement.fact
    if isinstance(fact, CreateView) and fact.name.name != view.key[1]:
        text = text[: fact.name.span.start] + qualified(view.key).encode() + text[fact.name.span.end :]
    plan.note(
        kind,
        name,
        statement.line,
        "rewritten" if replaced else "kept",
        "calls DSQL's own function instead" if replaced else "",
        rule="DSQL520" if replaced else None,
        into=("pre-data.sql",),
    )
    needs = needs_of(plan, view.query, statement.number) - {f"relation:{name}"}
    plan.pre.append(item_of(statement, text, (id,), provides=f"relation:{name}", needs=needs))
