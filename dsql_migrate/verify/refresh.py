"""Materialized views of the loaded source, brought up to date, as they are on the target."""

from __future__ import annotations

import contextlib

from dsql_migrate.verify import access

_SECONDS = 60  # for one of them
_ALL = b"""
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' ORDER BY c.oid"""


def refresh_views(dsn: str) -> None:
    """Refresh them in the order in which they were made, as the role that loaded them; what fails stays as it is."""
    import psycopg

    with access.connect(dsn) as admin:
        names = [str(row[0]) for row in admin.execute(_ALL).fetchall()]
    if not names:
        return
    with access.connect(dsn, access.owner(dsn)) as connection:
        access.limit(connection, _SECONDS)
        for name in names:
            with contextlib.suppress(psycopg.Error):
                connection.execute(f"REFRESH MATERIALIZED VIEW {name}".encode("utf-8", "surrogateescape"))
