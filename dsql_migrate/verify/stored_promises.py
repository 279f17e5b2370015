"""What a plan promises of the tables that materialized views have become."""

from __future__ import annotations

from dsql_migrate.rewrite.objects.stored_views import StoredView
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.expect import ColumnExpectation, Part, TableExpectation


def stored_table(plan: Plan, stored: StoredView) -> TableExpectation:
    """The table: the rows that the source's materialized view shows once it is refreshed; none where it has none."""
    columns = tuple(
        ColumnExpectation(c.name, c.shown.rpartition(".")[2] if c.domain else c.shown,
                          source_sql=c.as_stored.format(quoted(c.name)) if c.as_stored != "{}" else "")
        for c in stored.columns
    )  # fmt: skip
    schema, name = plan.place(stored.view.key)
    parts = (Part(*stored.view.key),) if stored.filled else ()
    return TableExpectation(schema, name, parts, columns)
