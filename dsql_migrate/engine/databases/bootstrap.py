"""Databases of the embedded PostgreSQL that look like DSQL's: schema ``sys``, and ``pg_dsql``, the engine's own.

What is installed stands in ``sql/``. A database is made so once for a server and copied from then on.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import threading
import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from dsql_migrate.engine.databases.catalog import dotted, literal
from dsql_migrate.engine.databases.scripts import filled, scripts
from dsql_migrate.engine.endpoint import DsqlError, Wire
from dsql_migrate.target import Target, load_target

if TYPE_CHECKING:
    from dsql_migrate.engine.postgres.given import GivenServer
    from dsql_migrate.engine.postgres.server import Server

ROLE = "admin"  # as in DSQL; no superuser: hostile SQL must not reach files of ours through PostgreSQL

_FOLDER = Path(__file__).with_name("sql")
_FILES = ("sys.sql", "jobs.sql", "looks.sql", "settings.sql")  # in this order
_CREATED = re.compile(
    r"^CREATE (TABLE|SCHEMA|VIEW|FUNCTION|PROCEDURE|EVENT TRIGGER) (?!IF NOT EXISTS)(\S+)", re.MULTILINE
)
_TRIGGER = re.compile(r"^CREATE (?:CONSTRAINT )?TRIGGER (\S+)[^;]*? ON (\S+)", re.MULTILINE)
_MAKING = threading.Lock()
_READY: WeakKeyDictionary[Server | GivenServer, dict[date, str]] = WeakKeyDictionary()  # templates by the target's day
_SETTINGS = {
    "default_text_search_config": "pg_catalog.simple",
    "default_transaction_isolation": "repeatable read",
    "deadlock_timeout": "20ms",  # the gateway runs a statement that meets one again, and nobody is to wait long
    "dsql.disable_sync_create_index": "on",
    "dsql.enable_batched_nestloop": "on",
}


def bootstrap(wire: Wire, database: str, target: Target | None = None) -> None:
    """Prepare the database; the connection is the superuser's. Does nothing where that was done before.

    What another day or another version of these scripts has installed is replaced; jobs and trust stay. Raises
    DsqlError where that cannot be done.
    """
    texts = installed(target or load_target())
    digest = _digest(texts)
    if (found := _stamp(wire)) and found[0][0] == digest:
        return
    wire.execute(
        f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN CREATEROLE;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    wire.execute("BEGIN")
    wire.execute("SELECT pg_advisory_xact_lock(hashtext('dsql_migrate.bootstrap'))")
    there = _stamp(wire)
    if not there or there[0][0] != digest:
        wire.execute("SET LOCAL allow_system_table_mods = on")
        for text in texts:
            wire.execute(_renewed(text) if there else text)
        wire.execute(f"COMMENT ON SCHEMA pg_dsql IS '{digest}'")
        name = dotted((database,))
        wire.execute(f"ALTER DATABASE {name} OWNER TO {ROLE}")
        wire.execute(_no_temporary(name))
        for parameter, value in _SETTINGS.items():
            wire.execute(f"ALTER DATABASE {name} SET {parameter} = {literal(value)}")
    wire.execute("COMMIT")


def _stamp(wire: Wire) -> Sequence[Sequence[str | None]]:
    """What was installed last, as one row; none where nothing was."""
    return wire.execute("SELECT obj_description(oid) FROM pg_namespace WHERE nspname = 'pg_dsql'").rows


def _no_temporary(database: str) -> str:
    """DSQL has no temporary tables; PostgreSQL makes one where pg_temp comes first in the search path."""
    return f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {ROLE}"


def _replaced(found: re.Match[str]) -> str:
    """A CREATE that puts itself in the place of what is there; a table's rows stay."""
    kind = found[1]
    if kind == "EVENT TRIGGER":
        return f"DROP EVENT TRIGGER IF EXISTS {found[2]};\nCREATE EVENT TRIGGER {found[2]}"
    if kind in ("TABLE", "SCHEMA"):
        return f"CREATE {kind} IF NOT EXISTS {found[2]}"
    return f"CREATE OR REPLACE {kind} {found[2]}"


def _renewed(text: str) -> str:
    """The script for a database that it was run in before."""
    text = _TRIGGER.sub(r"DROP TRIGGER IF EXISTS \1 ON \2;\n\g<0>", text)
    return _CREATED.sub(_replaced, text)


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:12]


def installed(target: Target) -> tuple[str, ...]:
    """The SQL scripts that make a database DSQL's on the target's day, to be run in this order in one transaction."""
    names = sorted(kind.display or name for name, kind in target.types.items())
    values = {
        "{datatypes}": literal("{" + ",".join(f'"{name}"' for name in names) + "}"),
        "{keys}": literal("{" + ",".join(sorted(name for name, kind in target.types.items() if kind.key)) + "}"),
        "{settable}": literal("{" + ",".join(f'"{name}"' for name in sorted(target.settable)) + "}"),
        "{version}": literal(target.version),
        "{shown}": " ".join(f"WHEN {literal(name)} THEN {literal(value)}" for name, value in target.reported.items()),
    }
    texts = []
    for file in _FILES:
        text = filled((_FOLDER / file).read_text(encoding="utf-8"), target)
        for mark, value in values.items():
            text = text.replace(mark, value)
        texts.append(text)
    return (*texts, *scripts(target))


def prepared(server: Server | GivenServer, target: Target | None = None) -> str:
    """The name of a database on this server to copy (see ``new_database``); made when it is first asked for.

    Nobody can connect to it. Another day, or another version of the scripts, is another database.
    """
    target = target or load_target()
    ready = _READY.setdefault(server, {})
    if target.as_of not in ready:
        ready[target.as_of] = _template(server, target)
    return ready[target.as_of]


def _template(server: Server | GivenServer, target: Target) -> str:
    import psycopg

    name = f"dsql_template_{_digest(installed(target))}"
    with _MAKING, psycopg.connect(server.dsn(), autocommit=True) as connection:
        found = connection.execute("SELECT datistemplate FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is not None and found[0]:
            return name
        server.drop_database(name)  # left half-made by a process that was killed
        wire = Wire(server.create_database(name))
        try:
            bootstrap(wire, name, target)
        finally:
            wire.close()
        connection.execute(f"ALTER DATABASE {name} IS_TEMPLATE true ALLOW_CONNECTIONS false".encode())
    return name


def new_database(
    server: Server | GivenServer, name: str, target: Target | None = None, template: str | None = None
) -> str:
    """Make a database that looks like DSQL's on the target's day; returns the superuser's connection string.

    ``template``: a database made by this function, to copy with all that is in it; nobody may be connected to it.
    """
    import psycopg

    from dsql_migrate.engine.postgres.server import Server

    if template is None and not isinstance(server, Server):  # nobody else's server is to keep a template of ours
        dsn = server.create_database(name)
        wire = Wire(dsn)
        try:
            bootstrap(wire, name, target)
        finally:
            wire.close()
        return dsn
    template = template or prepared(server, target)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {dotted((name,))} TEMPLATE {dotted((template,))} OWNER {ROLE} STRATEGY file_copy".encode()
        )
        connection.execute(_no_temporary(dotted((name,))).encode())
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(  # settings of a database are not copied with it
            "INSERT INTO pg_db_role_setting SELECT made.oid, setrole, setconfig FROM pg_db_role_setting"
            " JOIN pg_database t ON t.oid = setdatabase JOIN pg_database made ON made.datname = %s"
            " WHERE t.datname = %s",
            [name, template],
        )
    return server.dsn(name)


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
