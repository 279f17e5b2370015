"""Who touches a replay database: never a superuser once the script's own code is in it.

The script is somebody else's. A superuser's functions may run programs (COPY … PROGRAM) and read files, so the replay
runs as an ordinary role that owns the database, and comparisons read as a role that may only read: a view may call any
function, and it runs with the reader's rights.
"""

from __future__ import annotations

import contextlib
from typing import Any

from dsql_migrate.errors import Failure

OWNER = "dsql_migrate_replay"
READER = "dsql_migrate_reader"

# PostgreSQL 18's own functions that column defaults use, for a dump that was edited by hand or an older server.
_OF_VERSION_18 = b"""
CREATE OR REPLACE FUNCTION pg_catalog.uuidv4() RETURNS uuid LANGUAGE sql VOLATILE AS
  'SELECT pg_catalog.gen_random_uuid()';
CREATE OR REPLACE FUNCTION pg_catalog.uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    || set_byte(substring(uuid_send(gen_random_uuid()) FROM 7 FOR 1), 0,
      (get_byte(uuid_send(gen_random_uuid()), 0) & 15) | 112) FROM 1 FOR 7), 'hex')::uuid $$;
"""


def connect(dsn: str, user: str | None = None) -> Any:
    """An autocommit connection; nothing is prepared, so that DDL between statements does no harm. Raises Failure."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    try:
        info = make_conninfo(dsn, user=user) if user else dsn
        return psycopg.connect(info, autocommit=True, prepare_threshold=None, application_name="dsql-migrate verify")
    except psycopg.Error as error:
        raise Failure(f"cannot connect to the database for verification: {_first_line(error)}") from None


def replay_role(admin: Any) -> str | None:
    """Make the ordinary role that owns the current (empty) database; None where ``admin`` is no superuser itself."""
    if not _is_superuser(admin):
        return None
    _make_role(admin, OWNER, "BYPASSRLS")  # FORCE ROW LEVEL SECURITY would hide rows from the owner of a table
    database = admin.execute("SELECT pg_catalog.quote_ident(pg_catalog.current_database())").fetchone()[0]
    admin.execute(f"ALTER DATABASE {database} OWNER TO {OWNER}".encode())
    if admin.execute("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'public'").fetchone():
        admin.execute(f"ALTER SCHEMA public OWNER TO {OWNER}".encode())
    if admin.info.server_version >= 150000:  # GRANT … ON PARAMETER is PostgreSQL 15's
        admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}".encode())
    if admin.info.server_version < 180000:
        admin.execute(_OF_VERSION_18)
    _read_xml(admin)
    return OWNER


def _read_xml(admin: Any) -> None:
    """A server that was built without libxml can hold xml (it is text inside) but not read it: let it read the text.

    Whether it is well formed is then not looked at. The database is this replay's own.
    """
    import psycopg

    try:
        admin.execute(b"SELECT '<a/>'::xml")
    except psycopg.errors.FeatureNotSupported:
        admin.execute(
            b"UPDATE pg_catalog.pg_type SET typinput = 'pg_catalog.textin'::pg_catalog.regproc,"
            b" typoutput = 'pg_catalog.textout'::pg_catalog.regproc WHERE oid = 'pg_catalog.xml'::pg_catalog.regtype"
        )


def owner(dsn: str) -> str | None:
    """Who owns what a replay made in this database, where it is not the dsn's own user."""
    with connect(dsn) as connection:
        return OWNER if _is_superuser(connection) else None


def reader(dsn: str) -> Any:
    """A connection that may only read, with the settings that digests need.

    On the embedded server (a superuser's dsn) it is a role of its own; elsewhere the dsn's user, read only.
    """
    import psycopg

    from dsql_migrate.verify.digest import SESSION

    connection = connect(dsn)
    if _is_superuser(connection):
        _make_role(connection, READER, "BYPASSRLS")
        connection.execute(f"GRANT pg_read_all_data TO {READER}".encode())
        connection.close()
        connection = connect(dsn, READER)
    for statement in (*SESSION, "SET default_transaction_read_only = on"):
        with contextlib.suppress(psycopg.Error):  # a DSQL cluster has no say in some of these: its values are fixed
            connection.execute(statement.encode())
    return connection


def reader_of_source(dsn: str) -> Any:
    """``reader`` for the source's side, which also finds the functions of extensions that conversions are written with.

    pg_catalog stays first: nothing of the script takes the place of PostgreSQL's own.
    """
    connection = reader(dsn)
    connection.execute(
        b"SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog', (SELECT"
        b" pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n"
        b" ON n.oid = p.pronamespace WHERE p.proname = 'hstore_to_jsonb' LIMIT 1)), false)"
    )
    return connection


def limit(connection: Any, seconds: int) -> None:
    """How long one statement may take from now on; 0: as long as it likes. Where the server allows to set it."""
    import psycopg

    with contextlib.suppress(psycopg.Error):
        connection.execute(f"SET statement_timeout = {seconds * 1000}".encode())


def _is_superuser(connection: Any) -> bool:
    return bool(connection.info.parameter_status("is_superuser") == "on")


def _make_role(admin: Any, name: str, options: str) -> None:
    if admin.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        admin.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE {options}".encode())


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
