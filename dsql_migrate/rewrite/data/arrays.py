"""PostgreSQL array literals as JSON.

The literal's rules: PostgreSQL 16 manual, 8.15.2 and 8.15.6. Every dimension becomes one level of JSON arrays and NULL
becomes null, as ``to_jsonb`` does. Arrays that do not begin at 1 (``[0:2]={…}``) become an object of the lower bounds
and the elements, where ``to_jsonb`` would forget the bounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from dsql_migrate.source import regex

Element = Callable[[bytes], bytes]

MAX_DIMENSIONS = 6  # of PostgreSQL (MAXDIM)

_BOUNDS = regex.compile(rb"\s*(?:\[\s*[+-]?[0-9]+\s*(?::\s*[+-]?[0-9]+\s*)?\]\s*)+=\s*")
_BOUND = regex.compile(rb"\[\s*([+-]?[0-9]+)\s*(:)?[^\]]*\]")
_INTEGERS = regex.compile(rb"\{-?(?:0|[1-9][0-9]*)(?:,-?(?:0|[1-9][0-9]*))*\}")
_WORD = rb'[^"\\{},\x00-\x20\x7f]++'
_BARE = regex.compile(rb"\{" + _WORD + rb"(?:," + _WORD + rb")*+\}")
# JSON escapes a quote and a backslash as an array literal does: such elements go over as they are.
_SAME_IN_JSON = rb'"(?:[^"\\\x00-\x1f]++|\\["\\])*+"|' + _WORD
_WORDS = regex.compile(rb"\{(?:" + _SAME_IN_JSON + rb")(?:,(?:" + _SAME_IN_JSON + rb"))*+\}")
_ITEM_SAME = regex.compile(_SAME_IN_JSON)
# One dimension, no blanks around the elements.
_ELEMENT = rb'"((?:[^"\\]++|\\.)*+)"|(' + _WORD + rb")"
_FLAT = regex.compile(rb"\{(?:" + _ELEMENT + rb")(?:,(?:" + _ELEMENT + rb"))*+\}", re.DOTALL)
_ITEM = regex.compile(_ELEMENT, re.DOTALL)
_BACKSLASHED = regex.compile(rb"\\(.)", re.DOTALL)


def integers_to_json(value: bytes, element: Element) -> bytes:
    """An array of whole numbers; the usual one-dimensional form at once."""
    if _INTEGERS.fullmatch(value):
        return b"[" + value[1:-1].replace(b",", b", ") + b"]"
    return to_json(value, element)


def words_to_json(value: bytes, element: Element) -> bytes:
    """An array of strings; the usual one-dimensional forms at once."""
    if _BARE.fullmatch(value) and b"null" not in value.lower():
        return b'["' + value[1:-1].replace(b",", b'", "') + b'"]'
    if _WORDS.fullmatch(value):
        items = _ITEM_SAME.findall(value)
        return b"[" + b", ".join([item if item[0] == 0x22 else _word(item) for item in items]) + b"]"
    return to_json(value, element)


def _word(item: bytes) -> bytes:
    return b"null" if len(item) == 4 and item.lower() == b"null" else b'"' + item + b'"'


def to_json(value: bytes, element: Element, delimiter: bytes = b",") -> bytes:
    """The literal as a JSON array, each element through ``element``. Raises ValueError where it is malformed."""
    if delimiter == b"," and _FLAT.fullmatch(value):
        return b"[" + b", ".join([_flat(quoted, bare, element) for quoted, bare in _ITEM.findall(value)]) + b"]"
    bounds = _BOUNDS.match(value)
    written: list[bytes] = []
    for token, text in _checked(value[bounds.end() :] if bounds else value, delimiter):
        if token == "element":
            written.append(b"null" if text is None else element(text))
        else:
            written.append(_JSON[token])
    if not any(piece not in (b"[", b"]", b", ") for piece in written):
        return b"[]"  # {}, {{},{}}: PostgreSQL has one empty array, without dimensions
    return _bounded(bounds.group() if bounds else b"", b"".join(written))


def documents_to_json(value: bytes, element: Element, dimensions: int) -> bytes:
    """An array whose elements are JSON: where it has another number of dimensions than the column says, nobody could
    tell its own brackets from those of an element, so it is refused."""
    found = to_json(value, element)
    opening = value[_BOUNDS.match(value).end() if _BOUNDS.match(value) else 0 :].lstrip()  # type: ignore[union-attr]
    deep = len(re.match(rb"[\s{]*", opening).group().translate(None, b" \t\n\r\f\v"))  # type: ignore[union-attr]
    if found != b"[]" and deep != dimensions:
        raise ValueError(f"an array of {deep} dimensions in a column of {dimensions}: take text for this column")
    return found


def _bounded(bounds: bytes, items: bytes) -> bytes:
    lower = [int(low) if high else 1 for low, high in _BOUND.findall(bounds)]
    if all(low == 1 for low in lower):
        return items
    return b'{"lower": [' + b", ".join(b"%d" % low for low in lower) + b'], "elements": ' + items + b"}"


def elements(value: bytes) -> tuple[int, list[bytes | None]]:
    """The position of the first element, and all of them, of an array of one dimension. Raises ValueError."""
    bounds = _BOUNDS.match(value)
    lower = [int(low) if high else 1 for low, high in _BOUND.findall(bounds.group())] if bounds else [1]
    body = value[bounds.end() :] if bounds else value
    if len(lower) == 1 and _FLAT.fullmatch(body):
        items = _ITEM.findall(body)
        return lower[0], [_unescape(q) if not bare else None if bare.lower() == b"null" else bare for q, bare in items]
    found: list[bytes | None] = []
    depth = 0
    for token, text in _checked(body, b","):
        depth += token == "open"
        if depth > 1 or len(lower) > 1:
            raise ValueError("an array of several dimensions: its elements are no rows; take jsonb for this column")
        if token == "element":
            found.append(text)
    return lower[0], found


def _flat(quoted: bytes, bare: bytes, element: Element) -> bytes:
    if not bare:
        return element(_unescape(quoted))
    return b"null" if bare.lower() == b"null" else element(bare)


_JSON = {"open": b"[", "close": b"]", "delimiter": b", "}
Token = tuple[str, bytes | None]


def _checked(text: bytes, delimiter: bytes) -> Iterator[Token]:
    """The tokens, after a look at their order and that the array is rectangular."""
    counts: list[int] = []  # elements so far, one a level that is open
    sizes: dict[int, int] = {}  # level -> elements of the first array that closed there
    leaf = 0
    before = "start"
    for token, value in _tokens(text, delimiter):
        if before == "end":
            raise ValueError("text behind the end of the array")
        if before in ("start", "open", "delimiter"):
            if token == "delimiter" or (token == "close" and before != "open") or (token == "element" and not counts):
                raise ValueError("malformed array literal")
        elif token not in ("delimiter", "close"):
            raise ValueError("malformed array literal: a delimiter is missing")
        if token in ("open", "element") and counts:
            counts[-1] += 1
        if token == "open":
            counts.append(0)
            if len(counts) > MAX_DIMENSIONS:
                raise ValueError(f"more than {MAX_DIMENSIONS} array dimensions")
        elif token == "element":
            leaf = leaf or len(counts)
            if leaf != len(counts):
                raise ValueError("an array must have sub-arrays of equal dimensions")
        elif token == "close":
            size = counts.pop()
            if sizes.setdefault(len(counts), size) != size:
                raise ValueError("an array must have sub-arrays of equal size")
        before = "end" if token == "close" and not counts else token
        yield token, value
    if before != "end":
        raise ValueError("the array does not end")


@lru_cache(maxsize=4)
def _pattern(delimiter: bytes) -> re.Pattern[bytes]:
    d = re.escape(delimiter)
    return regex.compile(
        rb"\s*+(?:(?P<open>\{)|(?P<close>\})|(?P<delimiter>" + d + rb')|"(?P<quoted>(?:[^"\\]|\\.)*+)"'
        rb"|(?P<bare>(?:[^" + d + rb'{}"\\]|\\.)++))\s*',
        re.DOTALL,
    )


def _tokens(text: bytes, delimiter: bytes) -> Iterator[Token]:
    match = _pattern(delimiter).match
    at, end = 0, len(text)
    while at < end:
        found = match(text, at)
        if found is None:
            raise ValueError("malformed array literal")
        at = found.end()
        kind = found.lastgroup
        if kind == "quoted":
            yield "element", _unescape(found.group("quoted"))
        elif kind == "bare":
            yield "element", _bare(found.group("bare"))
        else:
            yield str(kind), None


def _bare(text: bytes) -> bytes | None:
    """An unquoted element: blanks behind it do not count unless they are escaped; NULL is NULL."""
    trimmed = text.rstrip()
    if trimmed != text and _ends_in_escape(trimmed):
        trimmed = text[: len(trimmed) + 1]
    if not trimmed:
        raise ValueError("malformed array literal: an element is missing")
    if trimmed.lower() == b"null":
        return None
    return _unescape(trimmed)


def _ends_in_escape(text: bytes) -> bool:
    return (len(text) - len(text.rstrip(b"\\"))) % 2 == 1


def _unescape(text: bytes) -> bytes:
    return _BACKSLASHED.sub(rb"\1", text) if b"\\" in text else text


def literal(elements: list[bytes | list[object] | None]) -> bytes:
    """The array literal of nested lists of values, as PostgreSQL prints it (for the ARRAY[…] constructor)."""
    return written(elements, lambda item: item)


def written(elements: list[Any], leaf: Callable[[Any], bytes], delimiter: bytes = b",") -> bytes:
    """The array literal of nested lists, as PostgreSQL prints it. ``leaf`` gives an element's text; None is NULL."""
    return b"{" + delimiter.join([_written(item, leaf, delimiter) for item in elements]) + b"}"


def _written(item: Any, leaf: Callable[[Any], bytes], delimiter: bytes) -> bytes:
    if item is None:
        return b"NULL"
    if isinstance(item, list):
        return written(item, leaf, delimiter)
    return _quoted(leaf(item), delimiter)


def _quoted(item: bytes, delimiter: bytes) -> bytes:
    pattern = _UNQUOTED if delimiter == b"," else _UNQUOTED_BOX
    if pattern.fullmatch(item) and item.lower() != b"null":
        return item
    return b'"' + item.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


_UNQUOTED = regex.compile(rb'[^"\\{},\s]+')
_UNQUOTED_BOX = regex.compile(rb'[^"\\{};\s]+')  # the one type with another delimiter
