"""The files that a run looks at, as the tools see them: names first, heads only where a name does not tell."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache

from dsql_migrate.source.encoding import text_of

HEAD = 1 << 14  # bytes of a file that tell which tool it is for
_UP = 6  # folders above that are looked at for a tool's configuration


def exists(path: str) -> bool:
    """As ``os.path.exists``, and told to those who want to know what a result rests on (lint/caching/witness.py)."""
    sys.audit("dsql_migrate.exists", path)
    return os.path.exists(path)


def size(path: str) -> int:
    """As ``os.path.getsize``, for a file that is read unless it is too large; told likewise."""
    sys.audit("dsql_migrate.reads", path)
    return os.path.getsize(path)


class Tree:
    """Files that are not claimed yet, by folder. Paths are as the user named them.

    ``read`` gives the bytes of a file (the linter's fixes put changed files in its place). Nothing is read twice.
    """

    def __init__(self, files: Iterable[str], read: Callable[[str], bytes], named: frozenset[str] = frozenset()) -> None:
        self.files = list(dict.fromkeys(files))
        self.named = named
        self.read = cache(read)
        self.head = cache(self._head)
        self.names = cache(self._names)
        self.above = cache(self._above)
        self._climb = cache(self._climbed)
        self.left = set(self.files)
        self._given = frozenset(self.files)
        self._folders: dict[str, list[str]] = {}  # folder -> its files; both in order
        for file in sorted(self.files):
            self._folders.setdefault(os.path.dirname(file), []).append(file)
        self._folders = dict(sorted(self._folders.items()))

    def claimed(self, files: Iterable[str]) -> None:
        """Take files out: another tool must not claim them as well."""
        gone = set(files)
        if gone:
            self.left -= gone
            self.files = [file for file in self.files if file in self.left]

    def folders(self, *suffixes: str) -> Iterator[tuple[str, list[str]]]:
        """(folder, its files with one of the suffixes), in order of the folders' names; files by name."""
        for folder, files in self._folders.items():
            found = [file for file in files if file in self.left and (not suffixes or file.endswith(suffixes))]
            if found:
                yield folder, found

    def _names(self, folder: str) -> tuple[str, ...]:
        """The names of all that stands in a folder, in order, whether the run looks at it or not."""
        names = {os.path.basename(file) for file in self._folders.get(folder, ())}
        with suppress(OSError):  # a folder that cannot be listed holds what the user has named
            names.update(os.listdir(folder or "."))
        return tuple(sorted(names))

    def _head(self, file: str) -> bytes:
        """The first bytes of a file, as UTF-8 without a byte order mark; empty where it cannot be read."""
        try:
            if not stat.S_ISREG(os.stat(file).st_mode):
                return b""  # a pipe gives its bytes once: they are for whoever lints it
            with open(file, "rb", buffering=0) as opened:
                return text_of(opened.read(HEAD))
        except (OSError, ValueError):  # ValueError: a NUL in the name
            pass
        try:
            return text_of(self.read(file)[:HEAD])  # a file that is to be made
        except OSError:
            return b""

    def has(self, path: str) -> bool:
        """Whether there is such a file, whether the run looks at it or not."""
        return path in self._given or exists(path)

    def free(self, path: str) -> bool:
        """Whether no tool has claimed the file: it may be one that the run does not look at."""
        return path in self.left or path not in self._given

    def beside(self, folder: str, *names: str) -> str | None:
        """The path of the first of these files that stands in the folder, whether it is among ``files`` or not."""
        return next((path for name in names if exists(path := os.path.join(folder, name))), None)

    def _above(self, folder: str, *names: str) -> str | None:
        """The same, in the folder or one of those above it, nearest first; not beyond the root of a git checkout."""
        return self._climb(os.path.abspath(folder), _UP, names)

    def _climbed(self, at: str, steps: int, names: tuple[str, ...]) -> str | None:
        found = self.beside(at, *names)
        parent = os.path.dirname(at)
        if found is not None or steps == 1 or parent == at or exists(os.path.join(at, ".git")):
            return found
        return self._climb(parent, steps - 1, names)
