"""Row literals: ``(1,"a b",)`` taken apart, put together, and as JSON.

The literals' rules: PostgreSQL 16 manual, 8.16.6, and rowtypes.c (record_in, record_out). A field with nothing in it is
NULL; the empty string is ``""``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from dsql_migrate.rewrite.data.split import Values
from dsql_migrate.source import regex

_FIELD = regex.compile(rb'((?:[^",\\()]++|\\.|"(?:[^"\\]++|\\.|"")*+")*+)([,)])', re.DOTALL)
_PIECE = regex.compile(rb'"((?:[^"\\]++|\\.|"")*+)"|\\(.)|([^"\\]++)', re.DOTALL)
_ESCAPED = regex.compile(rb'\\(.)|""', re.DOTALL)
_QUOTED = regex.compile(rb'["\\(),\s]')
_MOST_AT_ONCE = 40  # fields of a row that one pattern reads


@lru_cache(maxsize=64)
def _usual(count: int) -> re.Pattern[bytes]:
    """A row of so many fields without escapes, each quoted as a whole or not at all: two groups a field."""
    return regex.compile(rb"\(" + b",".join([rb'(?:"([^"\\]++)"|([^",\\()]*+))'] * count) + rb"\)")


def fields(value: bytes, count: int) -> Values:
    """The values of the fields; None is NULL. Raises ValueError where the text is no row of ``count`` fields."""
    usual = _usual(count).fullmatch(value) if 0 < count <= _MOST_AT_ONCE else None
    if usual is not None:
        groups = usual.groups()
        return tuple([quoted or bare or None for quoted, bare in zip(groups[::2], groups[1::2], strict=True)])
    body = value.strip()
    if body[:1] != b"(" or body[-1:] != b")":
        raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no row")
    found: list[bytes | None] = []
    at, match = 1, _FIELD.match
    while at < len(body):
        one = match(body, at)
        if one is None or (one.group(2) == b")") != (one.end() == len(body)):
            raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no row")
        text = one.group(1)
        found.append(None if not text else _value(text) if b'"' in text or b"\\" in text else text)
        at = one.end()
    if len(found) != count:
        raise ValueError(f"{len(found)} fields where the type has {count}")
    return tuple(found)


def _value(text: bytes) -> bytes:
    return b"".join([_piece(*found) for found in _PIECE.findall(text)])


def _piece(quoted: bytes, escaped: bytes, bare: bytes) -> bytes:
    if quoted:
        return _ESCAPED.sub(lambda m: m.group(1) or b'"', quoted) if b"\\" in quoted or b'"' in quoted else quoted
    return escaped or bare


def text(values: Values) -> bytes:
    """The row literal, as PostgreSQL prints it."""
    return b"(" + b",".join([b"" if value is None else _quoted(value) for value in values]) + b")"


def _quoted(value: bytes) -> bytes:
    if value and _QUOTED.search(value) is None:
        return value
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'""') + b'"'


def to_json(value: bytes, names: tuple[bytes, ...], elements: tuple[Callable[[bytes], bytes], ...]) -> bytes:
    """The row as a JSON object. ``names``: of the fields, as JSON; ``elements`` make JSON of each."""
    found = fields(value, len(names))
    made = [
        name + b": " + (b"null" if one is None else element(one))
        for name, element, one in zip(names, elements, found, strict=True)
    ]
    return b"{" + b", ".join(made) + b"}"
