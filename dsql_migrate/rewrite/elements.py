"""The elements of a CREATE TABLE list: taking some out, putting some in, a comment behind each that changed."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.quoting import one_line
from dsql_migrate.source.facts import CreateTable, Span

INDENT = "    "


class Elements:
    """Changes to the list between the parentheses; ``finish`` makes them edits, commas and layout included."""

    def __init__(self, text: bytes, fact: CreateTable) -> None:
        self._text = text
        self._fact = fact
        self._gone: set[Span] = set()
        self._notes: dict[Span, list[str]] = {}
        self._added: list[tuple[str, list[str]]] = []

    def remove(self, element: Span) -> None:
        self._gone.add(element)

    def add(self, sql: str, notes: list[str]) -> None:
        self._added.append((sql, notes))

    def note(self, element: Span, notes: list[str]) -> None:
        if notes:
            self._notes.setdefault(element, []).extend(notes)

    def finish(self, edits: Edits) -> None:
        elements = self._fact.elements
        if not elements and not self._added:
            return
        commas = [self._comma(a, b) for a, b in zip(elements, elements[1:], strict=False)]
        kept = [e for e in elements if e not in self._gone]
        last = kept[-1] if kept else None
        for i, element in enumerate(elements):
            if element in self._gone:
                self._take_out(edits, i, element, commas, later_kept=bool(last and last.start > element.start))
            elif element is not last or not self._added:
                self._comment(edits, element, commas[i] if i < len(commas) and element is not last else None)
        if self._added:
            self._put_in(edits, last)

    def _comma(self, before: Span, after: Span) -> int:
        """Where the comma between two elements stands; comments may hold others."""
        at = before.end
        while at < after.start:
            if self._text[at : at + 2] == b"--":
                at = self._text.index(b"\n", at)
            elif self._text[at : at + 2] == b"/*":
                at = self._text.index(b"*/", at) + 1
            elif self._text[at : at + 1] == b",":
                return at
            at += 1
        return before.end

    def _take_out(self, edits: Edits, i: int, element: Span, commas: list[int], *, later_kept: bool) -> None:
        edits.delete(element, self._text)
        if later_kept:
            edits.replace(Span(commas[i], commas[i] + 1), "")
        elif i > 0:
            edits.replace(Span(commas[i - 1], commas[i - 1] + 1), "")

    def _comment(self, edits: Edits, element: Span, comma: int | None) -> None:
        notes = self._notes.get(element)
        if not notes:
            return
        at = element.end if comma is None else comma + 1
        edits.insert(at, self._remark(notes, at))

    def _remark(self, notes: list[str], at: int) -> str:
        note = one_line("; ".join(dict.fromkeys(notes)))
        end = self._text.find(b"\n", at)
        rest = self._text[at : end if end >= 0 else len(self._text)].strip()
        if end >= 0 and not rest:
            return f"  -- {note}"
        return f" /* {note.replace('*/', '* /').replace('/*', '/ *')} */"

    def _put_in(self, edits: Edits, last: Span | None) -> None:
        parts: list[str] = []
        notes = self._notes.get(last, []) if last is not None else []
        for sql, added_notes in self._added:
            lead = "," if last is not None or parts else ""
            parts.append(lead + _line_note(notes) + "\n" + INDENT + sql)
            notes = added_notes
        text = "".join(parts)
        at = last.end if last is not None else self._fact.body_span.start + 1
        rest = self._text[at : self._fact.body_span.end - 1]
        on_own_line = b"\n" in rest or last is None and not rest.strip()
        edits.insert(at, text + _line_note(notes) + ("" if b"\n" in rest and not rest.split(b"\n", 1)[0].strip() else "\n" if notes or not on_own_line else ""))


def _line_note(notes: list[str]) -> str:
    return f"  -- {one_line('; '.join(dict.fromkeys(notes)))}" if notes else ""
