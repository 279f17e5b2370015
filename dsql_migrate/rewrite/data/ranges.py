"""Range and multirange literals: taken apart, put together, and as JSON.

The literals' rules: PostgreSQL 16 manual, 8.17.5, and rangetypes.c (range_parse, range_deparse). A bound that is not
there is infinite; ``empty`` has no bounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from dsql_migrate.rewrite.data.json_objects import items, members
from dsql_migrate.rewrite.data.split import Values
from dsql_migrate.source import regex

Bound = Callable[[bytes], bytes]

_TEXT = rb'(?:"((?:[^"\\]++|\\.|"")*+)"|((?:[^",\\()\[\]]++|\\.)++))?'
_RANGE = regex.compile(rb"\s*+([\[(])" + _TEXT + rb"," + _TEXT + rb"([\])])\s*+", re.DOTALL)
_COMMA = regex.compile(rb"\s*+(,|\})\s*+")
_EMPTY = regex.compile(rb"\s*+empty\s*+", re.IGNORECASE)
_ESCAPED = regex.compile(rb'\\(.)|""', re.DOTALL)
_QUOTED = regex.compile(rb'["\\()\[\],\s]')


def parts(text: bytes) -> Values:
    """(lower, upper, bounds) of a range: ``[1,5)`` is 1, 5 and ``[)``; an infinite end is None; ``empty`` has none.

    Raises ValueError where the text is no range.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        if _EMPTY.fullmatch(text):
            return (None, None, b"empty")
        raise ValueError(f"{text[:40].decode('utf-8', 'replace')!r} is no range")
    return _parts(found)


def _parts(found: re.Match[bytes]) -> Values:
    opening, low_quoted, low, high_quoted, high, closing = found.groups()
    return (_bound(low_quoted, low), _bound(high_quoted, high), opening + closing)


def _bound(quoted: bytes | None, bare: bytes | None) -> bytes | None:
    text = bare if quoted is None else quoted
    if text is None:
        return None
    return _ESCAPED.sub(lambda m: m.group(1) or b'"', text) if b"\\" in text or b'"' in text else text


def text(values: Values) -> bytes | None:
    """The range literal of (lower, upper, bounds), as PostgreSQL prints it; None where all are None."""
    lower, upper, bounds = values
    if bounds is None:
        return None
    if bounds == b"empty":
        return bounds
    return b"".join((bounds[:1], _quoted(lower), b",", _quoted(upper), bounds[1:]))


def _quoted(bound: bytes | None) -> bytes:
    if bound is None:
        return b""
    if bound and _QUOTED.search(bound) is None:
        return bound
    return b'"' + bound.replace(b"\\", b"\\\\").replace(b'"', b'""') + b'"'


def split(value: bytes | None, bound: Bound) -> Values:
    """A range for the columns lower, upper and bounds; each end that is there through ``bound``."""
    if value is None:
        return (None, None, None)
    lower, upper, bounds = parts(value)
    return (None if lower is None else bound(lower), None if upper is None else bound(upper), bounds)


def to_json(value: bytes, element: Bound) -> bytes:
    """A range as ``{"lower": …, "upper": …, "bounds": "[)"}``; ``element`` makes JSON of an end, null is infinite."""
    return _object(parts(value), element)


def _object(values: Values, element: Bound) -> bytes:
    lower, upper, bounds = values
    low, high = (b"null" if end is None else element(end) for end in (lower, upper))
    return b'{"lower": %b, "upper": %b, "bounds": "%b"}' % (low, high, bounds or b"")


def ranges(value: bytes) -> list[Values]:
    """The ranges of a multirange literal. Raises ValueError."""
    body = value.strip()
    if body[:1] != b"{" or body[-1:] != b"}":
        raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no multirange")
    found: list[Values] = []
    at = len(body) - len(body[1:].lstrip())
    if body[at:] == b"}":
        return found
    while at < len(body):
        one = _RANGE.match(body, at)
        comma = _COMMA.match(body, one.end()) if one else None
        if one is None or comma is None or (comma.group(1) == b"}") != (comma.end() == len(body)):
            raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no multirange")
        found.append(_parts(one))
        at = comma.end()
    return found


def each(value: bytes, form: Bound) -> bytes:
    """A multirange literal with its ranges through ``form``, empty ones left out, as PostgreSQL leaves them out."""
    written = (form(text(one) or b"") for one in ranges(value))
    return b"{" + b",".join(one for one in written if one != b"empty") + b"}"


def multirange_to_json(value: bytes, element: Bound) -> bytes:
    """A multirange as a JSON array of its ranges."""
    return b"[" + b", ".join(_object(one, element) for one in ranges(value)) + b"]"


def from_json(value: bytes, element: Bound) -> bytes:
    """The range literal of what ``to_json`` made; ``element`` makes the text of an end."""
    found = members(value)
    lower, upper = (None if (end := found[key]) is None else element(end) for key in ("lower", "upper"))
    made = text((lower, upper, (found["bounds"] or b"").strip(b'"')))
    assert made is not None
    return made


def multirange_from_json(value: bytes, element: Bound) -> bytes:
    """The multirange literal of what ``multirange_to_json`` made."""
    return b"{" + b",".join(from_json(one or b"", element) for one in items(value)) + b"}"


def splitter(bound: Bound) -> Callable[[bytes | None], Values]:
    """``split`` with its ends through ``bound``."""
    return partial(split, bound=bound)


def joiner(back: Bound) -> Callable[[Values], bytes | None]:
    """``text`` with its ends through ``back``."""

    def join(values: Values) -> bytes | None:
        lower, upper, bounds = values
        return text((None if lower is None else back(lower), None if upper is None else back(upper), bounds))

    return join
