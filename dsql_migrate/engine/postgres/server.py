"""An embedded PostgreSQL on a Unix socket, gone when its process is gone: throw-away, or with data that are kept.

Start-up is about half a second (initdb) plus 30 ms. One cluster serves any number of databases.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from dsql_migrate.engine.postgres.account import Account, account_for
from dsql_migrate.engine.postgres.binaries import Installation, find_postgres
from dsql_migrate.engine.postgres.folders import PORT, base, end_orphan, new_folder, sweep, take_lock
from dsql_migrate.engine.postgres.kept import Kept
from dsql_migrate.errors import Failure

_START_SECONDS = 60.0
_ROOM_MIB = 100  # an empty cluster takes about 40
_INITDB = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
_SETTINGS = (
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=1GB",
    "synchronous_commit=off",
    "shared_buffers=64MB",
    "autovacuum=off",
    "jit=off",
    "listen_addresses=",
    "logging_collector=off",
    "log_min_messages=warning",
    "log_min_error_statement=panic",  # statements hold other people's data: keep them out of the log
    "timezone=UTC",
    "log_timezone=UTC",
    "lc_messages=C",
)
_THROWN_AWAY = ("fsync=off", "full_page_writes=off")
_LOCKS = 10_240  # for a dump of some thousand tables in one transaction; all connections share them


class Server:
    """A running server; a context manager. Not for Windows (a Unix socket is its only door)."""

    superuser = "postgres"

    def __init__(
        self, installation: Installation | None = None, data: Path | None = None, connections: int = 40
    ) -> None:
        """Make and start the cluster. Encoding UTF8, locale C, time zone UTC, superuser ``postgres``, no password.

        ``installation`` defaults to ``find_postgres()``. ``data``: a folder that keeps the cluster; without it the
        cluster goes with the server. ``connections``: how many there may be at once. Raises Failure where it cannot
        be started.
        """
        self.start_seconds = 0.0
        self._process = os.getpid()
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None
        self.kept = Kept(data) if data is not None else None
        try:
            self.installation = installation or _installation(self.kept)
            account = account_for(self.installation, reach=self.kept.folder if self.kept else None)
            sweep(base())
            self.folder = new_folder()
            self._data = self.kept.cluster if self.kept else self.folder / "data"
            self._sockets = self.folder / "s"
            self._lock = take_lock(self.folder)
            self._start(account, connections)
        except BaseException:
            self.stop()
            raise

    @property
    def socket(self) -> tuple[str, int]:
        """The folder of the server's socket and the number in its name, as libpq's ``host`` and ``port``."""
        return str(self._sockets), PORT

    def offers(self, database: str) -> bool:
        """Whether clients may connect to this database, if it is there."""
        return not database.startswith("template")

    @property
    def tls_folder(self) -> Path:
        """Where a certificate for this server belongs."""
        return self.kept.tls if self.kept else self.folder / "tls"

    def dsn(self, database: str = "postgres") -> str:
        """The superuser's connection string of one database, in libpq's key=value form."""
        # What PGHOSTADDR, PGOPTIONS and the like say is meant for another server.
        place = f"host={_quoted(str(self._sockets))} hostaddr='' port={PORT}"
        return f"{place} user=postgres dbname={_quoted(database)} options='' target_session_attrs=any"

    @property
    def running(self) -> bool:
        """Whether it still runs: it may have been stopped, or have ended by itself."""
        return self._watchdog is not None and self._watchdog.poll() is None

    def databases(self) -> list[str]:
        """The names of those that can be connected to."""
        import psycopg

        with psycopg.connect(self.dsn()) as connection:
            found = connection.execute("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate")
            return [str(row[0]) for row in found]

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database (a copy of ``template``, which nobody may be using now); returns its connection string."""
        source = template or "template0"
        self._administer(f"CREATE DATABASE {_identifier(name)} TEMPLATE {_identifier(source)} STRATEGY file_copy")
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Remove a database if it is there; its sessions are ended."""
        self._administer(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove its folder. Safe to call twice; a forked child's call leaves the server alone."""
        if os.getpid() != self._process:
            return
        watchdog, self._watchdog = self._watchdog, None
        if watchdog is not None:
            if watchdog.stdin is not None:
                with contextlib.suppress(OSError):
                    watchdog.stdin.close()
            try:
                watchdog.wait(20)
            except subprocess.TimeoutExpired:
                watchdog.kill()
                watchdog.wait()
            end_orphan(self._data)  # where somebody killed the watchdog
        if self._lock is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._lock.close()
            self._lock = None
        if self.kept is not None:
            self.kept.release()

    def log(self) -> str:
        """The server's log (the last 4000 bytes), for messages."""
        try:
            return (self.folder / "log").read_bytes()[-4000:].decode("utf-8", "replace")
        except OSError:
            return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __del__(self) -> None:
        # Without this a forgotten server would live until the process ends.
        with contextlib.suppress(Exception):
            self.stop()

    def _start(self, account: Account, connections: int) -> None:
        begun = time.perf_counter()
        self._sockets.mkdir(mode=0o700)
        account.own(self._sockets)
        made = _make_room(self.kept, self._data, account)
        if self.kept is not None:
            (self.folder / "data").symlink_to(self._data)  # so that a sweep finds the server, if all else is killed
        postgres = account.command("postgres", "-D", str(self._data), "-k", str(self._sockets), "-p", str(PORT))
        for setting in (
            *_SETTINGS,
            *(() if self.kept else _THROWN_AWAY),
            f"max_connections={connections}",
            f"max_locks_per_transaction={max(64, _LOCKS // connections)}",
        ):
            postgres += ["-c", setting]
        plan = {
            "initdb": account.command("initdb", "-D", str(made), *_INITDB) if made else None,
            "rename": [str(made), str(self._data)] if made else None,
            "postgres": postgres,
            "user": account.uid,
            "group": account.gid,
            "env": _environment(),
            "folder": str(self.folder),
            "log": str(self.folder / "log"),
            "keep": self.kept is not None,
        }
        program = str(Path(__file__).with_name("watchdog.py"))
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.write(json.dumps(plan).encode() + b"\n")
        self._watchdog.stdin.flush()
        self._wait(begun + _START_SECONDS)
        self.start_seconds = time.perf_counter() - begun

    def _wait(self, until: float) -> None:
        """The eighth line of postmaster.pid says ``ready`` once connections are accepted."""
        assert self._watchdog is not None
        status = self._data / "postmaster.pid"
        while time.perf_counter() < until:
            if self._watchdog.poll() is not None:
                raise self._not_started("ended at once")
            with contextlib.suppress(OSError, UnicodeDecodeError):
                lines = status.read_text().splitlines()
                if len(lines) >= 8 and lines[7].strip() == "ready":
                    return
            time.sleep(0.002)
        raise self._not_started(f"was not ready after {_START_SECONDS:.0f} s")

    def _not_started(self, what: str) -> Failure:
        lines = [line for line in self.log().splitlines() if line.strip()]
        hint = lines[-1] if lines else None
        free = shutil.disk_usage(self.folder.parent).free >> 20
        if free < _ROOM_MIB:
            hint = f"only {free} MiB are free in {self.folder.parent}: set TMPDIR to a folder with more room"
        return Failure(f"{self.installation} {what}", hint)

    def _administer(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(statement.encode())


def _installation(kept: Kept | None) -> Installation:
    """The one that made a kept cluster, where it has one. Raises Failure."""
    version = kept.version() if kept else None
    found = find_postgres((version,)) if version else find_postgres()
    if version and found.major != version:
        assert kept is not None
        raise Failure(f"{kept.folder} was made by PostgreSQL {version}, and here is {found}")
    return found


def _make_room(kept: Kept | None, data: Path, account: Account) -> Path | None:
    """The folder that initdb is to fill, which is then renamed to ``data``; None where the cluster is there."""
    if kept is not None and kept.ready(account):
        return None
    made = kept.new if kept else data.with_name("data.new")
    made.mkdir(mode=0o700)
    account.own(made)
    return made


def _environment() -> dict[str, str]:
    """No PG* variable of the caller may reach the server, no locale either; the libraries' path may be needed."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(value: str) -> str:
    """A value of a connection string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
