"""JSON objects taken apart without changing how their members are written."""

from __future__ import annotations

import json
from collections.abc import Callable

_DECODER = json.JSONDecoder()
_BLANK = " \t\n\r"


def members(value: bytes) -> dict[str, bytes | None]:
    """Each member of an object as it is written; None where it is null. Raises ValueError where it is no object."""
    text = value.decode()
    at = _open(text, "{")
    found: dict[str, bytes | None] = {}
    while text[at : at + 1] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _blank(text, at)
        if not isinstance(key, str) or text[at : at + 1] != ":":
            raise ValueError("no JSON object")
        found[key], at = _item(text, _blank(text, at + 1), "}")
    return found


def items(value: bytes) -> list[bytes | None]:
    """Each item of an array as it is written; None where it is null. Raises ValueError where it is no array."""
    text = value.decode()
    at = _open(text, "[")
    found: list[bytes | None] = []
    while text[at : at + 1] != "]":
        item, at = _item(text, at, "]")
        found.append(item)
    return found


def _open(text: str, bracket: str) -> int:
    at = _blank(text, 0)
    if text[at : at + 1] != bracket:
        raise ValueError(f"no JSON that begins with {bracket}")
    return _blank(text, at + 1)


def _item(text: str, at: int, close: str) -> tuple[bytes | None, int]:
    """(the item at ``at``, where the next one begins or the bracket stands)."""
    _, end = _DECODER.raw_decode(text, at)
    written = text[at:end]
    at = _blank(text, end)
    if text[at : at + 1] == ",":
        at = _blank(text, at + 1)
    elif text[at : at + 1] != close:
        raise ValueError("no JSON: a comma is missing")
    return (None if written == "null" else written.encode()), at


def _blank(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _BLANK:
        at += 1
    return at


def scalar(leaf: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """What makes a value's text of a JSON string, number or truth as it is written."""

    def read(value: bytes) -> bytes:
        if value in (b"true", b"false"):
            return value[:1]
        found = json.loads(value, parse_int=str, parse_float=str)
        if not isinstance(found, str):
            raise ValueError("no JSON string or number")
        return leaf(found).encode()

    return read
