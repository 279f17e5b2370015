"""INSERT statements of a plain form, told without the parser: pg_dump --inserts writes millions of them.

Plain is ``INSERT INTO t (a, b) VALUES (1, 'x', NULL);``: names, then rows of numbers, strings, NULL, TRUE and FALSE,
and nothing else, so that the regular expressions here decide alone where a statement, a row and a value end
(PostgreSQL 16 manual, 4.1, with standard_conforming_strings on). The rest is left to the lexer and the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from dsql_migrate.rewrite.data.values_scan import Malformed, row_spans, value_spans
from dsql_migrate.source import regex
from dsql_migrate.source.facts import Insert, Name, Span
from dsql_migrate.source.script import Piece

_NAME = rb'(?:"(?:[^"\0]++|"")++"|[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+)'
_HEAD = (
    rb"(?i:insert)\s++(?i:into)\s++" + _NAME + rb"(?:\s*+\.\s*+" + _NAME + rb")?+"
    rb"(?:\s*+\(\s*+" + _NAME + rb"(?:\s*+,\s*+" + _NAME + rb")*+\s*+\))?+"
    rb"(?:\s*+(?i:overriding)\s++(?i:system|user)\s++(?i:value))?+\s*+(?i:values)"
)
_LITERAL = rb"(?:'[^'\0]*+(?:''[^'\0]*+)*+'|-?+[0-9]++(?:\.[0-9]*+)?+(?:[eE][+-]?+[0-9]++)?+|(?i:null|true|false))"
_BLANK = regex.compile(rb"\s*+")
_MOST = 256  # statements matched at once


def _row(width: int | None) -> bytes:
    more = b"*+" if width is None else b"{%d}" % (width - 1)
    return rb"\(\s*+" + _LITERAL + rb"(?:\s*+,\s*+" + _LITERAL + rb")" + more + rb"\s*+\)"


@lru_cache(maxsize=256)
def _statements(width: int | None, count: int) -> re.Pattern[bytes]:
    """``count`` statements with one head (group 1): of one row with ``width`` values, or of any rows."""
    rows = _row(width) if width is not None else _row(None) + rb"(?:\s*+,\s*+" + _row(None) + rb")*+"
    first = rb"\s*+(" + _HEAD + rb")\s*+" + rows + rb"\s*+;"
    more = rb"(?>\s*+\1\s*+" + rows + rb"\s*+;){%d}" % (count - 1)
    return regex.compile(first + (more if count > 1 else b""))


@lru_cache(maxsize=256)
def _next_row(width: int) -> re.Pattern[bytes]:
    return regex.compile(rb"\s*+(" + _row(width) + rb")\s*+([,;])")


def plain_head(piece: Piece) -> bytes | None:
    """A plain statement from its first word through VALUES; None where the statement is not plain."""
    found = _statements(None, 1).match(piece.text, piece.body)
    return found.group(1) if found and found.end() == len(piece.text) == piece.stop else None


def plain_rows(statement: bytes) -> tuple[bytes, bytes] | None:
    """The head of a plain statement through VALUES, and its rows; None where the statement is not plain."""
    found = _statements(None, 1).match(statement)
    if found is None or statement[found.end() :].strip():
        return None
    return found.group(1), statement[found.end(1) : found.end()].strip().removesuffix(b";").rstrip()


class Repeated:
    """A hook of ``pieces``: finds plain statements with the head of one before them, many at once."""

    def __init__(self) -> None:
        self._head: bytes | None = None
        self._width: int | None = None
        self._count = 1

    def follow(self, head: bytes | None, width: int | None = None) -> None:
        """Look for statements with this head: of one row with ``width`` values, or, without it, of any rows."""
        self._head, self._width = head, width

    def forget(self) -> None:
        """Find nothing."""
        self._head = None

    def __call__(self, buffer: bytes, at: int) -> tuple[int, int, int] | None:
        if self._head is None:
            return None
        blank = _BLANK.match(buffer, at)
        body = blank.end() if blank else at
        if not buffer.startswith(self._head, body):
            return None
        while True:  # few statements are tried after a failure, many after a success: no byte is looked at often
            count = self._count
            found = _statements(self._width, count).match(buffer, at)
            if found is not None:
                self._count = min(count * 4, _MOST)
                return (body, found.end(), count) if found.group(1) == self._head else None
            if count == 1:
                return None
            self._count = count // 4


def singly(piece: Piece) -> list[Piece]:
    """The statements of a piece that holds several."""
    found, at, line = [], 0, piece.line
    for _ in range(piece.statements):
        one = _statements(None, 1).match(piece.text, at)
        assert one is not None  # what found the piece says the same of each statement
        text = one.group()
        lines = text.count(b"\n")
        start = piece.start + at
        found.append(Piece("sql", start, start + len(text), line, text, one.start(1) - at, lines, b";", len(text)))
        at, line = one.end(), line + lines
    return found


@dataclass(frozen=True, slots=True)
class Model:
    """What the parser said of one plain statement; it holds for every other one with the same head and width."""

    head: bytes
    width: int
    fact: Insert

    def read(self, text: bytes, body: int) -> Insert | None:
        """The fact of the statement whose first word stands at ``body``; None where it is not like the model."""
        at = body + len(self.head)
        if not text.startswith(self.head, body):
            return None
        match, rows, first = _next_row(self.width).match, 0, 0
        while row := match(text, at):
            rows += 1
            first = first or row.start(1)
            at = row.end()
            if row.group(2) == b";":
                whole = at == len(text) and is_utf8(text)
                return self._fact(body, Span(first, row.end(1)), rows) if whole else None
        return None

    def _fact(self, body: int, values: Span, rows: int) -> Insert:
        fact, table, columns = self.fact, self.fact.table, self.fact.columns_span
        return Insert(
            span=Span(body, values.end),
            table=Name(table.schema, table.name, Span(body + table.span.start, body + table.span.end)),
            columns=fact.columns,
            rows=rows,
            columns_span=Span(body + columns.start, body + columns.end) if columns else None,
            values_span=values,
            overriding=fact.overriding,
        )


def model_of(piece: Piece, fact: Insert) -> Model | None:
    """The model that a statement and its fact make; None where it is not plain, or the two do not agree."""
    head = plain_head(piece)
    if head is None or fact.values_span is None:
        return None
    try:
        width = len(value_spans(piece.text, row_spans(piece.text, fact.values_span)[0]))
    except Malformed:
        return None
    table, columns = fact.table, fact.columns_span
    shifted = replace(
        fact,
        table=replace(table, span=Span(table.span.start - piece.body, table.span.end - piece.body)),
        columns_span=Span(columns.start - piece.body, columns.end - piece.body) if columns else None,
    )
    model = Model(head, width, shifted)
    return model if model.read(piece.text, piece.body) == fact else None


def is_utf8(text: bytes) -> bool:
    """Whether the parser can read the text at all."""
    if text.isascii():
        return True
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=64)
def _column_of(index: int) -> re.Pattern[bytes]:
    before = rb"(?:" + _LITERAL + rb"\s*+,\s*+){%d}" % index if index else b""
    row = rb"\(\s*+" + before + rb"(" + _LITERAL + rb")(?:\s*+,\s*+" + _LITERAL + rb")*+\s*+\)"
    return regex.compile(rb"\s*+" + _HEAD + rb"\s*+" + row + rb"\s*+;")


def column_values(piece: Piece, index: int) -> list[bytes]:
    """The values of one column in a piece of plain statements of one row each, as written; NULLs left out.

    Raises ValueError where they are not plain.
    """
    found, at, column = [], piece.body, _column_of(index)
    while one := column.match(piece.text, at):
        value = one.group(1)
        if value.lower() != b"null":
            found.append(value.strip(b"'"))
        at = one.end()
    if piece.text[at:].strip():
        raise ValueError("a statement is not plain")
    return found
