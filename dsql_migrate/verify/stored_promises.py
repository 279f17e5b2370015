"""What a plan promises of the tables that materialized views have become."""

from __future__ import annotations

from dsql_migrate.rewrite.objects.output_types import plain_columns
from dsql_migrate.rewrite.objects.stored_views import StoredColumn, StoredView
from dsql_migrate.rewrite.plan import ColumnPlan, Plan
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.expect import ColumnExpectation, Part, TableExpectation


def stored_table(plan: Plan, stored: StoredView) -> TableExpectation:
    """The table: the rows that the source's materialized view shows once it is refreshed; none where it has none."""
    plain = plain_columns(plan, stored.view)
    columns = tuple(_column(c, plain.get(c.name)) for c in stored.columns)
    schema, name = plan.place(stored.view.key)
    parts = (Part(*stored.view.key),) if stored.filled else ()
    return TableExpectation(schema, name, parts, columns)


def _column(stored: StoredColumn, plain: ColumnPlan | None) -> ColumnExpectation:
    """A column of it: what a table's column became is compared as that one is."""
    name = quoted(stored.name)
    shown = stored.shown.rpartition(".")[2] if stored.domain else stored.shown
    conversion = plain.choice.conversion if plain is not None and not plain.facets else None
    if conversion is not None and conversion.source_sql is not None and stored.as_stored == "{}":
        source_sql, target_sql = conversion.source_sql(name), conversion.target_sql(name)
        return ColumnExpectation(stored.name, shown, source_sql=source_sql, target_sql=target_sql)
    source_sql = stored.as_stored.format(name) if stored.as_stored != "{}" else ""
    return ColumnExpectation(stored.name, shown, source_sql=source_sql)
