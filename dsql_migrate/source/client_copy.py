r"""psql's ``\copy``: the COPY statement it stands for, and the file it reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dsql_migrate.source.include import file_under
from dsql_migrate.source.script import COPY_TOKEN

_START = re.compile(rb"\s*\\copy\b")
_FILE = re.compile(rb"\s*(?:'((?:[^']|'')*)'|([^\s;]+))")


@dataclass(frozen=True, slots=True)
class ClientCopy:
    r"""A ``\copy`` line. ``statement``: the same as ``COPY … FROM stdin …;``; None where it loads nothing.

    The data is in ``path``, or ``inline``: in the copy piece that follows. ``why``: why it is not to be had otherwise.
    """

    statement: bytes | None
    path: Path | None = None
    inline: bool = False
    why: str | None = None


def client_copy(line: bytes, base: Path | None) -> ClientCopy:
    r"""Read a ``\copy`` line (``Piece.text`` from ``Piece.body`` on). Files are looked for under ``base`` only.

    No program is ever run: ``\copy … FROM PROGRAM`` gives a reason. So does ``\copy … TO``, which loads nothing.
    """
    start = _START.match(line)
    if start is None:
        return ClientCopy(None, why="it is no \\copy line")
    direction = _direction(line, start.end())
    if direction is None:
        return ClientCopy(None, why="it has neither FROM nor TO")
    if direction.group(1).lower() == b"to":
        return ClientCopy(None, why="it writes data out of the database")
    named = _FILE.match(line, direction.end())
    if named is None:
        return ClientCopy(None, why="it names no file")
    options = line[named.end() :].strip().rstrip(b";").rstrip()
    target = line[start.end() : direction.start(1)].strip()
    statement = b"COPY " + target + b" FROM stdin" + (b" " + options if options else b"") + b";"
    quoted, word = named.groups()
    if word is not None and word.lower() == b"stdin":
        return ClientCopy(statement, inline=True)
    if word is not None and word.lower() == b"pstdin":
        return ClientCopy(statement, why="it reads the standard input of psql")
    if word is not None and word.lower() == b"program":
        return ClientCopy(None, why="it runs a program")
    name = (quoted.replace(b"''", b"'") if quoted is not None else word).decode("utf-8", "surrogateescape")
    found = file_under(base, base, name)
    if isinstance(found, str):
        return ClientCopy(statement, why=f"{name}: {found}")
    return ClientCopy(statement, path=found)


def _direction(line: bytes, at: int) -> re.Match[bytes] | None:
    """The FROM or TO of a ``\\copy`` line, outside of its column list or query."""
    depth = 0
    for token in COPY_TOKEN.finditer(line, at):
        word = token.group(1).lower()
        if depth == 0 and word in (b"from", b"to"):
            return token
        depth += {b"(": 1, b")": -1}.get(word, 0)
    return None
