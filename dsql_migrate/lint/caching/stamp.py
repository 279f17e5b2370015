"""What the result of a run depends on besides its options and its files: this program, its rules, the parser."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from dsql_migrate import __version__

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_PARTS = ("lint", "source", "schema", "target")  # those that a finding comes from


def stamp(folders: Iterable[str]) -> str:
    """Changes when another version is installed, and with each change of a rule or of the program's own files.

    ``folders``: rules of the user's own. Files are known by size, times and inode, not read: there are hundreds.
    """
    shipped = os.path.join(_PACKAGE, "_rules", "compiled.json")
    parts = [__version__, sys.version, _PACKAGE]
    if os.path.exists(shipped):
        parts.append(_of(shipped))  # an installed package: its files came with this one
    else:
        own = (os.path.join(_PACKAGE, part) for part in _PARTS)
        places = (*own, os.path.join(os.path.dirname(_PACKAGE), "rules"))
        parts += (_of(path) for place in places for path in _files(place))
    parts += (_of(path) for folder in folders for path in _files(os.path.abspath(folder)))
    parts += (_of(path) for path in _parser())
    return "\n".join(parts)


def _parser() -> Iterator[str]:
    for folder in sys.path:
        path = os.path.join(folder, "pglast", "__init__.py")
        if os.path.exists(path):
            yield path
            return


def _files(folder: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith((".py", ".yaml")):
            yield entry.path
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry.path)


def _of(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return path
    return f"{path} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
