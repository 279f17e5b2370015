"""The elements of a CREATE TABLE list: taking some out, putting some in, a remark behind each that changed."""

from __future__ import annotations

from itertools import pairwise

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.quoting import one_line
from dsql_migrate.source.facts import CreateTable, Span

INDENT = "    "


class Elements:
    """Changes to the list between the parentheses; ``finish`` makes them edits, commas and layout included."""

    def __init__(self, text: bytes, fact: CreateTable, *, remarks: bool = True) -> None:
        self._text = text
        self._fact = fact
        self._remarks = remarks
        self._gone: set[Span] = set()
        self._notes: dict[Span, list[str]] = {}
        self._added: list[tuple[str, list[str]]] = []
        self._leading: list[tuple[str, list[str]]] = []

    def remove(self, element: Span) -> None:
        self._gone.add(element)

    def add(self, sql: str, notes: list[str]) -> None:
        self._added.append((sql, notes if self._remarks else []))

    def lead(self, sql: str, notes: list[str]) -> None:
        """A new element in front of the author's."""
        self._leading.append((sql, notes if self._remarks else []))

    def note(self, element: Span, notes: list[str]) -> None:
        if notes and self._remarks:
            self._notes.setdefault(element, []).extend(notes)

    def written(self) -> str:
        """The whole list of new elements, for a statement that has none."""
        elements = [*self._leading, *self._added]
        commas = [","] * (len(elements) - 1) + [""]
        pairs = zip(elements, commas, strict=True)
        return f" ({''.join(f'{chr(10)}{INDENT}{sql}{comma}{line_note(notes)}' for (sql, notes), comma in pairs)}\n)"

    def finish(self, edits: Edits) -> None:
        elements = self._fact.elements
        if self._leading and all(e in self._gone for e in elements):
            self._added, self._leading = [*self._leading, *self._added], []
        if not elements and not self._added:
            return
        if self._leading:
            lines = (f"\n{INDENT}{sql},{line_note(notes)}" for sql, notes in self._leading)
            start = self._fact.body_span.start + 1
            rest = self._text[start : elements[0].start]
            edits.insert(start, "".join(lines) + ("" if b"\n" in rest else f"\n{INDENT}"))
        commas = [self._comma(a, b) for a, b in pairwise(elements)]
        kept = [e for e in elements if e not in self._gone]
        last = kept[-1] if kept else None
        for i, element in enumerate(elements):
            if element in self._gone:
                self._take_out(edits, i, element, commas, later_kept=bool(last and last.start > element.start))
            elif element is not last or not self._added:
                self._remark(edits, element, commas[i] if i < len(commas) else None, comma_stays=element is not last)
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
        """Remove an element and one comma. The author's remark behind it stays, on a line of its own."""
        comma = commas[i] if later_kept else commas[i - 1] if i > 0 else None
        if comma is None:
            edits.delete(element, self._text)
        elif comma < element.start and not self._text[comma + 1 : element.start].strip():
            edits.delete(Span(comma, element.end), self._text)
        elif element.end <= comma and not self._text[element.end : comma].strip():
            edits.delete(Span(element.start, comma + 1), self._text)
        else:
            edits.delete(element, self._text)
            edits.replace(Span(comma, comma + 1), "")

    def _remark(self, edits: Edits, element: Span, comma: int | None, *, comma_stays: bool) -> None:
        """Say what changed, behind the element; at the end of its line where only a remark follows."""
        notes = self._notes.get(element)
        if not notes:
            return
        note = one_line("; ".join(dict.fromkeys(notes)))
        end = self._text.find(b"\n", element.end)
        beside = (
            comma is not None
            and not self._text[element.end : comma].strip()
            and b"\n" not in self._text[element.end : comma]
        )
        at = comma + 1 if beside and comma is not None else element.end
        rest = self._text[at : end if end >= 0 else len(self._text)].strip()
        if end >= 0 and not rest:
            edits.insert(at if comma_stays else element.end, f"  -- {note}")
        elif end >= 0 and rest.startswith(b"--"):
            edits.insert(end, f"  -- {note}")
        else:
            edits.insert(at, f" /* {note.replace('*/', '* /').replace('/*', '/ *')} */")

    def _put_in(self, edits: Edits, last: Span | None) -> None:
        """New elements behind the last one that stays, each on its own line; remarks stay where they were."""
        notes = self._notes.get(last, []) if last is not None else []
        if last is None:
            at = behind = self._fact.body_span.start + 1
        else:
            at = behind = last.end
            end = self._text.find(b"\n", at)
            if end >= 0 and end < self._fact.body_span.end and self._text[at:end].strip().startswith(b"--"):
                edits.insert(at, ",")
                behind = end
        lead = "," if last is not None and behind == at else ""
        text = lead + line_note(notes)
        for i, (sql, added) in enumerate(self._added):
            text += f"\n{INDENT}{sql}{',' if i < len(self._added) - 1 else ''}{line_note(added)}"
        behind_all = max([behind, *(element.end for element in self._fact.elements)])  # those behind the last one go
        rest = self._text[behind_all : self._fact.body_span.end - 1]
        own_line = b"\n" in rest and not rest.split(b"\n", 1)[0].strip()
        edits.insert(behind, text if own_line else text + "\n")


def line_note(notes: list[str]) -> str:
    """What changed, as a remark at the end of a line."""
    return f"  -- {one_line('; '.join(dict.fromkeys(notes)))}" if notes else ""
