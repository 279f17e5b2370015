"""The columns that materialized views have on the engine, where they are to become tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsql_migrate.engine.databases.catalog import literal
from dsql_migrate.rewrite.objects.output_types import Shown
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.schema.model import Key

if TYPE_CHECKING:
    from dsql_migrate.engine.endpoint import Endpoint

# The type as DDL has it, of a domain its name; and the name of the type under it, looked for three domains deep.
_COLUMNS = """
SELECT a.attname,
    CASE WHEN n.nspname = 'pg_catalog' OR t.typcategory = 'A' THEN pg_catalog.format_type(a.atttypid, a.atttypmod)
        ELSE pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname) END,
    coalesce(d.typname, b.typname, u.typname, t.typname)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_type u ON t.typtype = 'd' AND u.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_type b ON u.typtype = 'd' AND b.oid = u.typbasetype
LEFT JOIN pg_catalog.pg_type d ON b.typtype = 'd' AND d.oid = b.typbasetype
WHERE s.nspname = {schema} AND c.relname = {name} AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""


def columns_of_views(plan: Plan, endpoint: Endpoint) -> dict[str, Shown]:
    """By ledger id: the columns of each view that is to be stored, as a database has it that the plan was run on."""
    found = {}
    for view in plan.catalogue.views.values():
        id = f"materialized view:{dotted(view.key)}"
        if not view.materialized or id in plan.lost or plan.decide("materialized-views", id) != "table":
            continue
        stored = plan.stored.get(view.key)
        shown = _columns(endpoint, stored.query if stored is not None else plan.place(view.key))
        if shown:
            found[id] = shown
    return found


def _columns(endpoint: Endpoint, key: Key) -> Shown:
    result = endpoint.execute(_COLUMNS.format(schema=literal(key[0]), name=literal(key[1])))
    return tuple((row[0] or "", row[1] or "", row[2] or "") for row in result.rows)
