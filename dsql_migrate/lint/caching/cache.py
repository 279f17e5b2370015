"""Where the results of runs are kept: one JSON file for each set of paths and options, in the user's cache folder.

``$XDG_CACHE_HOME/dsql-migrate/lint`` (else ``~/.cache/…``), or in the folder that ``DSQL_MIGRATE_CACHE_DIR`` names.
What others than its owner could have written is not read; a cache that cannot be written is no trouble.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import Any

from dsql_migrate.lint.caching.witness import hashed

FORMAT = 1
FOLDER = "DSQL_MIGRATE_CACHE_DIR"
OFF = "DSQL_MIGRATE_NO_CACHE"
MOST_FILES = 200
MOST_BYTES = 100_000_000
OLDEST = 30 * 24 * 3600  # seconds since a file was written


def folder() -> str:
    """Where the files are."""
    own = os.environ.get(FOLDER)
    if own:
        return os.path.join(os.path.abspath(own), "lint")
    base = os.environ.get("XDG_CACHE_HOME")
    if not base or not os.path.isabs(base):
        base = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "dsql-migrate", "lint")


def place(asked: str) -> str:
    """The file for what was asked: paths, options and working folder as one text."""
    return os.path.join(folder(), f"{hashed(asked.encode('utf-8', 'surrogatepass'))}.json")


def read(path: str) -> dict[str, Any] | None:
    """What a file holds; None where there is none, it is not one of ours, or another could have written it."""
    import json

    if not _private(path):
        return None
    try:
        with open(path, "rb", buffering=0) as file:
            found = json.loads(file.readall())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def write(path: str, document: dict[str, Any]) -> None:
    """Put it there whole or not at all, and see to it that the folder does not grow for ever."""
    import json
    import tempfile

    temporary = None
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        content = json.dumps({**document, "format": FORMAT}, separators=(",", ":")).encode()
        if len(content) > MOST_BYTES // 4:
            return
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".lint-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
        temporary = None
        _tidy(os.path.dirname(path))
    except OSError:
        pass
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _private(path: str) -> bool:
    """Whether nobody else could have written the file."""
    if not hasattr(os, "getuid"):
        return True
    try:
        found = (os.lstat(os.path.dirname(path)), os.lstat(path))
    except OSError:
        return False
    if not all(each.st_uid == os.getuid() for each in found) or not stat.S_ISREG(found[1].st_mode):
        return False
    return not (found[0].st_mode | found[1].st_mode) & (stat.S_IWGRP | stat.S_IWOTH)


def _tidy(folder: str) -> None:
    """Take out what is old, and the oldest where there is too much."""
    import time

    with os.scandir(folder) as entries:
        files = sorted(((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in entries), reverse=True)
    whole = 0
    for number, (written, size, path) in enumerate(files):
        whole += size
        if number >= MOST_FILES or whole > MOST_BYTES or written < time.time() - OLDEST:
            with suppress(OSError):
                os.unlink(path)
