"""JSON that took the place of an array, turned into the array literal that PostgreSQL prints for it.

The other way of ``arrays`` and ``json_text``. The input is what PostgreSQL prints for json or jsonb; numbers come as
jsonb prints them, without exponents.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from typing import Any

from dsql_migrate.rewrite.data import arrays
from dsql_migrate.rewrite.data.floats import shortest_double, shortest_real
from dsql_migrate.source import regex

Leaf = Callable[[str], str]  # the text of a JSON string or number -> the element as PostgreSQL prints it

_INTEGERS = regex.compile(rb"\[-?[0-9]+(?:,\s*-?[0-9]+)*\]")
_WORD = rb'"[^"\\{},\x00-\x20\x7f]++"'
_WORDS = regex.compile(rb"\[" + _WORD + rb"(?:, " + _WORD + rb")*+\]")


def same(text: str) -> str:
    """The element as it stands."""
    return text


def integers(value: bytes) -> bytes:
    """An array of whole numbers; the usual one-dimensional form at once."""
    if _INTEGERS.fullmatch(value):
        return b"{" + value[1:-1].replace(b" ", b"") + b"}"
    return to_array(value, same)


def words(value: bytes) -> bytes:
    """An array of strings; the usual one-dimensional form at once."""
    if _WORDS.fullmatch(value) and b"null" not in value.lower():
        return b"{" + value[2:-2].replace(b'", "', b",") + b"}"
    return to_array(value, same)


def to_array(value: bytes, leaf: Leaf, delimiter: bytes = b",") -> bytes:
    """The array literal. Raises ValueError where the value is no such JSON."""
    read = json.loads(value, parse_int=str, parse_float=str, parse_constant=_refuse)
    return _literal(read, lambda item: _leaf(item, leaf), delimiter)


def documents(value: bytes, dimensions: int, element: Callable[[bytes], bytes]) -> bytes:
    """An array of ``dimensions`` whose elements are JSON themselves: each goes through ``element`` as it is written."""
    text = value.decode()
    lower: list[int] = []
    if text.startswith("{"):
        read = json.loads(text)
        lower = read["lower"]
        text = text[text.index('"elements"') + len('"elements"') :].lstrip().removeprefix(":").strip()
        text = text.removesuffix("}")
    items, _ = _raw(text, 0, dimensions)
    return _with_bounds(items, lower, lambda item: element(item.encode()), b",")


def _raw(text: str, at: int, depth: int) -> tuple[Any, int]:
    """(nested lists of the written elements, where they end)."""
    at = _blank(text, at)
    if depth == 0:
        _, end = _DECODER.raw_decode(text, at)
        written = text[at:end]
        return (None if written == "null" else written), end
    if text[at : at + 1] != "[":
        raise ValueError("no JSON array")
    found: list[Any] = []
    at = _blank(text, at + 1)
    while text[at : at + 1] != "]":
        item, at = _raw(text, at, depth - 1)
        found.append(item)
        at = _blank(text, at)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            raise ValueError("no JSON array")
    return found, at + 1


_DECODER = json.JSONDecoder()


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\n", "\r"):
        at += 1
    return at


def _literal(read: Any, leaf: Callable[[Any], bytes], delimiter: bytes) -> bytes:
    if isinstance(read, dict):
        return _with_bounds(read["elements"], [int(n) for n in read["lower"]], leaf, delimiter)
    return _with_bounds(read, [], leaf, delimiter)


def _with_bounds(items: Any, lower: list[int], leaf: Callable[[Any], bytes], delimiter: bytes) -> bytes:
    if not isinstance(items, list):
        raise ValueError("no JSON array")
    text = arrays.written(items, leaf, delimiter)
    if not lower:
        return text
    sizes, inner = [], items
    for _ in lower:
        sizes.append(len(inner))
        inner = inner[0]
    bounds = "".join(f"[{first}:{first + size - 1}]" for first, size in zip(lower, sizes, strict=True))
    return f"{bounds}=".encode() + text


def _leaf(item: Any, leaf: Leaf) -> bytes:
    if isinstance(item, bool):
        return b"t" if item else b"f"
    if not isinstance(item, str):
        raise ValueError("no element of an array")
    return leaf(item).encode()


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


# --- elements ---


def float8(text: str) -> str:
    """A double as PostgreSQL 12 and later print it."""
    number = float(text)
    return _special(number) or _exponent(shortest_double(number), 15)


def float4(text: str) -> str:
    """A single precision number as PostgreSQL 12 and later print it."""
    number = float(text)
    if not math.isfinite(number):
        return _special(number)
    struct.pack("<f", number)  # raises OverflowError where it is none
    return _exponent(shortest_real(number), 6)


def _special(number: float) -> str:
    if number != number:
        return "NaN"
    return "" if math.isfinite(number) else "Infinity" if number > 0 else "-Infinity"


def _exponent(text: str, most: int) -> str:
    """The same digits with an exponent where PostgreSQL writes one: below 1e-4, and from 10**``most`` on."""
    sign = "-" if text.startswith("-") else ""
    mantissa, _, written = text.removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return text
    exponent = int(written or 0) + len(whole) - 1 - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if -4 <= exponent < most:
        if exponent < 0:
            return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
        digits = digits.ljust(exponent + 1, "0")
        rest = digits[exponent + 1 :]
        return f"{sign}{digits[: exponent + 1]}{'.' * bool(rest)}{rest}"
    point = f"{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}"
    return f"{sign}{point}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def timestamp(text: str) -> str:
    """2020-01-31T10:00:00 -> 2020-01-31 10:00:00."""
    return text if text.endswith("infinity") else text.replace("T", " ")


def timestamptz(text: str) -> str:
    """2020-01-31T10:00:00+00:00 -> 2020-01-31 10:00:00+00, in UTC."""
    return timestamp(text).replace("+00:00", "+00")
