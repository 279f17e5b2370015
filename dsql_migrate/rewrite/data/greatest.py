"""The greatest and the least number in one field of COPY rows, or of INSERTs, without taking the rows apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from dsql_migrate.rewrite.data.copy_format import CopySpec, escaped_delimiter
from dsql_migrate.rewrite.data.row_stream import Rows
from dsql_migrate.source import regex

_WHOLE = re.compile(rb"\s*[+-]?[0-9]{1,19}\s*")
Ends = tuple[int, int]


def field_ends(rows: Rows, spec: CopySpec, index: int) -> Ends | None:
    """(least, greatest) of field ``index`` (from 0), NULLs aside; None where there is no number.

    Raises ValueError where a field is no whole number, or where fields cannot be told by their delimiters alone.
    """
    data = rows.data
    if (spec.csv is not None and spec.csv.quote in data) or (
        spec.csv is None and escaped_delimiter(spec.delimiter).search(data)
    ):
        raise ValueError("a delimiter may belong to a value")
    if rows.ends is not None:
        delimiter = spec.delimiter
        found = [line.split(delimiter, index + 1)[index] for line in rows.lines() if line.count(delimiter) >= index]
    else:
        found = _field(spec.delimiter, index).findall(data)
    return ends_of(found, spec.null)


def ends_of(values: Iterable[bytes], null: bytes | None = None) -> Ends | None:
    """(least, greatest) of values as text. Raises ValueError for what is no whole number."""
    distinct = set(values) - {b"", null}
    if not distinct:
        return None
    numbers = list(map(_number, distinct)) if b"_" in b"".join(distinct) else list(map(int, distinct))
    return min(numbers), max(numbers)


def _number(value: bytes) -> int:
    if _WHOLE.fullmatch(value) is None:
        raise ValueError(f"{value[:40]!r} is no whole number")
    return int(value)


@lru_cache(maxsize=64)
def _field(delimiter: bytes, index: int) -> re.Pattern[bytes]:
    """The field, in rows that end with a line feed and hold no escaped one."""
    d = re.escape(delimiter)
    before = rb"(?:[^" + d + rb"\n]*+" + d + rb"){%d}" % index if index else b""
    return regex.compile(rb"(?m)^" + before + rb"([^" + d + rb"\r\n]*+)")
