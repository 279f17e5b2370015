"""Block comments that nest thousands deep: PostgreSQL's scanner takes time with the square of their depth."""

from __future__ import annotations

from dsql_migrate.source import regex
from dsql_migrate.source.scanner import comment_end

_MANY = 1_000  # openings that the scanner reads in milliseconds, however deep they nest
_EDGE = regex.compile(rb"/\*|\*/")
_TOKEN = regex.compile(
    rb"(?P<comment>/\*)|--[^\n\r]*+|[eE]'(?:[^'\\]++|\\.|'')*+'|'(?:[^']++|'')*+'|\"(?:[^\"]++|\"\")*+\""
    rb"|(?P<tag>\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)?+\$)|[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+",
    regex.DOTALL,
)


def shallow(text: bytes) -> bytes:
    """The text with what opens and closes inside its block comments blanked; every offset holds."""
    if text.count(b"/*") <= _MANY:
        return text
    found, done, at = [], 0, 0
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        if token["tag"] is not None:
            close = text.find(token["tag"], at)
            at = close + len(token["tag"]) if close >= 0 else at
        elif token["comment"] is not None:
            end = comment_end(text, token.start())
            last = end - 2 if end is not None else len(text)
            found += [text[done:at], _EDGE.sub(b"  ", text[at:last])]
            done = at = last
            at = end if end is not None else last
    return b"".join([*found, text[done:]])
