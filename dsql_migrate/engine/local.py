"""A local DSQL in this process: an embedded PostgreSQL, and the gateway in front of it on a thread of its own.

    with LocalDsql() as engine:
        psycopg.connect(engine.dsn())
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from dsql_migrate.engine.background import Background
from dsql_migrate.engine.certificate import Certificate, certificate_in
from dsql_migrate.engine.databases.bootstrap import bootstrap, new_database
from dsql_migrate.engine.databases.catalog import dotted
from dsql_migrate.engine.endpoint import Wire
from dsql_migrate.engine.gateway import Options
from dsql_migrate.engine.postgres.given import VARIABLE, GivenServer
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.errors import Failure
from dsql_migrate.target import load_target

if TYPE_CHECKING:
    import psycopg

USER = "admin"
DATABASE = "postgres"  # the one database of a cluster
_CONNECTIONS = 300  # clients at once, each with a backend of its own; what none uses costs 50 kB
TOKEN = "any-token-will-do"  # clients send a password, and the engine takes every one

_VARIABLES = {  # libpq's, and the parameters they stand for
    "PGHOST": "host",
    "PGPORT": "port",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGDATABASE": "dbname",
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
}


class LocalDsql:
    """A running engine; a context manager. Clients connect to ``host`` and ``port`` as ``admin`` with any password."""

    def __init__(
        self,
        as_of: date | None = None,
        *,
        tls: bool = False,
        chaos: float = 0.0,
        chaos_unknown: float = 0.0,
        seed: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        transaction_seconds: float | None = None,
        job_seconds: float | None = None,
        data: Path | None = None,
        dsn: str | None = None,
        server: Server | GivenServer | None = None,
    ) -> None:
        """Start it. ``as_of``: what DSQL accepts on that day; ``port`` 0: any that is free.

        ``chaos``, ``chaos_unknown``: the probability (0 to 1) that a transaction fails at COMMIT with 40001, that the
        connection breaks after COMMIT; ``seed`` makes that repeatable. ``transaction_seconds``: how old a transaction
        may get, where DSQL's own limit is too long for a test. ``job_seconds``: how long a background job takes at
        least; without it a tenth of a second, and less where somebody waits for it. ``data``: a folder that keeps the
        databases. ``dsn``: a superuser's of a PostgreSQL 16 to use instead of the embedded one; see ``GivenServer``.
        ``server``: one that is running, and is not stopped with the engine. Raises Failure where the engine cannot be
        started.
        """
        if not _loopback(host):
            raise Failure(f"the engine listens on this machine only, not on {host!a}", "Use 127.0.0.1 or ::1.")
        for name, share in (("chaos", chaos), ("chaos_unknown", chaos_unknown)):
            if not 0 <= share <= 1:
                raise Failure(f"{name} is a probability, from 0 to 1, not {share}")
        self.target = load_target(as_of)
        self._process = os.getpid()
        self._gateway: Background | None = None
        self._own = server is None
        self._certificate: Certificate | None = None
        self.server = server or _server(data, dsn)
        try:
            self.database = self._first_database()
            self._certificate = certificate_in(self.server.tls_folder) if tls else None
            options = Options(
                target=self.target,
                host=host,
                port=port,
                tls=self._certificate.context() if self._certificate else None,
                chaos=chaos,
                chaos_unknown=chaos_unknown,
                seed=seed,
                transaction_seconds=transaction_seconds,
                job_seconds=job_seconds,
            )
            self._gateway = Background(self.server, options)
            self.host, self.port = self._gateway.host, self._gateway.port
        except BaseException:
            self.stop()
            raise

    def dsn(self, database: str | None = None) -> str:
        """A connection string in libpq's key=value form. Raises Failure where the engine does not run any more."""
        return " ".join(f"{name}={_quoted(value)}" for name, value in self._parameters(database).items())

    def url(self, database: str | None = None) -> str:
        """The same as a URL. Without TLS it has no ``sslmode``, which some drivers do not take in a URL."""
        found = self._parameters(database)
        host = f"[{found['host']}]" if ":" in found["host"] else found["host"]
        more = "&".join(f"{name}={quote(found[name])}" for name in ("sslmode", "sslrootcert") if self._certificate)
        place = f"{host}:{found['port']}/{quote(found['dbname'], safe='')}"
        return f"postgresql://{USER}:{TOKEN}@{place}" + (f"?{more}" if more else "")

    def environment(self, database: str | None = None) -> dict[str, str]:
        """The variables that tell a client where to connect: libpq's, and DATABASE_URL."""
        found = self._parameters(database)
        told = {variable: found[name] for variable, name in _VARIABLES.items() if name in found}
        return told | {"DATABASE_URL": self.url(database)}

    @property
    def authority(self) -> Path | None:
        """The certificate that a client has to trust (``sslrootcert``); None without TLS."""
        return self._certificate.authority if self._certificate else None

    def new_database(self, template: str | None = None) -> str:
        """Make a database, empty or as ``template``, which nobody may be connected to; return its name.

        Raises Failure where the engine does not run any more.
        """
        self.check()
        return self._make_database(template)

    def drop_database(self, name: str) -> None:
        """Remove a database; its sessions are ended. One that is not there does no harm."""
        self.check()
        self._forget(name)
        self.server.drop_database(name)

    def freeze(self, name: str) -> None:
        """End the sessions of a database and let nobody in any more, so that it can be a template."""
        import psycopg

        self._forget(name)
        with psycopg.connect(self.server.dsn(), autocommit=True) as session:
            session.execute(f"ALTER DATABASE {dotted((name,))} ALLOW_CONNECTIONS false".encode())
            session.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", (name,))

    def check(self) -> None:
        """Raises Failure where the engine was stopped, or ended by itself."""
        if os.getpid() != self._process:
            return  # a forked child has not got the thread; it may connect all the same
        if self._gateway is None:
            raise Failure("the engine was stopped")
        self._gateway.check()
        if not self.server.running:
            raise Failure("the engine's PostgreSQL has ended", self.server.log()[-200:] or None)

    def stop(self) -> None:
        """End it, and leave nothing behind. Safe to call twice; a forked child's call leaves the engine alone."""
        if os.getpid() != self._process:
            return
        gateway, self._gateway = self._gateway, None
        try:
            if gateway is not None:
                gateway.stop()
        finally:
            if self._own:
                self.server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _forget(self, name: str) -> None:
        if self._gateway is not None and os.getpid() == self._process:
            self._gateway.forget(name)

    def _first_database(self) -> str:
        """The database that clients get where they name none."""
        if isinstance(self.server, GivenServer):
            name = self._make_database()
            self.server.check_trust(name)
            return name
        if not self._own:
            return DATABASE  # which the gateway prepares when its first client comes
        for name in self.server.databases() if self.server.kept else [DATABASE]:
            self._prepare(self.server.dsn(name), name)
        return DATABASE

    def _make_database(self, template: str | None = None) -> str:
        name = f"dsql_{secrets.token_hex(4)}"
        new_database(self.server, name, self.target, template)
        if isinstance(self.server, GivenServer):
            self.server.adopt(name)
        return name

    def _prepare(self, dsn: str, database: str) -> None:
        wire = Wire(dsn)
        try:
            bootstrap(wire, database, self.target)
        finally:
            wire.close()

    def _parameters(self, database: str | None) -> dict[str, str]:
        self.check()
        name = database or self.database
        found = {"host": self.host, "port": str(self.port), "user": USER, "password": TOKEN, "dbname": name}
        if self._certificate is None:
            return found | {"sslmode": "disable"}
        return found | {"sslmode": "verify-full", "sslrootcert": str(self._certificate.authority)}


