"""CREATE SCHEMA with elements inside it, taken apart: CREATE SCHEMA alone, then each element as a piece of its own.

In ``CREATE SCHEMA s CREATE TABLE t (…) CREATE VIEW v AS …`` every element's unqualified name belongs to ``s``.
"""

from __future__ import annotations

from dsql_migrate.source.parse import Unparsable, tokens
from dsql_migrate.source.script import Piece

_STARTS = ("create", "grant")
_WITHIN = ("grant", ",", "with")  # GRANT CREATE, USAGE …; GRANT SELECT, CREATE …; WITH GRANT OPTION


def elements(piece: Piece) -> list[Piece]:
    """The pieces that a CREATE SCHEMA statement with elements stands for; together they hold all its bytes."""
    try:
        found = tokens(piece.sql)
    except Unparsable:
        return [piece]
    depth = 0
    starts = []
    for i, token in enumerate(found):
        if token.word == "(":
            depth += 1
        elif token.word == ")":
            depth -= 1
        elif depth == 0 and i > 1 and token.word in _STARTS and found[i - 1].word not in _WITHIN:
            starts.append(i)
    if not starts:
        return [piece]
    cuts = [0, *(found[i - 1].end for i in starts), len(piece.text)]
    bodies = [piece.body, *(found[i].start for i in starts)]
    return [_part(piece, a, b, body) for a, b, body in zip(cuts, cuts[1:], bodies, strict=False)]


def _part(piece: Piece, start: int, end: int, body: int) -> Piece:
    text = piece.text[start:end]
    return Piece(
        kind="sql",
        start=piece.start + start,
        end=piece.start + end,
        line=piece.line + piece.text.count(b"\n", 0, start),
        text=text,
        body=body - start,
        lines=text.count(b"\n"),
        terminator=piece.terminator if end == len(piece.text) else b"",
        stop=min(piece.stop, end) - start,
    )
