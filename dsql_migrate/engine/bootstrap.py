"""Makes a database of the embedded PostgreSQL look like DSQL's: schema sys, one role, one text search configuration."""

from __future__ import annotations

import base64
import contextlib
import uuid
from collections.abc import Iterable

from dsql_migrate.engine.catalog import dotted, literal
from dsql_migrate.engine.endpoint import DsqlError, Wire

ROLE = "admin"  # as in DSQL; no superuser: hostile SQL must not reach files of ours through PostgreSQL

# sys.jobs: columns and their order as recorded (probe group index, 2026-09). Rows never expire here.
_SYS = f"""
CREATE SCHEMA sys;
CREATE TABLE sys.jobs (
    job_id text PRIMARY KEY,
    status text NOT NULL,
    details text,
    job_type text NOT NULL,
    class_id oid,
    object_id oid,
    object_name text,
    start_time timestamptz NOT NULL,
    update_time timestamptz
);
CREATE PROCEDURE sys.wait_for_job(job_id text, INOUT succeeded boolean DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
    IF job_id !~ '^[a-z2-7]{{26}}$' THEN
        RAISE EXCEPTION 'Unable to convert text to UUID' USING ERRCODE = '22P02';
    END IF;
    SELECT j.status = 'completed' INTO succeeded FROM sys.jobs j WHERE j.job_id = wait_for_job.job_id;
END
$$;
GRANT USAGE ON SCHEMA sys TO PUBLIC;
GRANT SELECT ON sys.jobs TO PUBLIC;
GRANT INSERT, UPDATE ON sys.jobs TO {ROLE};
"""
# Only the configuration "simple" exists in DSQL. The others cannot be dropped, they are the system's; but deleted.
_TEXT_SEARCH = "DELETE FROM pg_catalog.pg_ts_config WHERE cfgname <> 'simple'"


def bootstrap(wire: Wire, database: str) -> None:
    """Prepare the database; the connection is the superuser's. Does nothing where that was done before."""
    if wire.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'sys'").rows:
        return
    wire.execute(
        f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN CREATEROLE;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    wire.execute("BEGIN")
    name = dotted((database,))
    wire.execute(_SYS)
    wire.execute(_TEXT_SEARCH)
    wire.execute(f"ALTER DATABASE {name} OWNER TO {ROLE}")
    wire.execute(f"ALTER DATABASE {name} SET default_text_search_config = {literal('pg_catalog.simple')}")
    wire.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = {literal('repeatable read')}")
    wire.execute("COMMIT")


def make_roles(dsn: str, names: Iterable[str]) -> None:
    """Make roles that a bundle speaks of, and let the engine's role act for them. ``dsn`` is the superuser's."""
    wanted = sorted(set(names) - {ROLE, "public"})
    if not wanted:
        return
    wire = Wire(dsn)
    database = str(wire.execute("SELECT current_database()").rows[0][0])
    try:
        for name in wanted:
            with contextlib.suppress(DsqlError):  # there already, or a reserved name: the statement itself will say so
                wire.execute(f"CREATE ROLE {dotted((name,))}")
            with contextlib.suppress(DsqlError):
                wire.execute(f"GRANT {dotted((name,))} TO {ROLE}")
                wire.execute(f"GRANT CREATE ON DATABASE {dotted((database,))} TO {dotted((name,))}")
    finally:
        wire.close()


def new_job_id() -> str:
    """26 characters, lower case base32 of 16 bytes, no padding (runtime sheet, sys schema)."""
    return base64.b32encode(uuid.uuid4().bytes).decode().rstrip("=").lower()
