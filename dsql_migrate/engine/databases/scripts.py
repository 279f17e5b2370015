"""The SQL that makes DSQL's transactions possible on PostgreSQL: effects reported, done again, done on a private copy.

The files say what each function does. They are installed in schema ``pg_dsql`` of each database of the engine. The
gateway calls the functions on the client's own connection, and the policy lets no client name the schema.
"""

from __future__ import annotations

import re
from pathlib import Path

from dsql_migrate.target import Target

_FOLDER = Path(__file__).with_name("sql")
_FILES = ("sizes.sql", "capture.sql", "replay.sql", "locks.sql", "fork.sql", "shapes.sql")
_PLACEHOLDER = re.compile(r"\{\{([a-z-]+)(?:\.(message|sqlstate))?\}\}")

# The replay writes rows as a role that may do that and nothing else. Role names that begin with pg_ are PostgreSQL's
# own: no statement makes one, and psql's \du passes over them.
_WRITER = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pg_dsql') THEN
        CREATE ROLE dsql_migrate_writer NOLOGIN INHERIT;
        GRANT pg_read_all_data, pg_write_all_data TO dsql_migrate_writer;
        UPDATE pg_catalog.pg_authid SET rolname = 'pg_dsql' WHERE rolname = 'dsql_migrate_writer';
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
"""


def scripts(target: Target) -> tuple[str, ...]:
    """The SQL scripts, to be run in this order by the superuser, in one transaction, in a database with ``pg_dsql``.

    Limits on rows, values and keys are the target's.
    """
    return (_WRITER, *(filled((_FOLDER / name).read_text(encoding="utf-8"), target) for name in _FILES))


def filled(text: str, target: Target) -> str:
    """SQL with the target's limits put in: ``{{name}}``, and ``{{name.message}}`` and ``{{name.sqlstate}}``.

    Of a limit that was measured on a cluster the measured number counts. Raises KeyError for a name that is no limit's.
    """

    def value(match: re.Match[str]) -> str:
        limit = target.limits[match[1]]
        if match[2]:
            return str(getattr(limit, match[2])).replace("'", "''")
        return str(limit.value if limit.observed is None else limit.observed)

    return _PLACEHOLDER.sub(value, text)
