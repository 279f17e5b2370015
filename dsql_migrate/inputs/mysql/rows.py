"""INSERT … VALUES as rows of COPY: found by one pattern a table, never through a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from dsql_migrate.inputs.mysql.values import NULL, Convert, Refused, ZeroDate

_HEAD = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:LOW_PRIORITY\s+|DELAYED\s+|HIGH_PRIORITY\s+)?(?:IGNORE\s+)?(?:INTO\s+)?"
    rb"((?:`(?:[^`]|``)+`|[\w$\x80-\xff]+)(?:\s*\.\s*(?:`(?:[^`]|``)+`|[\w$\x80-\xff]+))?)\s*"
    rb"(\([^()'\"]*\)\s*)?VALUES?\s*(?=\()",
    re.IGNORECASE,
)
_VALUE = (
    rb"('(?:[^'\\]++|\\.|'')*+'|-?[0-9.]++(?:[eE][+-]?[0-9]++)?+|NULL|0[xX][0-9A-Fa-f]++|[xXbB]'[0-9A-Fa-f]*+'"
    rb"|_[A-Za-z0-9]++\s*+'(?:[^'\\]++|\\.|'')*+'|_[A-Za-z0-9]++\s*+[xX]'[0-9A-Fa-f]*+'"
    rb"|\"(?:[^\"\\]++|\\.|\"\")*+\"|TRUE|FALSE|true|false)"
)
_TAIL = re.compile(rb"\s*(?:ON\s+DUPLICATE\s+KEY\s+UPDATE\b.*)?\Z", re.IGNORECASE | re.DOTALL)


class NotPlain(ValueError):
    """The rows hold something else than literals, or not as many as there are columns."""


@dataclass(frozen=True, slots=True)
class Head:
    """INSERT INTO table (columns) VALUES; ``rows``: where the first row begins."""

    table: bytes
    columns: tuple[str, ...]
    rows: int


class Row(NamedTuple):
    """One row: COPY's line, or why there is none. ``at``: its offset in the statement; ``zeros``: columns by number."""

    at: int
    end: int
    line: bytes
    why: str | None = None
    column: int = 0
    zeros: tuple[int, ...] = ()


def head_of(text: bytes, at: int) -> Head | None:
    """The beginning of an INSERT of literal rows; None where it is written otherwise."""
    found = _HEAD.match(text, at)
    if found is None:
        return None
    listed = found.group(2) or b""
    columns = tuple(
        name.strip().strip(b"`").replace(b"``", b"`").decode("utf-8", "surrogateescape")
        for name in listed.strip()[1:-1].split(b",")
    ) if listed.strip() else ()  # fmt: skip
    return Head(found.group(1), columns, found.end())


@lru_cache(maxsize=64)
def _row(width: int) -> re.Pattern[bytes]:
    return re.compile(rb"\(\s*+" + rb"\s*+,\s*+".join([_VALUE] * width) + rb"\s*+\)\s*+(?:,\s*+)?+", re.DOTALL)


# Values that COPY has as MySQL does, by kind of column: one group with what goes into the row, or none for NULL.
_SAME_TEXT = rb"'((?:[^'\\\t\n\r\b\f\v\0]++|\\[\\'\"nrt])*+)'"
_SAME_DAY = rb"[0-9]{4}-(?!00)[0-9][0-9]-(?!00)[0-9][0-9]"
_SAME_TIME = rb"'(" + _SAME_DAY + rb" [0-9:.]++)'"
_SAME = {
    "number": rb"(-?[0-9]++(?:\.[0-9]++)?+)",
    "wide": rb"([0-9]{1,18}+)",
    "text": _SAME_TEXT,
    "json": _SAME_TEXT,
    "date": rb"'(" + _SAME_DAY + rb")'",
    "datetime": _SAME_TIME,
    "timestamp": _SAME_TIME,
    "time": rb"'((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]++)?+)'",
    "boolean": rb"([01])",
}


@dataclass(frozen=True, slots=True)
class Easy:
    """Rows whose values are all written alike in both: nearly all there are."""

    pattern: re.Pattern[bytes]
    zoned: tuple[int, ...]  # columns whose time gets its zone
    booleans: tuple[int, ...]
    ascii: bool  # the dump has another character set: only plain ASCII is alike


def easy_of(kinds: Sequence[str], codec: str | None) -> Easy | None:
    """The pattern of a table's easy rows; None where a column has no easy values."""
    if any(kind not in _SAME for kind in kinds):
        return None
    return Easy(
        _easy(tuple(kinds)),
        tuple(i for i, kind in enumerate(kinds) if kind == "timestamp"),
        tuple(i for i, kind in enumerate(kinds) if kind == "boolean"),
        codec is not None,
    )


@lru_cache(maxsize=64)
def _easy(kinds: tuple[str, ...]) -> re.Pattern[bytes]:
    cells = rb",\s*+".join(rb"(?:" + _SAME[kind] + rb"|NULL)" for kind in kinds)
    return re.compile(rb"\(\s*+" + cells + rb"\s*+\)\s*+(?:,\s*+)?+", re.DOTALL)


def easy_rows(text: bytes, at: int, easy: Easy) -> tuple[list[bytes], int]:
    """The easy rows from offset ``at`` on, up to the first that is not, and where that begins."""
    lines = []
    match, zoned, booleans = easy.pattern.match, easy.zoned, easy.booleans
    while found := match(text, at):
        cells = [NULL if cell is None else cell for cell in found.groups()]
        for i in zoned:
            if cells[i] is not NULL:
                cells[i] += b"+00"
        for i in booleans:
            if cells[i] is not NULL:
                cells[i] = b"t" if cells[i] == b"1" else b"f"
        line = b"\t".join(cells)
        if b"\\" in line:
            line = line.replace(b"\\'", b"'").replace(b'\\"', b'"')
        if easy.ascii and not line.isascii():
            break
        lines.append(line)
        at = found.end()
    return lines, at


def rows_of(text: bytes, at: int, converters: Sequence[Convert], nullable: Sequence[bool]) -> Iterator[Row]:
    """The rows of a statement from offset ``at`` on. ``nullable``: whether a zero date may become NULL.

    Raises NotPlain where something stands among them that is no literal; the rows before it have been given.
    """
    pattern = _row(len(converters)).match
    while found := pattern(text, at):
        yield _converted(found.groups(), at, found.end(), converters, nullable)
        at = found.end()
    if not _TAIL.match(text, at):
        raise NotPlain(f"the row is no list of {len(converters)} literals")


def _converted(
    values: Sequence[bytes], at: int, end: int, converters: Sequence[Convert], nullable: Sequence[bool]
) -> Row:
    try:  # nearly always nothing is wrong
        return Row(
            at, end, b"\t".join([NULL if v == b"NULL" else f(v) for v, f in zip(values, converters, strict=True)])
        )
    except Refused:
        return _with_care(values, at, end, converters, nullable)


def _with_care(
    values: Sequence[bytes], at: int, end: int, converters: Sequence[Convert], nullable: Sequence[bool]
) -> Row:
    """The same for a row with a value that is refused, or with a zero date."""
    written = []
    zeros: tuple[int, ...] = ()
    for index, (value, convert) in enumerate(zip(values, converters, strict=True)):
        if value == b"NULL":
            written.append(NULL)
            continue
        try:
            written.append(convert(value))
        except ZeroDate as error:
            if not nullable[index]:
                return Row(at, end, b"", str(error), index)
            written.append(NULL)
            zeros += (index,)
        except Refused as error:
            return Row(at, end, b"", str(error), index)
    return Row(at, end, b"\t".join(written), None, 0, zeros)
