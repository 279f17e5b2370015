"""Scripts that set standard_conforming_strings off (dumps of servers before 9.1), as a server with it on reads them.

The parser, the engine and DSQL read plain strings without backslash escapes. So a plain string that holds a backslash
gets the E that says what it always meant, and the setting says on. Lines stay; columns behind such a string move.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.source import regex, scanner
from dsql_migrate.source.open import Source
from dsql_migrate.source.script import pieces, standard_strings

# Everything in which a quote may stand, a plain string last, as group 1.
_TOKEN = regex.compile(
    rb"--[^\n\r]*+|(?P<comment>/\*)|\"[^\"]*+\"|(?P<dollar>\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)?+\$)"
    rb"|[eE](?P<escaped>')|[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+|(?P<plain>')"
)
_WORD_BEFORE = regex.compile(rb"[A-Za-z0-9_$\x80-\xff]\Z")
_VALUE = regex.compile(rb"(standard_conforming_strings\s*(?:=|\bto\b)\s*)'?\w+'?", re.IGNORECASE)


def standard_chunks(source: Source) -> Iterator[bytes]:
    """The bytes of the script as it would be written for standard_conforming_strings = on."""
    standard = True
    for piece in pieces(source):
        if piece.kind == "copy":
            yield from source.chunks(piece.start, piece.end)
            continue
        text = piece.text
        if piece.kind == "sql":
            after = standard_strings(piece, standard)
            if not standard and b"\\" in text:
                text = with_escapes(text)
            if not after:
                text = _VALUE.sub(rb"\1on", text, count=1)
            standard = after
        yield text


def with_escapes(text: bytes) -> bytes:
    """A statement whose plain strings take backslash escapes, with an E before those that have any."""
    parts: list[bytes] = []
    done = at = 0
    while found := _TOKEN.search(text, at):
        at = found.end()
        if found["comment"]:
            at = scanner.comment_end(text, found.start()) or len(text)
        elif found["dollar"]:
            end = text.find(found["dollar"], at)
            at = len(text) if end < 0 else end + len(found["dollar"])
        elif found["escaped"] or found["plain"]:
            string = scanner.ESCAPED.match(text, at - 1)
            if string is None:
                break
            at = string.end()
            if found["plain"] and b"\\" in string.group():
                start = string.start()
                parts += [text[done:start], b" E" if _WORD_BEFORE.search(text[max(start - 1, 0) : start]) else b"E"]
                done = start
    return b"".join([*parts, text[done:]])
