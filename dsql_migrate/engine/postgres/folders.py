"""The folders that running servers keep their sockets, logs and data in, and what dead processes left of them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dsql_migrate.engine.postgres.account import shared_temp

PORT = 5432  # only the name of the socket file
_PREFIX = "dsqlm-"
_SOCKET_PATH_LIMIT = 100  # sun_path holds 104 bytes on BSD and macOS, 108 on Linux


def base() -> Path:
    """The folder that servers' folders are made in: short, and reachable for the server's user."""
    chosen = shared_temp() if os.geteuid() == 0 else Path(tempfile.gettempdir()).resolve()
    longest = chosen / f"{_PREFIX}12345678" / "s" / f".s.PGSQL.{PORT}"
    return chosen if len(os.fsencode(longest)) <= _SOCKET_PATH_LIMIT else Path("/tmp")


def new_folder() -> Path:
    """Ours alone to write; the server's user may walk through it to its own two folders in it."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base()))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    return folder


def take_lock(folder: Path) -> IO[bytes]:
    """Hold a lock while the folder is in use. It gets its name when it is held, so that a sweep cannot slip in."""
    early = folder / "lock.new"
    lock = early.open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    early.rename(folder / "lock")
    return lock


def sweep(place: Path) -> list[Path]:
    """Remove what dead processes left in ``place`` (their watchdog was killed as well); returns the removed folders.

    Only folders that this user owns and whose lock nobody holds. A server still running in one is ended first.
    """
    removed = []
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            facts = folder.lstat()
            if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
                continue
            with _abandoned(folder, time.time() - facts.st_mtime) as dead:
                if dead:
                    end_orphan(folder / "data")
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


def end_orphan(data: Path) -> bool:
    """End the postmaster of a data folder, if the process of that number is really it; whether none runs now."""
    data = data.resolve()
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return True
    if pid <= 1 or os.fsencode(data) not in _command_line(pid):
        return True
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGQUIT)
        for _ in range(1000):
            os.kill(pid, 0)
            time.sleep(0.01)
        return False
    return True


def _command_line(pid: int) -> bytes:
    """The words a process was started with; empty where there is none."""
    try:
        if Path("/proc/self/cmdline").exists():
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        return subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, check=False).stdout
    except OSError:
        return b""