def connection_environment(host: str, port: int) -> dict[str, str]:
    """The variables for an engine that another process runs; with TLS where it speaks it."""
    found = {"host": host, "port": str(port), "user": USER, "password": TOKEN, "dbname": DATABASE, "sslmode": "prefer"}
    url = f"postgresql://{USER}:{TOKEN}@{host}:{port}/{DATABASE}"
    return {variable: found[name] for variable, name in _VARIABLES.items() if name in found} | {"DATABASE_URL": url}


@dataclass(frozen=True, slots=True)
class Database:
    """One database of a running engine, and how to reach it."""

    engine: LocalDsql
    database: str  # its name

    @property
    def host(self) -> str:
        return self.engine.host

    @property
    def port(self) -> int:
        return self.engine.port

    @property
    def dsn(self) -> str:
        """The connection string in libpq's key=value form."""
        return self.engine.dsn(self.database)

    @property
    def url(self) -> str:
        """The connection string as a URL."""
        return self.engine.url(self.database)

    @property
    def environment(self) -> dict[str, str]:
        """PGHOST and the like, and DATABASE_URL: for programs that a test starts."""
        return self.engine.environment(self.database)

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """A new connection of psycopg, in autocommit unless ``options`` (psycopg.connect's) say otherwise."""
        import psycopg

        return psycopg.connect(self.dsn, **{"autocommit": True, **options})


def _server(data: Path | None, dsn: str | None) -> Server | GivenServer:
    """A server for an engine of its own; without any choice the environment's."""
    if data is None and dsn is None:
        dsn = os.environ.get(VARIABLE) or None
    if dsn is not None and data is not None:
        raise Failure("either a folder for the data or a server's connection string, not both")
    return GivenServer(dsn) if dsn is not None else Server(data=data, connections=_CONNECTIONS)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _quoted(value: str) -> str:
    """A value of a connection string; plain ones stay as they are."""
    if value and not any(c.isspace() or c in "'\\" for c in value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
