"""The forms of COPY data: text and CSV, how a row ends, how fields are told apart, escaped and quoted.

Source: PostgreSQL 16 manual, COPY, "File Formats", and copyfromparse.c for what the manual leaves open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from dsql_migrate.source import regex
from dsql_migrate.source.facts import Copy


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """What CSV has and the text form has not. Single bytes."""

    quote: bytes = b'"'
    escape: bytes = b'"'


@dataclass(frozen=True, slots=True)
class CopySpec:
    """How the data of one COPY is written. ``header``: the first line holds names and is no row."""

    delimiter: bytes = b"\t"
    null: bytes = b"\\N"
    csv: CsvOptions | None = None
    header: bool = False

    def without_header(self) -> CopySpec:
        """The same form for rows alone."""
        return replace(self, header=False)


def spec_of(copy: Copy) -> CopySpec:
    """The form that a COPY statement says. Raises ValueError for the binary form, which DSQL data files cannot hold."""
    if copy.format == "binary":
        raise ValueError("COPY data in binary form")
    csv = CsvOptions(copy.quote.encode(), copy.escape.encode()) if copy.format == "csv" else None
    return CopySpec(copy.delimiter.encode(), copy.null.encode(), csv, copy.header)


# --- the text form ---

_ESCAPE = regex.compile(rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.)|\Z)", re.DOTALL)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_CONTROL = {b"\b": b"\\b", b"\f": b"\\f", b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t", b"\v": b"\\v"}


def unescape(field: bytes) -> bytes:
    r"""The value of a text field: \b \f \n \r \t \v, \ooo, \xhh, and a backslash before anything else."""
    return _ESCAPE.sub(_unescaped, field) if b"\\" in field else field


def _unescaped(found: re.Match[bytes]) -> bytes:
    octal, digits, other = found.groups()
    if other is not None:
        return _LETTERS.get(other, other)
    if octal is not None:
        return bytes((int(octal, 8) & 0xFF,))
    return bytes((int(digits, 16),)) if digits is not None else b""


def escape(value: bytes, delimiter: bytes = b"\t") -> bytes:
    """The value as a text field."""
    return special(delimiter).sub(_escaped, value)


def _escaped(found: re.Match[bytes]) -> bytes:
    character = found.group()
    return _CONTROL.get(character) or b"\\" + character


@lru_cache(maxsize=16)
def special(delimiter: bytes) -> re.Pattern[bytes]:
    """Finds what has to be escaped in a text field."""
    return regex.compile(rb"[\\\x08-\x0d" + re.escape(delimiter) + rb"]")


@lru_cache(maxsize=16)
def escaped_delimiter(delimiter: bytes) -> re.Pattern[bytes]:
    """Finds a delimiter that belongs to a value, because a backslash stands before it (or seems to)."""
    return regex.compile(rb"\\" + re.escape(delimiter))


@lru_cache(maxsize=16)
def _text_field(delimiter: bytes) -> re.Pattern[bytes]:
    d = re.escape(delimiter)
    return regex.compile(rb"((?:[^\\" + d + rb"]++|\\.)*+\\?)(?:" + d + rb"|\Z)", re.DOTALL)


def split_text(row: bytes, delimiter: bytes) -> list[bytes]:
    """The fields of a row, where delimiters may be escaped; fields keep their escapes."""
    if escaped_delimiter(delimiter).search(row) is None:
        return row.split(delimiter)
    return _fields(_text_field(delimiter), row)


# --- CSV ---


@lru_cache(maxsize=16)
def record(csv: CsvOptions) -> re.Pattern[bytes]:
    """Matches one CSV record with its line end; quotes may span lines."""
    q = re.escape(csv.quote)
    return regex.compile(rb"(?:[^" + q + rb"\n]++|" + _quoted(csv) + rb")*+\n")


@lru_cache(maxsize=16)
def _csv_field(csv: CsvOptions, delimiter: bytes) -> re.Pattern[bytes]:
    q, d = re.escape(csv.quote), re.escape(delimiter)
    return regex.compile(rb"((?:[^" + q + d + rb"]++|" + _quoted(csv) + rb")*+)(?:" + d + rb"|\Z)")


@lru_cache(maxsize=16)
def _quoted(csv: CsvOptions) -> bytes:
    q, e = re.escape(csv.quote), re.escape(csv.escape)
    if q == e:
        return q + rb"(?:[^" + q + rb"]++|" + q + q + rb")*+" + q
    return q + rb"(?:[^" + q + e + rb"]++|" + e + rb"[" + q + e + rb"]|" + e + rb")*+" + q


def split_csv(row: bytes, csv: CsvOptions, delimiter: bytes) -> list[bytes]:
    """The fields of a record, quotes and all. A quote that is not closed raises ValueError."""
    if csv.quote not in row:
        return row.split(delimiter)
    return _fields(_csv_field(csv, delimiter), row)


def unquote(field: bytes, csv: CsvOptions) -> bytes:
    """The value of a CSV field that holds quotes."""
    return re.sub(_quoted(csv), lambda found: _inner(found.group()[1:-1], csv), field)


def _inner(text: bytes, csv: CsvOptions) -> bytes:
    if csv.quote == csv.escape:
        return text.replace(csv.quote + csv.quote, csv.quote)
    e = re.escape(csv.escape)
    return re.sub(e + rb"([" + re.escape(csv.quote) + e + rb"])", rb"\1", text)


def quote(value: bytes, spec: CopySpec) -> bytes:
    """The value as a CSV field, quoted where it has to be."""
    csv = spec.csv or CsvOptions()
    if value not in (spec.null, b"", b"\\.") and not any(c in value for c in (spec.delimiter, csv.quote, b"\n", b"\r")):
        return value
    for character in {csv.escape, csv.quote}:
        if character != csv.quote:
            value = value.replace(character, csv.escape + character)
    return csv.quote + value.replace(csv.quote, csv.escape + csv.quote) + csv.quote


def _fields(pattern: re.Pattern[bytes], row: bytes) -> list[bytes]:
    found, at = [], 0
    while True:
        field = pattern.match(row, at)
        if field is None:
            raise ValueError("a quote is not closed")
        found.append(field.group(1))
        at = field.end()
        if field.end(1) == at:  # ended by the end of the row, not by a delimiter
            return found
