"""What keeps a job from being done, one line each: file, line, column, rule and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dsql_migrate.report.visible import cut, visible

_MOST = 20
_WIDEST = 300
_MEMBERS = frozenset(("column", "default", "identity", "constraint"))  # they fall with their table, which is told
_LINTED = frozenset(("DSQL901", "DSQL701", "DSQL707"))  # not read, too many columns, too many tables


def trouble_lines(
    findings: Sequence[Mapping[str, Any]], ledger: Mapping[str, Any], codes: frozenset[str], more: str
) -> list[str]:
    """Findings of ``codes`` and unreadable statements, and entries of the ledger that are not carried; 20 at most.

    ``more`` names the place where all of them are.
    """
    shown = codes | _LINTED
    lines = [_finding(f) for f in findings if f["code"] in shown]
    lines += _entries(ledger, {f["code"] for f in findings if f["code"] in shown})
    if len(lines) > _MOST:
        lines = [*lines[:_MOST], f"and {len(lines) - _MOST:,} more: {more}"]
    return [cut(visible(line), _WIDEST) for line in lines]


def _finding(finding: Mapping[str, Any]) -> str:
    place = f"{finding['path']}:{finding['line']}:{finding['column']}"
    return f"{place}: {finding['severity']} {finding['code']} {finding['name']}: {finding['message']}"


def _entries(ledger: Mapping[str, Any], told: set[str]) -> Iterator[str]:
    """Entries that are not carried, but for those that a finding tells or that fall with their table."""
    path = ledger["source"]["path"]
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in ledger["entries"]:
        if entry["disposition"] != "unknown" or entry["kind"] in _MEMBERS:
            continue
        rule = entry["rule"] or ""
        if rule in told or (entry["kind"] == "rows" and not rule):
            continue
        alone = f"{entry.get('file', '')}:{entry['line']}" if entry["kind"] == "statement" else ""
        found.setdefault((rule, entry["kind"] + alone, entry["reason"]), []).append(entry)
    for (rule, _, reason), entries in sorted(found.items(), key=lambda item: item[1][0]["line"]):
        entry = entries[0]
        what = "statement" if entry["kind"] == "statement" else f"{entry['kind']} {entry['name']}"
        more = f" (and {len(entries) - 1:,} more)" if len(entries) > 1 else ""
        yield f"{entry.get('file', path)}:{entry['line']}: error {rule}{' ' if rule else ''}{what}{more}: {reason}"
