"""What two databases of the engine must have in common after the same bundle, however it was run."""

from __future__ import annotations

import psycopg

from dsql_migrate.engine.local import Database

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema$|sys$)' ORDER BY 1
"""
_SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences ORDER BY 1
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), convalidated FROM pg_constraint
WHERE connamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema$|sys$)')
ORDER BY 1, 2
"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid), i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^(pg_|sys$)' ORDER BY 1
"""
_VIEWS = """
SELECT schemaname::text, viewname::text, definition FROM pg_views
WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'sys', 'pg_dsql') ORDER BY 1, 2
"""
_COMMENTS = (
    "SELECT classoid::regclass::text, objsubid, description FROM pg_description WHERE objoid >= 16384 ORDER BY 1, 2, 3"
)


def superuser(database: Database) -> str:
    """The connection string of the superuser, past the gateway."""
    return database.engine.server.dsn(database.database)


def state(database: Database) -> dict[str, object]:
    """Rows of every table, constraints, indexes, views, comments, and the number that each sequence gives next."""
    with psycopg.connect(superuser(database)) as connection:

        def ask(query: str) -> list[tuple[object, ...]]:
            return connection.execute(query.encode()).fetchall()

        ask("SELECT set_config('search_path', '', false)")
        return {
            "rows": {
                name: ask(f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {name} t")
                for (name,) in ask(_TABLES)
            },
            "next": {name: ask(f"SELECT last_value, is_called FROM {name}") for (name,) in ask(_SEQUENCES)},
            "constraints": ask(_CONSTRAINTS),
            "indexes": ask(_INDEXES),
            "views": ask(_VIEWS),
            "comments": ask(_COMMENTS),
        }
