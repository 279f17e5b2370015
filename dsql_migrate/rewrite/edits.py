"""Edits on a text: (start, end, replacement) in bytes. Outside of them every byte stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dsql_migrate.source.facts import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace bytes start to end by ``text``. Edits at one place apply in the order they were made."""

    start: int
    end: int
    text: str


class Edits:
    """Edits of one text, collected in any order. Overlapping ones: the wider wins, what lies inside it is dropped."""

    def __init__(self) -> None:
        self._edits: list[Edit] = []

    def __bool__(self) -> bool:
        return bool(self._edits)

    def replace(self, span: Span, text: str) -> None:
        self._edits.append(Edit(span.start, span.end, text))

    def take(self, edits: Iterable[Edit]) -> None:
        """Edits that were made elsewhere."""
        self._edits += edits

    def insert(self, at: int, text: str) -> None:
        self._edits.append(Edit(at, at, text))

    def delete(self, span: Span, text: bytes) -> None:
        """Remove a span and the blanks before it on its line."""
        start = span.start
        while start > 0 and text[start - 1 : start] in (b" ", b"\t"):
            start -= 1
        if start > 0 and text[start - 1 : start] == b"\n":
            end_of_line = text.find(b"\n", span.end)
            rest = text[span.end : end_of_line if end_of_line >= 0 else len(text)]
            if not rest.strip():
                start -= 1  # the span had its line to itself: the line goes
            else:  # what follows on the line takes its place
                start = span.start
                self._edits.append(Edit(start, span.end + len(rest) - len(rest.lstrip(b" \t")), ""))
                return
        self._edits.append(Edit(start, span.end, ""))

    def cut(self, span: Span, text: bytes) -> None:
        """Remove a span and all blanks before it, line ends too."""
        start = span.start
        while start > 0 and text[start - 1 : start].isspace():
            start -= 1
        self._edits.append(Edit(start, span.end, ""))

    def apply(self, text: bytes, start: int = 0, end: int | None = None) -> bytes:
        """The text (or its part from start to end) with every edit made."""
        return splice(text, self._edits, start, end)


def splice(text: bytes, edits: Iterable[Edit], start: int = 0, end: int | None = None) -> bytes:
    """The bytes start to end of the text with the edits made."""
    end = len(text) if end is None else end
    parts: list[bytes] = []
    at = start
    for edit in sorted(edits, key=lambda e: (e.start, -e.end if e.end > e.start else -e.start)):
        if edit.start < at and edit.end <= at and edit.end > edit.start:
            continue  # inside an edit already made
        if edit.start > end or edit.end < start:
            continue
        parts.append(text[at : max(edit.start, at)])
        parts.append(edit.text.encode("utf-8", "surrogateescape"))
        at = max(at, edit.end)
    parts.append(text[at:end])
    return b"".join(parts)
