"""The ledger: one entry for every object and guarantee of the source, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Disposition = Literal["kept", "rewritten", "application", "dropped", "unknown"]
_WORST = ("kept", "rewritten", "dropped", "application", "unknown")


@dataclass(slots=True)
class Entry:
    id: str
    kind: str
    name: str
    line: int
    disposition: Disposition
    reason: str = ""
    rule: str | None = None
    into: list[str] = field(default_factory=list)
    detail: str | None = None
    proof: str = "unproved: not replayed"
    values: tuple[str, ...] = ()  # of an enum, in order
    rows: int | None = None
    instead: str = ""  # of what stands in quarantine.sql: what takes its place
    file: str | None = None  # that ``line`` is of, where the input is several

    @property
    def where(self) -> str:
        """Its place in words."""
        return f"line {self.line}" if self.file is None else f"{self.file}, line {self.line}"

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "line": self.line,
            "disposition": self.disposition,
            "into": sorted(set(self.into)),
            "reason": self.reason,
            "rule": self.rule,
            "proof": self.proof,
        }
        if self.detail is not None:
            found["detail"] = self.detail
        if self.values:
            found["values"] = list(self.values)
        if self.file is not None:
            found["file"] = self.file
        if self.rows is not None:
            found["rows"] = self.rows
        if self.instead:
            found["instead"] = self.instead
        return found


class Ledger:
    """Entries by id; an id stands once. Adding one twice with another disposition is a mistake of the caller."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def add(
        self,
        kind: str,
        name: str,
        line: int,
        disposition: Disposition,
        reason: str = "",
        *,
        rule: str | None = None,
        into: tuple[str, ...] = (),
        detail: str | None = None,
        suffix: str = "",
        **more: Any,
    ) -> Entry:
        """Enter an object. ``suffix`` tells apart what has no name of its own (a grant, a setting): its line, say."""
        key = f"{kind}:{name}{suffix}"
        number = 1
        base = key
        while suffix and key in self.entries:
            number += 1
            key = f"{base}#{number}"
        if key in self.entries:
            return self.entries[key]
        entry = Entry(key, kind, name, line, disposition, reason, rule, list(into), detail, **more)
        self.entries[key] = entry
        return entry

    def get(self, id: str) -> Entry | None:
        return self.entries.get(id)

    def change(self, id: str, disposition: Disposition, reason: str, rule: str | None = None) -> None:
        """Give an entry a heavier disposition; a lighter one is not taken."""
        entry = self.entries.get(id)
        if entry is not None and _WORST.index(disposition) > _WORST.index(entry.disposition):
            entry.disposition, entry.reason = disposition, reason
            entry.rule = rule or entry.rule
            entry.into = []

    def totals(self) -> dict[str, int]:
        found = dict.fromkeys(("kept", "rewritten", "application", "dropped", "unknown"), 0)
        for entry in self.entries.values():
            found[entry.disposition] += 1
        return found

    def as_json(self, as_of: date, source: dict[str, Any]) -> dict[str, Any]:
        """The ledger file's content: sorted, the same for the same input."""
        entries = sorted(self.entries.values(), key=lambda e: (e.kind, e.name, e.id))
        return {
            "schema_version": 1,
            "as_of": as_of.isoformat(),
            "source": source,
            "entries": [e.as_json() for e in entries],
            "totals": self.totals(),
        }
