"""Which files a run looks at: those that were named, and those that the named folders and globs hold."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from dsql_migrate.errors import InputError

# What a migration may be written in; whether such a file is one, its tool has to say.
SUFFIXES = (".sql", ".py", ".rb", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".xml", ".yaml", ".yml", ".json")
_NOT_ENTERED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "vendor", "dist", "target"})
Left = Callable[[str], bool]  # whether a path is left out


def files_of(paths: Sequence[str], exclude: Sequence[str] = (), force: bool = False) -> Iterator[tuple[str, bool]]:
    """(path, whether it was named itself) of each file that may be one to read, folders walked in order.

    Folders whose name begins with a dot are left out, as are those of installed packages, and what a glob of
    ``exclude`` matches: of named files only with ``force``. A glob among the paths stands for the files it matches.
    A pg_dump directory archive counts as one file, and so does a folder that cannot be entered, so that it is named
    as skipped. Raises InputError for a path that is not there or matches nothing.
    """
    left = _left(exclude)
    for path in paths:
        if path == "-":
            yield path, True
        elif not os.path.isdir(path) or os.path.exists(os.path.join(path, "toc.dat")):
            if os.path.lexists(path) or not is_glob(path):
                yield from _named(path, left if force else None)
            else:
                yield from _matching(path, left)
        elif not (force and left(path)):
            yield from ((file, False) for file in sorted(_walk(path, left)))


def is_glob(path: str) -> bool:
    """Whether a path that is not there may be meant as a glob."""
    return any(character in path for character in "*?[")


def _named(path: str, left: Left | None) -> Iterator[tuple[str, bool]]:
    if not os.path.exists(path):
        raise InputError(f"no such file or folder: {path}")
    if left is None or not left(path):
        yield path, True


def _matching(pattern: str, left: Left) -> Iterator[tuple[str, bool]]:
    """What a glob matches, in order: files, and those of the folders among it. A bare ``*`` names no file by itself."""
    import glob

    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        raise InputError(f"no file matches {pattern}")
    asked = set(pattern.split(os.sep))
    bare = not os.path.basename(pattern).strip("*.")
    several: dict[str, bool] = {}
    for path in found:
        if left(path) or any(part in _NOT_ENTERED - asked for part in path.split(os.sep)):
            continue
        if os.path.isdir(path):
            several |= {file: False for file in _walk(path, left) if file not in several}
        elif path.lower().endswith(SUFFIXES) or not bare:
            several.setdefault(os.path.normpath(path), not path.lower().endswith(SUFFIXES))
    yield from sorted(several.items())


def _left(exclude: Sequence[str]) -> Left:
    if not exclude:
        return lambda path: False
    from dsql_migrate.lint.sifting.selection import excluded

    return excluded(exclude)


def _walk(folder: str, left: Left) -> Iterator[str]:
    closed: list[str] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and name not in _NOT_ENTERED and not left(os.path.join(place, name))
        ]
        found = (os.path.normpath(os.path.join(place, name)) for name in files if name.lower().endswith(SUFFIXES))
        yield from (path for path in found if not left(path))
    yield from closed
