"""Edits made on a text. Outside of them every byte stays, and so do the comments inside what they take out."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dsql_migrate.lint.finding import Edit
from dsql_migrate.lint.fixing.text import line_ending

# What hides the beginning of a comment, and comments; those of PostgreSQL nest, two levels are enough for an edit.
_LEXEME = re.compile(
    rb"(?P<comment>--[^\r\n]*|/\*(?:/\*.*?\*/|.)*?\*/)"
    rb"|[eE]'(?:[^'\\]|\\.|'')*'|'[^']*'|\"[^\"]*\"|(?P<tag>\$[A-Za-z_]*\$).*?(?P=tag)",
    re.DOTALL,
)


def spliced(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The text with the edits made, which do not overlap; at one place they apply in the order given."""
    ending = line_ending(content)
    parts: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        assert at <= edit.start <= edit.end
        parts.append(content[at : edit.start])
        parts.append(edit.text.replace("\n", ending).encode("utf-8", "surrogateescape"))
        at = edit.end
    parts.append(content[at:])
    return b"".join(parts)


class Taken:
    """The places of a text that edits have taken so far."""

    def __init__(self) -> None:
        self._places: list[tuple[int, int]] = []  # rising, not touching

    def take(self, edits: Sequence[Edit]) -> bool:
        """Take the places of these edits, unless one of them touches a taken one: two fixes have no order."""
        if any(self._touches(edit) for edit in edits):
            return False
        for edit in edits:
            insort(self._places, (edit.start, edit.end))
        return True

    def _touches(self, edit: Edit) -> bool:
        at = bisect_right(self._places, (edit.start, edit.end))
        near = self._places[max(at - 1, 0) : at + 1]
        return any(start <= edit.end and edit.start <= end for start, end in near)


def with_comments(edit: Edit, content: bytes) -> Edit:
    """The edit with the comments of the text that it takes out, unless its own text has them."""
    lost = [comment for comment in comments(content[edit.start : edit.end]) if comment not in edit.text]
    if not lost:
        return edit
    ends = "\n" if lost[-1].startswith("--") else ""
    kept = "".join(f" {comment}\n" if comment.startswith("--") else f" {comment}" for comment in lost).rstrip("\n")
    return replace(edit, text=edit.text + kept + ends)


def whole_lines(edit: Edit, content: bytes) -> Edit:
    """What takes all out that stands on its lines takes the lines."""
    start = content.rfind(b"\n", 0, edit.start) + 1
    feed = content.find(b"\n", edit.end)
    end = len(content) if feed < 0 else feed + 1
    if edit.text or content[start : edit.start].strip(b" \t") or content[edit.end : end].strip(b" \t\r\n"):
        return edit
    return replace(edit, start=start, end=end)


def comments(text: bytes) -> list[str]:
    """The SQL comments of a text that begins outside of quotes."""
    if b"--" not in text and b"/*" not in text:
        return []
    found = (match["comment"] for match in _LEXEME.finditer(text))
    return [comment.decode("utf-8", "surrogateescape") for comment in found if comment is not None]
