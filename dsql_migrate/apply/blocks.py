"""Where the rows of a COPY block can be parted."""

from __future__ import annotations

from dsql_migrate.source.open import Source
from dsql_migrate.source.parse import Unparsable, parse


def middle(source: Source, start: int, end: int) -> int | None:
    """The row boundary nearest after the middle, else before it; None for a single row.

    In COPY's text form a line feed is always the end of a row: one in a value is written as a backslash and n.
    """
    half = (start + end) // 2
    at = half
    for chunk in source.chunks(half, end):
        found = chunk.find(b"\n")
        if found >= 0:
            after = at + found + 1
            if after < end:
                return after
            break
        at += len(chunk)
    best = None
    at = start
    for chunk in source.chunks(start, half):
        found = chunk.rfind(b"\n")
        best = at + found + 1 if found >= 0 else best
        at += len(chunk)
    return best


def newlines(source: Source, start: int, end: int) -> int:
    """How many line feeds stand between two offsets: in the text form, how many rows."""
    return sum(chunk.count(b"\n") for chunk in source.chunks(start, end))


def text_form(sql: bytes) -> bool:
    """Whether a COPY statement's data are in the text form, not in CSV."""
    try:
        node = parse(sql).node
    except Unparsable:
        return False
    for item in node.get("options", ()):
        if item["DefElem"]["defname"] == "format":
            return bool(item["DefElem"].get("arg", {}).get("String", {}).get("sval") == "text")
    return True
