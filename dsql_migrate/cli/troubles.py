"""What keeps a job from being done, one line each: file, line, column, rule and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dsql_migrate.report.visible import cut, visible

_MOST = 20
_WIDEST = 300
_MEMBERS = frozenset(("column", "default", "identity", "constraint"))  # they fall with their table, which is told
_UNREAD = "DSQL901"


def trouble_lines(
    findings: Sequence[Mapping[str, Any]], ledger: Mapping[str, Any], codes: frozenset[str], more: str
) -> list[str]:
    """Findings of ``codes`` and unreadable statements, and entries of the ledger that are not carried; 20 at most.

    ``more`` names the place where all of them are.
    """
    shown = codes | {_UNREAD}
    lines = [_finding(f) for f in findings if f["code"] in shown]
    lines += _entries(ledger, {f["code"] for f in findings if f["code"] in shown})
    if len(lines) > _MOST:
        lines = [*lines[:_MOST], f"and {len(lines) - _MOST:,} more: {more}"]
    return [cut(visible(line), _WIDEST) for line in lines]


def _finding(finding: Mapping[str, Any]) -> str:
    place = f"{finding['path']}:{finding['line']}:{finding['column']}"
    return f"{place}: error {finding['code']} {finding['name']}: {finding['message']}"


def _entries(ledger: Mapping[str, Any], told: set[str]) -> Iterator[str]:
    """Entries that are not carried, but for those that a finding tells or that fall with their table."""
    path = ledger["source"]["path"]
    for entry in ledger["entries"]:
        if entry["disposition"] != "unknown" or entry["kind"] in _MEMBERS:
            continue
        rule = entry["rule"] or ""
        if rule in told or (entry["kind"] == "rows" and not rule):
            continue
        what = "statement" if entry["kind"] == "statement" else f"{entry['kind']} {entry['name']}"
        yield f"{path}:{entry['line']}: error {rule}{' ' if rule else ''}{what}: {entry['reason']}"
