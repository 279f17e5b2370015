"""The type of a column of the target, as its catalogue shows it."""

from __future__ import annotations

from dsql_migrate.rewrite.forms import Facet
from dsql_migrate.rewrite.forms.shown import format_type
from dsql_migrate.rewrite.plan import ColumnPlan, Plan
from dsql_migrate.rewrite.tables.columns import type_text
from dsql_migrate.schema.types import canonical


def shown_facet(plan: Plan, facet: Facet) -> str:
    """The type of one of the columns that a column has become."""
    return plan.place(facet.user)[1] if facet.user is not None else facet.shown or facet.sql


def shown_type(plan: Plan, planned: ColumnPlan) -> str:
    """The type as format_type prints it on the target."""
    if planned.choice.shown is not None:
        return planned.choice.shown
    if planned.choice.sql is not None:
        return planned.choice.sql
    resolved = plan.catalogue.resolve_type(planned.column.type)
    if resolved.user is not None and not resolved.dimensions:
        return plan.place(resolved.user.key)[1]
    if resolved.name == "interval":
        return " ".join(type_text(plan, planned.column).lower().split())
    return format_type(canonical(planned.column.type))
