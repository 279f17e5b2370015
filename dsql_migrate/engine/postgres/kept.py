"""A folder that keeps a cluster from one run to the next. One engine at a time may use it."""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
from pathlib import Path
from typing import IO

from dsql_migrate.engine.postgres.account import Account
from dsql_migrate.engine.postgres.folders import end_orphan
from dsql_migrate.errors import Failure

_MARK = "engine.json"
_FORMAT = 1
_FOUND_IN_EMPTY = {"lock", "engine.new", "lost+found"}  # ours, of a start that was stopped at once; a file system's


class Kept:
    """The folder, claimed: ``cluster`` is where PostgreSQL's data are or will be, ``tls`` where the certificate is."""

    def __init__(self, folder: Path) -> None:
        """Claim it; it is made where it is missing. Raises Failure: it is in use, or holds something else."""
        self.folder = folder.expanduser().resolve()
        self.cluster = self.folder / "cluster"
        self.tls = self.folder / "tls"
        try:
            self._lock = self._claim()
        except OSError as error:
            raise Failure(f"cannot use the folder {folder}: {error.strerror or error}") from error

    def version(self) -> int | None:
        """PostgreSQL's major version that the cluster was made with; None where there is none yet."""
        try:
            return int((self.cluster / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return None

    def ready(self, account: Account) -> bool:
        """Clear away what a crash left. Returns whether there is a cluster to start, else it is to be made.

        Raises Failure where the cluster is another user's, or a server in it cannot be ended.
        """
        shutil.rmtree(self.new, ignore_errors=True)
        if self.version() is None:
            if self.cluster.exists():
                raise Failure(f"{self.cluster} is no cluster of PostgreSQL", "Choose another folder.")
            return False
        owner = self.cluster.stat().st_uid
        if owner != (os.geteuid() if account.uid is None else account.uid):
            raise Failure(f"{self.cluster} belongs to the user {_name(owner)}, and PostgreSQL would run as another")
        if not end_orphan(self.cluster):
            raise Failure(f"a PostgreSQL is still running in {self.cluster}")
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)  # of a server that was killed
        return True

    @property
    def new(self) -> Path:
        """Where a cluster is made, to be renamed when it is whole."""
        return self.folder / "cluster.new"

    def release(self) -> None:
        """Let others use it. Safe to call twice."""
        self._lock.close()

    def _claim(self) -> IO[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.geteuid() == 0:
            self.folder.chmod(self.folder.stat().st_mode | 0o011)  # PostgreSQL runs as another user
        names = set(os.listdir(self.folder))
        mark = self.folder / _MARK
        if _MARK not in names and names - _FOUND_IN_EMPTY:
            raise Failure(f"{self.folder} holds something else than an engine's data", "Choose a folder that is empty.")
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        lock = os.fdopen(descriptor, "r+b")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise Failure(f"another engine is using {self.folder}") from None
        if not mark.exists():
            _write(mark, {"made_by": "dsql-migrate engine", "format": _FORMAT})
        elif _read(mark).get("format") != _FORMAT:
            lock.close()
            raise Failure(f"{self.folder} was made by another version of dsql-migrate", "Choose another folder.")
        return lock


def _read(mark: Path) -> dict[str, object]:
    try:
        found = json.loads(mark.read_bytes())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(mark: Path, facts: dict[str, object]) -> None:
    new = mark.with_suffix(".new")
    new.write_text(json.dumps(facts, sort_keys=True) + "\n")
    new.rename(mark)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
