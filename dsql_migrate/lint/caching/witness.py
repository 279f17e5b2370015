"""What a run has looked at: every file it opened, every folder it listed, every name it asked for.

The interpreter itself tells (audit events, PEP 578), so that nothing a migration tool's reader looks at can be
forgotten. What was seen can be written down and held against the disk later: where all is as it was, so is the result.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import eq
from typing import Any

Names = dict[str, list[str]]  # kind of look -> paths
Seen = dict[str, dict[str, Any]]  # kind of look -> path -> what was there; both are JSON's own types

LARGEST = 1 << 28  # bytes: a larger file costs too much to read twice
_READS = os.O_RDONLY
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)  # a pipe must not make us wait
_hooked = False
_now: Witness | None = None


class Witness:
    """The names of all that was looked at while it was ``watching``."""

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.listed: set[str] = set()
        self.asked: set[str] = set()
        self.whole = True  # off: a program was started, and nobody knows what it has read

    def names(self) -> Names | None:
        """All of it; None where that cannot be said."""
        if not self.whole:
            return None
        return {"files": sorted(self.opened), "folders": sorted(self.listed), "there": sorted(self.asked)}


@contextmanager
def watching(witness: Witness) -> Iterator[None]:
    """Let a witness see what is looked at; the one before it sees nothing meanwhile."""
    global _hooked, _now
    if not _hooked:
        sys.addaudithook(_told)
        _hooked = True
    before, _now = _now, witness
    try:
        yield
    finally:
        _now = before


def _told(event: str, arguments: tuple[Any, ...]) -> None:
    if _now is None:
        return
    if event == "open":
        path, _, flags = arguments
        if flags and flags & os.O_ACCMODE == _READS and not isinstance(path, int):  # no flags: an import
            _now.opened.add(os.fsdecode(path))
    elif event in ("os.listdir", "os.scandir"):
        if not isinstance(arguments[0], int):
            _now.listed.add(os.fsdecode(arguments[0] or "."))
    elif event == "dsql_migrate.exists":
        _now.asked.add(arguments[0])
    elif event == "dsql_migrate.reads":
        _now.opened.add(arguments[0])
    elif event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.system", "socket.connect"):
        _now.whole = False


class Disk:
    """What is on the disk, each thing looked at once."""

    def __init__(self) -> None:
        self._files: dict[str, str | None] = {}
        self._folders: dict[str, str | None] = {}

    def file(self, path: str) -> str | None:
        """A digest of a file's bytes; None where it cannot be read, "" where it is too large or no plain file."""
        found = self._files.get(path)
        if found is None and path not in self._files:
            found = self._files[path] = _digest(path)
        return found

    def folder(self, path: str) -> str | None:
        """A digest of the names in a folder; None where it cannot be listed."""
        if path not in self._folders:
            try:
                names = "\0".join(sorted(os.listdir(path)))
            except (OSError, ValueError):
                self._folders[path] = None
            else:
                self._folders[path] = hashed(os.fsencode(names))
        return self._folders[path]

    def there(self, path: str) -> bool:
        """Whether there is such a path."""
        return os.path.exists(path)

    def seen(self, names: Iterable[Names]) -> Seen:
        """What is there now, for all of these names."""
        looks = {"files": self.file, "folders": self.folder, "there": self.there}
        several = list(names)
        return {kind: {path: look(path) for each in several for path in each[kind]} for kind, look in looks.items()}

    def is_as(self, seen: Seen) -> bool:
        """Whether all that was seen is as it was."""
        files, folders, there = seen["files"], seen["folders"], seen["there"]
        return (
            all(map(eq, map(self.file, files), files.values()))
            and all(map(eq, map(self.folder, folders), folders.values()))
            and all(map(eq, map(self.there, there), there.values()))
        )

    def same(self, seen: Seen, names: Names) -> bool:
        """Whether what bears these names is as it was seen."""
        files, folders, there = seen["files"], seen["folders"], seen["there"]
        return (
            all(self.file(path) == files[path] for path in names["files"])
            and all(self.folder(path) == folders[path] for path in names["folders"])
            and all(self.there(path) == there[path] for path in names["there"])
        )


def hashed(content: bytes) -> str:
    """32 hexadecimal digits."""
    return _blake2b(content, digest_size=16).hexdigest()


def _digest(path: str) -> str | None:
    """With the calls of the system: a file object takes as long again, and there are hundreds of files."""
    try:
        found = os.stat(path)
        kind = found.st_mode & 0o170000
        if found.st_size > LARGEST or kind not in (0o100000, 0o040000):
            return ""  # a pipe may not even be opened: who writes to it would find its end closed
        handle = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        content = os.read(handle, found.st_size + 1)
        while part := os.read(handle, LARGEST) if len(content) != found.st_size else b"":
            content += part
        return hashed(content)
    except OSError:  # a folder
        return None
    finally:
        os.close(handle)


try:
    from _blake2 import blake2b as _blake2b  # hashlib loads OpenSSL as well: 3 ms
except ImportError:
    from hashlib import blake2b as _blake2b
