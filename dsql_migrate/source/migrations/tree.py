"""The files that a run looks at, as the tools see them: names first, heads only where a name does not tell."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache

HEAD = 1 << 14  # bytes of a file that tell which tool it is for
_UP = 6  # folders above that are looked at for a tool's configuration


class Tree:
    """Files that are not claimed yet, by folder. Paths are as the user named them.

    ``read`` gives the bytes of a file (the linter's fixes put changed files in its place). Nothing is read twice.
    """

    def __init__(self, files: Iterable[str], read: Callable[[str], bytes], named: frozenset[str] = frozenset()) -> None:
        self.files = list(dict.fromkeys(files))
        self.named = named
        self.read = cache(read)

    def claimed(self, files: Iterable[str]) -> None:
        """Take files out: another tool must not claim them as well."""
        gone = set(files)
        self.files = [file for file in self.files if file not in gone]

    def folders(self, *suffixes: str) -> Iterator[tuple[str, list[str]]]:
        """(folder, its files with one of the suffixes), in order of the folders' names; files by name."""
        found: dict[str, list[str]] = {}
        for file in self.files:
            if not suffixes or file.endswith(suffixes):
                found.setdefault(os.path.dirname(file), []).append(file)
        for folder in sorted(found):
            yield folder, sorted(found[folder])

    def head(self, file: str) -> bytes:
        """The first bytes of a file; empty where it cannot be read."""
        try:
            return self.read(file)[:HEAD]
        except OSError:
            return b""

    def beside(self, folder: str, *names: str) -> str | None:
        """The path of the first of these files that stands in the folder, whether it is among ``files`` or not."""
        return next((path for name in names if os.path.exists(path := os.path.join(folder, name))), None)

    def above(self, folder: str, *names: str) -> str | None:
        """The same, in the folder or one of those above it, nearest first; not beyond the root of a git checkout."""
        at = os.path.abspath(folder)
        for _ in range(_UP):
            found = self.beside(at, *names)
            if found is not None:
                return found
            if os.path.exists(os.path.join(at, ".git")) or os.path.dirname(at) == at:
                return None
            at = os.path.dirname(at)
        return None
