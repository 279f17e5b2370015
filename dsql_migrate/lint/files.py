"""Which files a run looks at: those that were named, and those that the named folders hold."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from dsql_migrate.errors import InputError

# What a migration may be written in; whether such a file is one, its tool has to say.
SUFFIXES = (".sql", ".py", ".rb", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".xml", ".yaml", ".yml", ".json")
_NOT_ENTERED = frozenset({"node_modules", "__pycache__", "site-packages", "venv", "vendor", "dist", "target"})


def files_of(paths: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """(path, whether it was named itself) of each file that may be one to read, folders walked in order.

    Folders whose name begins with a dot are left out, as are those of installed packages. A pg_dump directory archive
    counts as one file, and so does a folder that cannot be entered, so that it is named as skipped.
    Raises InputError for a path that is not there.
    """
    for path in paths:
        if path == "-" or not os.path.isdir(path) or os.path.exists(os.path.join(path, "toc.dat")):
            if path != "-" and not os.path.exists(path):
                raise InputError(f"no such file or folder: {path}")
            yield path, True
            continue
        for file in sorted(_walk(path)):
            yield file, False


def _walk(folder: str) -> Iterator[str]:
    closed: list[str] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _NOT_ENTERED]
        yield from (os.path.normpath(os.path.join(place, name)) for name in files if name.lower().endswith(SUFFIXES))
    yield from closed
