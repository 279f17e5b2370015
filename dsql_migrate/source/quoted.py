"""String literals taken apart: what they say, and where each of its bytes stands in the text around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dsql_migrate.source import regex
from dsql_migrate.source.migrations.model import Origin, Pin

_DOLLAR = regex.compile(rb"\$[^$]*\$")
_BREAK = regex.compile(rb"(?:\s|--[^\n\r]*)*")
_PLAIN = regex.compile(rb"[^']+|''")
_ESCAPED = regex.compile(rb"[^'\\]+|''|\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


class Chunk(NamedTuple):
    """Bytes of a value; ``at`` is where they stand, byte for byte, in the text around it; None: nowhere."""

    value: bytes
    at: int | None


def chunks(text: bytes, start: int, end: int) -> list[Chunk]:
    """The value of the literal at text[start:end]: '…', E'…', $$…$$. Empty for another kind (U&'…', B'…')."""
    if text[start : start + 1] == b"$":
        tag = _DOLLAR.match(text, start)
        return [] if tag is None else [Chunk(text[tag.end() : end - len(tag.group())], tag.end())]
    escaped = text[start : start + 1] in b"eE"
    if not escaped and text[start : start + 1] != b"'":
        return []
    return list(_strings(text, start + escaped, end, _ESCAPED if escaped else _PLAIN))


def _strings(text: bytes, at: int, end: int, pattern: re.Pattern[bytes]) -> Iterator[Chunk]:
    """One string, or several that a line break joins."""
    while at < end and text[at : at + 1] == b"'":
        at += 1
        while (found := pattern.match(text, at, end)) is not None:
            part, at = found.group(), found.end()
            if part == b"''":
                yield Chunk(b"'", found.start())
            elif part[:1] == b"\\" and pattern is _ESCAPED:
                yield Chunk(_unescaped(part[1:]), None)
            else:
                yield Chunk(part, found.start())
        between = _BREAK.match(text, at + 1, end)
        at = between.end() if between else end


def _unescaped(escape: bytes) -> bytes:
    if escape[:1] in (b"u", b"U") and len(escape) > 1:
        code = int(escape[1:], 16)
        return chr(code).encode("utf-8", "replace") if 0 < code < 0x110000 else b"?"
    if escape[:1] == b"x" and len(escape) > 1:
        return bytes([int(escape[1:], 16)])
    if escape.isdigit() and escape[:1] < b"8":
        return bytes([int(escape, 8) & 255])
    return _LETTERS.get(escape, escape)


def joined(parts: Iterable[Chunk]) -> tuple[bytes, Origin]:
    """The whole value, and where its bytes stand. What stands nowhere is placed behind what comes before it."""
    values: list[bytes] = []
    pins: list[Pin] = []
    size = behind = 0
    for value, at in parts:
        if at is None:
            pins.append(Pin(size, behind, 0))
        else:
            pins.append(Pin(size, at, len(value)))
            behind = at + len(value)
        values.append(value)
        size += len(value)
    if pins and pins[0].length == 0 and len(pins) > 1:
        pins[0] = Pin(0, pins[1].file, 0)
    return b"".join(values), Origin(tuple(pins))
