"""Reads ledger.json, verification.json and findings.json into typed records; the report is made from these alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dsql_migrate.errors import InputError

SCHEMA_VERSION = 1
DISPOSITIONS = ("kept", "rewritten", "application", "dropped", "unknown")


@dataclass(frozen=True, slots=True)
class Entry:
    """One object or guarantee of the source, and what became of it."""

    id: str
    kind: str
    detail: str
    """What a constraint is (``foreign key``), else empty."""
    name: str
    line: int | None
    disposition: str
    into: tuple[str, ...]
    """Where it went: files of the bundle, or objects of the target."""
    reason: str
    rule: str
    proof: str
    values: tuple[str, ...] = ()
    """The values of an enum, in their order."""
    rows: int | None = None

    @property
    def sort(self) -> str:
        """What the entry is: its detail where it is a constraint (``foreign key``), else its kind."""
        return self.detail if self.kind == "constraint" and self.detail else self.kind

    @property
    def note(self) -> str:
        """What the entry says beyond its name: how many rows, or which values."""
        told = [] if self.rows is None else [f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"]
        return ", ".join([*told, *self.values])


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in the source that DSQL refuses or treats differently."""

    path: str
    line: int | None
    column: int | None
    code: str
    name: str
    severity: str
    message: str
    sqlstate: str
    server_message: str
    help: str
    since: str
    object: str


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison that verification made."""

    name: str
    ok: bool
    detail: str
    counts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TableCheck:
    """The rows of one table on both sides."""

    name: str
    rows_source: int | None
    rows_target: int | None
    digest_source: str
    digest_target: str

    @property
    def compared(self) -> bool:
        """Whether the source's rows could be read; where not, the reason stands among what is unproved."""
        return self.rows_source is not None

    @property
    def equal(self) -> bool:
        """Whether both sides were counted and digested, and agree."""
        counted = self.rows_source is not None and self.rows_source == self.rows_target
        return counted and bool(self.digest_source) and self.digest_source == self.digest_target


@dataclass(frozen=True, slots=True)
class Unproved:
    """Something nobody could check by running it, and why."""

    object: str
    kind: str
    reason: str
    disposition: str = ""
    """What became of it; empty where the ledger does not know the object."""


def read_entries(ledger: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The ledger's entries in source order. Raises InputError where it is not a ledger this version can read."""
    expect_version(ledger, "ledger.json")
    entries = [_entry(item) for item in _records(ledger, "entries", "ledger.json")]
    return tuple(sorted(entries, key=lambda e: (e.line is None, e.line or 0, e.kind, e.name, e.id)))


def read_findings(findings: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """The findings in source order. Raises InputError where one is not a finding."""
    read = [_finding(item) for item in findings]
    return tuple(sorted(read, key=lambda f: (f.path, f.line or 0, f.column or 0, f.code, f.object)))


def read_checks(verification: Mapping[str, Any]) -> tuple[Check, ...]:
    """The checks in the order they were made."""
    checks = []
    for item in _records(verification, "checks", "verification.json"):
        counts = item.get("counts") or {}
        if not isinstance(counts, Mapping):
            raise InputError("verification.json is damaged: the counts of a check are not an object")
        shown = tuple(sorted((str(k), _shown(v)) for k, v in counts.items()))
        checks.append(Check(_text(item, "name"), item.get("ok") is True, _text(item, "detail"), shown))
    return tuple(checks)


def read_tables(verification: Mapping[str, Any]) -> tuple[TableCheck, ...]:
    """The compared tables by name."""
    tables = [
        TableCheck(
            _text(item, "name"),
            _number(item, "rows_source"),
            _number(item, "rows_target"),
            _text(item, "digest_source"),
            _text(item, "digest_target"),
        )
        for item in _records(verification, "tables", "verification.json")
    ]
    return tuple(sorted(tables, key=lambda t: t.name))


def read_unproved(entries: Iterable[Entry], verification: Mapping[str, Any] | None) -> tuple[Unproved, ...]:
    """What stayed unproved, each object once: the ledger's word, then what verification adds."""
    by_id = {entry.id: entry for entry in entries}
    found: dict[tuple[str, str], Unproved] = {}
    for entry in by_id.values():
        if entry.proof.startswith("unproved"):
            why = entry.proof.removeprefix("unproved").lstrip(": ").strip()
            why = why or "no reason given"
            found[(entry.kind, entry.name)] = Unproved(entry.name, entry.sort, why, entry.disposition)
    named = {name for _, name in found}
    for item in _records(verification or {}, "unproved", "verification.json"):
        told = by_id.get(_text(item, "object"))
        name, kind, sort = (told.name, told.kind, told.sort) if told else (_text(item, "object"), "", "")
        became = told.disposition if told else ""
        known = (kind, name) in found if told else name in named
        if not known:
            found[(kind, name)] = Unproved(name, sort, _text(item, "reason") or "no reason given", became)
    return tuple(sorted(found.values(), key=lambda u: (u.object, u.kind)))


def expect_version(document: Mapping[str, Any], name: str) -> None:
    """Raises InputError where ``document`` was written by a version with another shape."""
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        told = f"{name} has schema_version {version}; this version reads {SCHEMA_VERSION}"
        raise InputError(told, "write the bundle again with this version of dsql-migrate")


def _entry(item: Mapping[str, Any]) -> Entry:
    disposition = _text(item, "disposition")
    if disposition not in DISPOSITIONS:
        raise InputError(f"ledger.json: {_text(item, 'id')!a} has an unknown disposition, {disposition!a}")
    return Entry(
        id=_text(item, "id"),
        kind=_text(item, "kind"),
        detail=_text(item, "detail"),
        name=_text(item, "name"),
        line=_number(item, "line"),
        disposition=disposition,
        into=_texts(item, "into"),
        reason=_text(item, "reason"),
        rule=_text(item, "rule"),
        proof=_text(item, "proof"),
        values=_texts(item, "values"),
        rows=_number(item, "rows"),
    )


def _finding(item: Mapping[str, Any]) -> Finding:
    if not isinstance(item, Mapping):
        raise InputError("findings.json is damaged: a finding is not an object")
    words = ("code", "name", "severity", "message", "sqlstate", "server_message", "help", "since", "object")
    return Finding(
        _text(item, "path"), _number(item, "line"), _number(item, "column"), *(_text(item, word) for word in words)
    )


def _records(document: Mapping[str, Any], key: str, name: str) -> list[Mapping[str, Any]]:
    items = document.get(key) or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise InputError(f"{name} is damaged: {key} is not a list of objects")
    return items


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return "" if value is None else str(value)


def _texts(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = item.get(key) or ()
    return tuple(str(part) for part in value) if isinstance(value, list | tuple) else (str(value),)


def _number(item: Mapping[str, Any], key: str) -> int | None:
    value = item.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
