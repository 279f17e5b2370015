"""A throw-away PostgreSQL: a new cluster on a Unix socket, gone when its process is gone.

Start-up is about half a second (initdb) plus 30 ms. One cluster serves any number of databases.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from dsql_migrate.engine.account import Account, account_for, shared_temp
from dsql_migrate.engine.binaries import Installation, find_postgres
from dsql_migrate.errors import Failure

_PREFIX = "dsqlm-"
_PORT = 5432  # only the name of the socket file
_SOCKET_PATH_LIMIT = 100  # sun_path holds 104 bytes on BSD and macOS, 108 on Linux
_START_SECONDS = 60.0
_ROOM_MIB = 100  # an empty cluster takes about 40
_INITDB = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=1GB",
    "shared_buffers=64MB",
    "max_connections=40",
    "max_locks_per_transaction=256",  # a dump of some thousand tables in one transaction
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


class Server:
    """A running server; a context manager. Not for Windows (a Unix socket is its only door)."""

    def __init__(self, installation: Installation | None = None) -> None:
        """Make and start the cluster. Encoding UTF8, locale C, time zone UTC, superuser ``postgres``, no password.

        ``installation`` defaults to ``find_postgres()``. Raises Failure where it cannot be started.
        """
        self.installation = installation or find_postgres()
        self.start_seconds = 0.0
        self._process = os.getpid()
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None
        account = account_for(self.installation)
        sweep(_base())
        self.folder = _new_folder()
        self._data = self.folder / "data"
        self._sockets = self.folder / "s"
        try:
            self._lock = _take_lock(self.folder)
            self._start(account)
        except BaseException:
            self.stop()
            raise

    def dsn(self, database: str = "postgres") -> str:
        """The connection string of one database, in libpq's key=value form."""
        return f"host={_quoted(str(self._sockets))} port={_PORT} user=postgres dbname={_quoted(database)}"

    @property
    def running(self) -> bool:
        """Whether it still runs: it may have been stopped, or have ended by itself."""
        return self._watchdog is not None and self._watchdog.poll() is None

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
            _end_orphan(self._data)  # where somebody killed the watchdog
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

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

    def _start(self, account: Account) -> None:
        begun = time.perf_counter()
        for folder in (self._data, self._sockets):
            folder.mkdir(mode=0o700)
            account.own(folder)
        initdb = account.command("initdb", "-D", str(self._data), *_INITDB)
        postgres = account.command("postgres", "-D", str(self._data), "-k", str(self._sockets), "-p", str(_PORT))
        for setting in _SETTINGS:
            postgres += ["-c", setting]
        plan = {
            "initdb": initdb,
            "postgres": postgres,
            "user": account.uid,
            "group": account.gid,
            "env": _environment(),
            "folder": str(self.folder),
            "log": str(self.folder / "log"),
            "keep": False,
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


def _environment() -> dict[str, str]:
    """No PG* variable of the caller may reach the server, no locale either; the libraries' path may be needed."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def _base() -> Path:
    """The folder that servers' folders are made in: short, and reachable for the server's user."""
    chosen = shared_temp() if os.geteuid() == 0 else Path(tempfile.gettempdir()).resolve()
    longest = chosen / f"{_PREFIX}12345678" / "s" / f".s.PGSQL.{_PORT}"
    return chosen if len(os.fsencode(longest)) <= _SOCKET_PATH_LIMIT else Path("/tmp")


def _new_folder() -> Path:
    """Ours alone to write; the server's user may walk through it to its own two folders in it."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_base()))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    return folder


def _take_lock(folder: Path) -> IO[bytes]:
    """Hold a lock while the folder is in use. It gets its name when it is held, so that a sweep cannot slip in."""
    early = folder / "lock.new"
    lock = early.open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    early.rename(folder / "lock")
    return lock


def sweep(base: Path) -> list[Path]:
    """Remove what dead processes left in ``base`` (their watchdog was killed as well); returns the removed folders.

    Only folders that this user owns and whose lock nobody holds. A server still running in one is ended first.
    """
    removed = []
    for folder in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            facts = folder.lstat()
            if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
                continue
            with _abandoned(folder, time.time() - facts.st_mtime) as dead:
                if dead:
                    _end_orphan(folder / "data")
                    shutil.rmtree(folder, ignore_errors=True)
                    removed.append(folder)
    return removed


@contextlib.contextmanager
def _abandoned(folder: Path, age: float) -> Iterator[bool]:
    """Whether nobody holds the folder's lock; a folder without one is abandoned once it is a minute old."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield age > 60
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _end_orphan(data: Path) -> None:
    """End the postmaster of a data folder, if the process of that number is really it."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if pid <= 1 or os.fsencode(data) not in _command_line(pid):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGQUIT)
        for _ in range(200):
            os.kill(pid, 0)
            time.sleep(0.01)


def _command_line(pid: int) -> bytes:
    """The words a process was started with; empty where there is none."""
    try:
        if Path("/proc/self/cmdline").exists():
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        return subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, check=False).stdout
    except OSError:
        return b""


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(value: str) -> str:
    """A value of a connection string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
