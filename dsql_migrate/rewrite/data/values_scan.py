"""The rows and values of a VALUES list, found without a parser: a list of 10 MB is scanned in well under a second.

What the scanner knows of SQL's lexical form (PostgreSQL 16 manual, 4.1): strings, E'' strings, dollar quotes, quoted
names, both kinds of comments, parentheses and brackets. ``standard_conforming_strings`` is taken to be on, as it is in
every dump since PostgreSQL 9.1, and on DSQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.source import regex
from dsql_migrate.source.facts import Row, Span

# Everything that may hold a parenthesis, a bracket or a comma without meaning one.
_OPAQUE = (
    rb"[eE]'(?:[^'\\]++|\\.|'')*+'"
    rb"|'(?:[^']++|'')*+'"
    rb'|"(?:[^"]++|"")*+"'
    rb"|[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+"
    rb"|[0-9][0-9A-Za-z_.]*+"
    rb"|\$(?P<tag>(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)?)\$.*?\$(?P=tag)\$"
    rb"|--[^\n]*+"
    rb"|/\*(?:[^*/]++|\*(?!/)|/(?!\*))*+\*/"  # not nested; a nested comment goes through _nested_comment
)
_PLAIN = rb"[^'\"()\[\],$/A-Za-z0-9_\x80-\xff-]++|-(?!-)|/(?!\*)"
_SKIP = regex.compile(rb"(?:" + _PLAIN + rb"|" + _OPAQUE + rb")*+", re.DOTALL)
# A whole row with nothing nested in it.
_FLAT_ROW = regex.compile(rb"\((?:" + _PLAIN + rb"|,|" + _OPAQUE + rb")*+\)", re.DOTALL)
# A string, number or word with nothing but blanks around it.
_SIMPLE_VALUE = regex.compile(rb"\s*+('(?:[^']++|'')*+'|-?[0-9]++(?:\.[0-9]*+)?|[A-Za-z]++)\s*+[,)]")
_COMMENT_EDGE = regex.compile(rb"/\*|\*/")
_BLANK = regex.compile(rb"(?:\s++|--[^\n]*+|/\*(?:[^*/]++|\*(?!/)|/(?!\*))*+\*/)*+")


class Malformed(ValueError):
    """The text is no VALUES list. ``at``: the byte offset of the trouble."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def row_spans(text: bytes, span: Span) -> list[Span]:
    """The rows of a VALUES list, parentheses included. ``span`` goes from the first ``(`` to behind the last ``)``.

    Raises Malformed.
    """
    found: list[Span] = []
    at, end = span.start, span.end
    flat = _FLAT_ROW.match
    while True:
        row = flat(text, at, end)
        stop = row.end() if row else _row_end(text, at, end)
        found.append(Span(at, stop))
        at = blank_end(text, stop, end)
        if at >= end:
            return found
        if text[at] != 0x2C:
            raise Malformed("a comma is expected between two rows", at)
        at = blank_end(text, at + 1, end)


def values_rows(text: bytes, span: Span) -> list[Row]:
    """The rows of a VALUES list with their values. Raises Malformed."""
    return [Row(row, value_spans(text, row)) for row in row_spans(text, span)]


def value_spans(text: bytes, row: Span) -> tuple[Span, ...]:
    """The values of one row (or of any list in parentheses or brackets), blanks and comments around them left out."""
    found = []
    start = row.start + 1
    simple = _SIMPLE_VALUE.match
    while value := simple(text, start, row.end):
        found.append(Span(*value.span(1)))
        start = value.end()
        if start == row.end:
            return tuple(found)
    found = []
    start = row.start + 1
    for at in _commas(text, row.start, row.end):
        found.append(trimmed(text, start, at))
        start = at + 1
    return tuple(found)


def trimmed(text: bytes, start: int, end: int) -> Span:
    """The range without blanks and comments around it."""
    first = blank_end(text, start, end)
    last = end
    while last > first and text[last - 1] in b" \t\n\r\f\v":
        last -= 1
    if last > first and (text[last - 1] == 0x2F or b"--" in text[first:last]):
        last = _behind_last(text, first, last)
    return Span(first, last)


def blank_end(text: bytes, at: int, end: int) -> int:
    """Behind blanks and comments from ``at`` on."""
    while True:
        blank = _BLANK.match(text, at, end)
        at = blank.end() if blank else at
        if not text.startswith(b"/*", at, end):
            return at
        at = _nested_comment(text, at, end)


def _behind_last(text: bytes, start: int, end: int) -> int:
    """The end of the last thing in the range that is no comment."""
    at = last = start
    while at < end:
        token = _TOKEN.match(text, at, end)
        if text.startswith(b"/*", at, end):
            at = blank_end(text, at, end)
            continue
        if token is None or token.end() == at:
            return end
        at = token.end()
        if not text.startswith(b"--", token.start()) and token.group().strip():
            last = at
    return last


_TOKEN = regex.compile(rb"\s++|" + _OPAQUE + rb"|.", re.DOTALL)


def _row_end(text: bytes, at: int, end: int) -> int:
    """Behind the parenthesis that closes the one at ``at``."""
    if text[at : at + 1] != b"(":
        raise Malformed("a row in parentheses is expected", at)
    last = at
    for last in _commas(text, at, end):  # noqa: B007 - the last one is the closing parenthesis
        pass
    return last + 1


def _commas(text: bytes, at: int, end: int) -> Iterator[int]:
    """Where the commas of the list that opens at ``at`` stand, and at last where it closes."""
    depth = 0
    skip = _SKIP.match
    while at < end:
        plain = skip(text, at, end)
        at = plain.end() if plain else at
        if at >= end:
            break
        character = text[at]
        if character in b"([":
            depth += 1
        elif character in b")]":
            depth -= 1
            if depth == 0:
                yield at
                return
        elif character == 0x2C:
            if depth == 1:
                yield at
        elif text.startswith(b"/*", at):
            at = _nested_comment(text, at, end)
            continue
        elif character != 0x24:  # a lone $ as in $1; anything else here is a quote that does not close
            raise Malformed("a quote is not closed", at)
        at += 1
    raise Malformed("a parenthesis is not closed", at)


def _nested_comment(text: bytes, at: int, end: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, at, end):
        depth += 1 if edge.group() == b"/*" else -1
        if depth == 0:
            return edge.end()
    raise Malformed("a comment is not closed", at)
