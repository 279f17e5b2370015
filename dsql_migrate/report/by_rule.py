"""What each rule found and what became of the objects it names, the rules that ask for a person first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dsql_migrate.report.entries import DISPOSITIONS, Entry, Finding
from dsql_migrate.report.words import HOUSEKEEPING, TITLES, breakdown

_SEVERITIES = {"error": 0, "warning": 1, "info": 2}
# How much a person has to care about one entry of a rule: what needs a decision comes before what is already mended.
_WEIGHTS = {"unknown": 40, "application": 30, "dropped": 20, "rewritten": 10, "kept": 0}


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """One rule: the findings it made, and what became of the objects it names."""

    code: str
    name: str
    severity: str
    text: str
    help: str
    since: str
    outcome: tuple[str, ...]
    """What became of its objects: ``30 indexes async``."""
    needs_person: bool
    objects: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ObjectFindings:
    """The findings about one object."""

    object: str
    findings: tuple[Finding, ...]


def rule_summaries(entries: Iterable[Entry], findings: Iterable[Finding]) -> tuple[RuleSummary, ...]:
    """One summary a rule, of those that made a finding or moved an entry."""
    touched: dict[str, list[Entry]] = {}
    found: dict[str, list[Finding]] = {}
    for entry in entries:
        if entry.rule:
            touched.setdefault(entry.rule, []).append(entry)
    for finding in findings:
        found.setdefault(finding.code, []).append(finding)
    weighed = [
        (_weight(touched.get(code, []), found.get(code, [])), _rule(code, touched.get(code, []), found.get(code, [])))
        for code in sorted({*touched, *found})
    ]
    weighed.sort(key=lambda pair: (-pair[0], -max(pair[1].objects, len(pair[1].findings)), pair[1].code))
    return tuple(rule for _, rule in weighed)


def _rule(code: str, entries: Sequence[Entry], findings: Sequence[Finding]) -> RuleSummary:
    worst = min(findings, key=lambda f: _SEVERITIES.get(f.severity, 3), default=None)
    reasons = Counter(entry.reason for entry in entries if entry.reason)
    reason = min(reasons, key=lambda r: (-reasons[r], r), default="")
    outcome = []
    for disposition in reversed(DISPOSITIONS):
        mine = [entry for entry in entries if entry.disposition == disposition]
        told = "" if disposition == "rewritten" else f" {TITLES[disposition].lower()}"
        outcome += [part + told for part in breakdown(mine)]
    return RuleSummary(
        code=code,
        name=worst.name if worst else "",
        severity=worst.severity if worst else "",
        text=reason or (worst.message if worst else ""),
        help=worst.help if worst else "",
        since=worst.since if worst else "",
        outcome=tuple(outcome),
        needs_person=_weight(entries, findings) >= _WEIGHTS["dropped"],
        objects=len(entries),
        findings=tuple(findings),
    )


def _weight(entries: Sequence[Entry], findings: Sequence[Finding]) -> int:
    """The heaviest thing that happened under a rule; an error no ledger entry answers weighs like lost work."""
    if not entries:
        worst = min((_SEVERITIES.get(f.severity, 3) for f in findings), default=3)
        return (35, 15, 5, 5)[worst]
    return max(1 if e.disposition == "dropped" and e.kind in HOUSEKEEPING else _WEIGHTS[e.disposition] for e in entries)


def findings_by_object(findings: Iterable[Finding]) -> tuple[ObjectFindings, ...]:
    """The findings about each object, the objects with most of them first."""
    members: dict[str, list[Finding]] = {}
    for finding in findings:
        members.setdefault(finding.object, []).append(finding)
    groups = [ObjectFindings(name, tuple(found)) for name, found in members.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.findings), group.object)))
