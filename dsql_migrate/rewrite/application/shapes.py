"""Tables and views as the bundle creates them, for those who write stubs."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan
from dsql_migrate.rewrite.tables.columns import type_text
from dsql_migrate.rewrite.tables.facets import facet_default, facet_not_null
from dsql_migrate.schema.model import Key, View
from dsql_migrate.stubs.obligations import ColumnShape, TableShape


def table_shapes(plan: Plan) -> tuple[TableShape, ...]:
    """Every table of the bundle by name, then the views that have a trigger."""
    triggered = {trigger.table for trigger in plan.catalogue.triggers.values()}
    views = [view for key, view in plan.catalogue.views.items() if key in triggered and not view.materialized]
    return (*(_shape(plan, key) for key in sorted(plan.tables)), *(_view(plan, view) for view in views))


def _view(plan: Plan, view: View) -> TableShape:
    """A view; the types of its columns are not known from its text."""
    names = [*view.columns, *view.outputs[len(view.columns) :]]
    columns = tuple(ColumnShape(name, "") for name in names if name is not None)
    return TableShape(*plan.place(view.key), columns, view=True)


def _shape(plan: Plan, key: Key) -> TableShape:
    """A table as the bundle creates it."""
    planned: TablePlan = plan.tables[key]
    primary = planned.table.primary_key
    return TableShape(
        schema=plan.place(key)[0],
        name=plan.place(key)[1],
        columns=tuple(shape for c in planned.columns.values() for shape in _columns(plan, c)),
        primary_key=primary.columns if primary else (),
        unique_keys=tuple(c.columns for c in planned.table.unique_keys() if c.kind == "unique"),
    )


def _columns(plan: Plan, column: ColumnPlan) -> list[ColumnShape]:
    """What the column is on the target."""
    source, choice = column.column, column.choice
    if column.facets:
        return [
            ColumnShape(
                name=name,
                type_sql=facet.sql,
                not_null=facet_not_null(column, i),
                default=facet_default(column, i) is not None,
                default_sql=facet_default(column, i),
            )
            for i, (name, facet) in enumerate(zip(column.facets, choice.facets, strict=True))
        ]
    return [
        ColumnShape(
            name=source.name,
            type_sql=choice.sql or type_text(plan, source),
            not_null=source.not_null,
            default=(column.keep_default and source.default is not None) or column.identity is not None,
            generated=(source.generated is not None and column.plain is None) or column.identity_always,
            default_sql=_default_sql(column),
            identity=column.identity is not None,
        )
    ]


def _default_sql(column: ColumnPlan) -> str | None:
    default = column.column.default
    if default is None or not column.keep_default or column.identity is not None:
        return None
    return column.default_sql or default.text
