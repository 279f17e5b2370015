"""What the values of numeric columns need: digits before and behind the point. Also the longest row of a COPY.

A bare ``numeric`` has no limits in PostgreSQL, but a fixed precision and scale on DSQL: the data says which is enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dsql_migrate.rewrite.data import copy_format
from dsql_migrate.rewrite.data.copy_format import CopySpec
from dsql_migrate.rewrite.data.insert import NotConstant
from dsql_migrate.rewrite.data.literals import constant
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows, whole_rows
from dsql_migrate.rewrite.data.values_scan import values_rows
from dsql_migrate.source.facts import Insert

_PLAIN = re.compile(rb"\s*[+-]?0*([0-9]*)(?:\.([0-9]*))?\s*")
_SCIENTIFIC = re.compile(rb"\s*[+-]?([0-9]*)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,6})\s*")
_NOT_FINITE = frozenset({b"nan", b"infinity", b"inf", b"+infinity", b"+inf", b"-infinity", b"-inf"})


@dataclass(frozen=True, slots=True)
class NumericShape:
    """``integer_digits``: most digits before the point, leading zeros aside; ``scale``: most digits behind it.

    ``infinite``: an infinity is among the values, which no declared precision admits. (NaN fits everywhere.)
    """

    integer_digits: int = 0
    scale: int = 0
    infinite: bool = False

    def __or__(self, other: NumericShape) -> NumericShape:
        """The shape that both fit into."""
        return NumericShape(
            max(self.integer_digits, other.integer_digits),
            max(self.scale, other.scale),
            self.infinite or other.infinite,
        )

    @property
    def precision(self) -> int:
        """The least p of a numeric(p, scale) that holds every value; at least 1."""
        return max(1, self.integer_digits + self.scale)


@dataclass(frozen=True, slots=True)
class Statistics:
    """``shapes`` by field index; ``longest_row``: bytes of the longest row as it stands in the COPY data."""

    rows: int
    shapes: dict[int, NumericShape]
    longest_row: int


def shape_of(values: Iterable[bytes]) -> NumericShape:
    """The shape of numeric values (no NULL among them). Raises ValueError for what is no number."""
    digits = scale = 0
    infinite = False
    for value in values:
        found = _PLAIN.fullmatch(value)
        if found is None or not (found.group(1) or found.group(2) or b"0" in value):
            other = _unusual(value)
            digits, scale = max(digits, other.integer_digits), max(scale, other.scale)
            infinite = infinite or other.infinite
            continue
        whole, fraction = found.groups()
        if len(whole) > digits:
            digits = len(whole)
        if fraction and len(fraction) > scale:
            scale = len(fraction)
    return NumericShape(digits, scale, infinite)


def _unusual(value: bytes) -> NumericShape:
    word = value.strip().lower()
    if word in _NOT_FINITE:
        return NumericShape(infinite=word != b"nan")
    found = _SCIENTIFIC.fullmatch(value)
    if found is None or not (found.group(1) or found.group(2)):
        raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no number")
    whole, fraction, exponent = found.group(1), found.group(2) or b"", int(found.group(3))
    digits = (whole + fraction).lstrip(b"0")
    point = len(digits) - len(fraction) + exponent  # digits before the point
    return NumericShape(max(0, point) if digits else 0, max(0, len(fraction) - exponent))


def row_statistics(chunks: Iterable[Chunk | Rows], spec: CopySpec, columns: Collection[int]) -> Statistics:
    """Reads COPY rows for the shapes of the numeric fields ``columns``. Raises RowError for what is no number."""
    shapes = {i: NumericShape() for i in columns}
    last = max(columns, default=-1)
    rows = longest = 0
    for part in whole_rows(chunks, spec):
        lines = part.lines()
        longest = max(longest, max(map(len, lines)))
        if columns:
            fields = _fields(lines, spec, part.data, last)
            for i in columns:
                distinct = {row[i] for row in fields if len(row) > i}
                distinct.discard(spec.null)
                shapes[i] |= _shape(distinct, fields, i, rows, spec)
        rows += len(lines)
    return Statistics(rows, shapes, longest)


def _fields(lines: list[bytes], spec: CopySpec, data: bytes, last: int) -> list[list[bytes]]:
    if data.endswith(b"\r\n"):
        lines = [line.removesuffix(b"\r") for line in lines]
    if spec.csv and spec.csv.quote in data:
        csv = spec.csv
        return [_unquoted(line, spec) for line in lines] if csv else []
    if spec.csv is None and copy_format.escaped_delimiter(spec.delimiter).search(data):
        return [copy_format.split_text(line, spec.delimiter) for line in lines]
    return [line.split(spec.delimiter, last + 1) for line in lines]


def _unquoted(line: bytes, spec: CopySpec) -> list[bytes]:
    assert spec.csv is not None
    try:
        fields = copy_format.split_csv(line, spec.csv, spec.delimiter)
    except ValueError:
        return []
    return [copy_format.unquote(field, spec.csv) if spec.csv.quote in field else field for field in fields]


def _shape(distinct: set[bytes], fields: list[list[bytes]], i: int, done: int, spec: CopySpec) -> NumericShape:
    try:
        return shape_of(distinct)
    except ValueError as error:
        for number, row in enumerate(fields, done + 1):  # find the row that it is
            try:
                shape_of(value for value in row[i : i + 1] if value != spec.null)
            except ValueError:
                raise RowError(number, i, str(error)) from None
        raise


def insert_shapes(
    text: bytes, fact: Insert, columns: tuple[str, ...], wanted: Collection[str]
) -> dict[str, NumericShape]:
    """The shapes of the ``wanted`` columns' values in an INSERT … VALUES; values that are no constants are left out.

    ``columns`` are the table's, for a statement without a column list. Raises RowError for what is no number.
    """
    named = fact.columns or columns
    indexes = {name: i for i, name in enumerate(named) if name in wanted}
    shapes = {name: NumericShape() for name in indexes}
    if fact.values_span is None or not indexes:
        return shapes
    for number, row in enumerate(values_rows(text, fact.values_span), 1):
        for name, i in indexes.items():
            if i >= len(row.values):
                continue
            try:
                value = constant(text, row.values[i]).value
            except NotConstant:
                continue
            try:
                shapes[name] |= shape_of(() if value is None else (value,))
            except ValueError as error:
                raise RowError(number, i, str(error)) from None
    return shapes
