"""A PostgreSQL 16 that somebody else runs, used in place of the embedded one. Only databases of ours are touched."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsql_migrate.engine.databases.bootstrap import ROLE
from dsql_migrate.engine.databases.catalog import dotted, literal
from dsql_migrate.engine.postgres.folders import new_folder, take_lock
from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    import psycopg

VARIABLE = "DSQL_MIGRATE_ENGINE_DSN"  # its connection string, where none is given
_MAJOR = 16
# What the embedded server is started with; a server of others keeps its own settings outside our databases.
_SETTINGS = {"timezone": "UTC", "jit": "off", "lc_messages": "C"}
_OUR_ROLES = (ROLE, "pg_dsql")
_MADE_BY_CLIENTS = """
SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = %s) AND m.admin_option AND NOT r.rolname = ANY (%s)
"""


class GivenServer:
    """The same door as ``Server``. Its databases are dropped at the end, and the roles that came with them."""

    running = True  # whether it still does its clients will see: it is not ours to watch

    def __init__(self, dsn: str) -> None:
        """Connect to it. ``dsn`` is a superuser's, and libpq's. Raises Failure where the server is not fit.

        The gateway logs in as its clients' roles: the server must trust its connections (pg_hba.conf), without TLS.
        """
        import psycopg
        from psycopg.conninfo import conninfo_to_dict

        try:
            self._given = {name: value for name, value in conninfo_to_dict(dsn).items() if value is not None}
        except psycopg.Error:
            raise Failure("--dsn is neither key=value pairs nor a postgresql:// URI") from None
        self._made: set[str] = set()
        with self._administrator() as session:
            self.socket = (session.info.host, session.info.port)
            self.superuser = session.info.user
            _check(session)
            self._roles = [row[0] for row in session.execute("SELECT rolname FROM pg_roles")]
        self.folder = new_folder()
        self._lock = take_lock(self.folder)

    @property
    def tls_folder(self) -> Path:
        """Where a certificate for the gateway belongs."""
        return self.folder / "tls"

    def offers(self, database: str) -> bool:
        """Whether clients may connect to this database: those of others are none of ours."""
        return database in self._made

    def dsn(self, database: str = "postgres") -> str:
        """The superuser's connection string of one database."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo("", **{**self._given, "dbname": database})

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database; returns the superuser's connection string."""
        with self._administrator() as session:
            source = template or "template0"
            how = "" if template else " ENCODING 'UTF8' LOCALE 'C'"
            _run(session, f"CREATE DATABASE {dotted((name,))} TEMPLATE {dotted((source,))}{how}")
            self._made.add(name)
            for setting, value in _SETTINGS.items():
                _run(session, f"ALTER DATABASE {dotted((name,))} SET {setting} = {literal(value)}")
        return self.dsn(name)

    def adopt(self, name: str) -> None:
        """Count a database that was made by other means as ours: clients may use it, and it goes at the end."""
        self._made.add(name)

    def drop_database(self, name: str) -> None:
        """Remove one of our databases, if it is there; its sessions are ended."""
        if name in self._made:
            with self._administrator() as session:
                _run(session, f"DROP DATABASE IF EXISTS {dotted((name,))} WITH (FORCE)")
            self._made.discard(name)

    def log(self) -> str:
        """The server's log is not ours to read."""
        return ""

    def stop(self) -> None:
        """Drop what was made; the server goes on. Safe to call twice."""
        import psycopg

        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()
        if not self._made:
            return
        with contextlib.suppress(Failure), self._administrator() as session:
            found = session.execute(_MADE_BY_CLIENTS, (ROLE, self._roles)).fetchall()
            ours = [row[0] for row in found] + [role for role in _OUR_ROLES if role not in self._roles]
            for what, names in (("DATABASE", [*self._made]), ("ROLE", ours)):
                how = " WITH (FORCE)" if what == "DATABASE" else ""
                for name in names:
                    with contextlib.suppress(psycopg.Error):  # another engine on this server needs the role still
                        _run(session, f"DROP {what} IF EXISTS {dotted((name,))}{how}")
            self._made.clear()

    def check_trust(self, database: str) -> None:
        """Raises Failure where the gateway could not log in to a database of ours, as itself and as its clients."""
        import psycopg

        host, port = self.socket
        plain = {"sslmode": "disable", "gssencmode": "disable", "password": "", "passfile": str(self.folder / "none")}
        for user in (ROLE, self.superuser):
            try:
                psycopg.connect("", host=host, port=port, dbname=database, user=user, **plain).close()  # type: ignore[arg-type]
            except psycopg.Error as error:
                hint = "The engine logs in as its clients' roles: let pg_hba.conf trust its connections."
                raise Failure(f"{host}:{port} does not let {user} in: {_line(error)}", hint) from None

    def _administrator(self) -> psycopg.Connection[tuple[Any, ...]]:
        import psycopg

        try:
            return psycopg.connect("", autocommit=True, **self._given)  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise Failure(f"cannot connect to the server of --dsn: {_line(error)}") from None


def _check(session: psycopg.Connection[tuple[Any, ...]]) -> None:
    version = session.info.server_version // 10_000
    if version != _MAJOR:
        raise Failure(f"the server of --dsn is PostgreSQL {version}; DSQL is made of {_MAJOR}")
    found = session.execute(
        "SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),"
        " (SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname = %s)",
        (ROLE,),
    ).fetchone()
    assert found is not None
    if not found[0]:
        raise Failure("the role of --dsn is not a superuser's")
    if found[1]:
        raise Failure(f"the server of --dsn has a superuser {ROLE}, which is the name of DSQL's administrator")


def _run(session: psycopg.Connection[tuple[Any, ...]], statement: str) -> None:
    session.execute(statement.encode())


def _line(error: Exception) -> str:
    """libpq's messages name host and user, never the password."""
    return " ".join(str(error).split())
