"""Makes characters that have no shape of their own visible, so that a name cannot steer what shows it.

Names come from dumps nobody has vetted. A newline in one would break a table, an escape sequence would colour the
terminal, and a bidirectional override (U+202E) would make text read backwards.
"""

from __future__ import annotations

import unicodedata

# Control, format (bidi overrides, zero width), surrogate, private use, unassigned, line and paragraph separators.
_SHAPELESS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """``text`` on one line, with every character that has no shape written as its escape (``\\u202e``)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _SHAPELESS else c for c in text)


def _escape(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    point = ord(character)
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def cells(text: str) -> int:
    """How many columns ``text`` takes on a terminal: wide characters count two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_width(c) for c in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, ending in ``…`` where something had to go."""
    used, end = 0, len(text)
    for position, character in enumerate(text):
        used += _width(character)
        if used > width - 1 and position < end:
            end = min(end, position)
        if used > width:
            return text[:end].rstrip() + "…" if width > 0 else ""
    return text
