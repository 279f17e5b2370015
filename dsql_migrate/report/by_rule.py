"""What each rule found and what became of the objects it names, the rules that ask for a person first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    known: dict[str | int, list[Entry]] = {}
    for entry in entries:
        if entry.rule:
            touched.setdefault(entry.rule, []).append(entry)
        for name in _names(entry):
            known.setdefault(name, []).append(entry)
    for finding in findings:
        found.setdefault(finding.code, []).append(finding)
    weighed = []
    for code in sorted({*touched, *found}):
        mine, told = touched.get(code, []), found.get(code, [])
        weight = max(_weight(entry) for entry in mine) if mine else max(_alone(finding, known) for finding in told)
        weighed.append((weight, _rule(code, mine, told, weight)))
    weighed.sort(key=lambda pair: (-pair[0], -max(pair[1].objects, len(pair[1].findings)), pair[1].code))
    return tuple(rule for _, rule in weighed)


def _rule(code: str, entries: Sequence[Entry], findings: Sequence[Finding], weight: int) -> RuleSummary:
    worst = min(findings, key=lambda f: _SEVERITIES.get(f.severity, 3), default=None)
    heaviest = max(map(_weight, entries), default=0)
    reasons = Counter(entry.reason for entry in entries if entry.reason and _weight(entry) == heaviest)
    reason = min(reasons, key=lambda r: (-reasons[r], r), default="")
    outcome = []
    for disposition in sorted(DISPOSITIONS, key=lambda d: -_WEIGHTS[d]):
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
        needs_person=weight >= _WEIGHTS["dropped"],
        objects=len(entries),
        findings=tuple(findings),
    )


def _names(entry: Entry) -> tuple[str | int, ...]:
    """What a finding may call the entry: its name, the name of a key's index, its line."""
    parts = entry.name.split(".")
    index = (f"{parts[0]}.{parts[-1]}",) if entry.kind == "constraint" and len(parts) > 2 else ()
    return (entry.name, *index, *(() if entry.line is None else (entry.line,)))


def _weight(entry: Entry) -> int:
    """How much a person has to care about what became of one thing."""
    return 1 if entry.disposition == "dropped" and entry.kind in HOUSEKEEPING else _WEIGHTS[entry.disposition]


def _alone(finding: Finding, known: Mapping[str | int, Sequence[Entry]]) -> int:
    """The same for a finding whose rule moved nothing: what became of its object, or of its line, counts.

    An error that no ledger entry answers weighs like lost work.
    """
    answers = known.get(finding.object) if finding.object else None
    if answers is None and finding.line is not None:
        answers = known.get(finding.line)
    if answers:
        return max(_weight(entry) for entry in answers)
    return (35, 15, 5, 5)[_SEVERITIES.get(finding.severity, 3)]


def findings_by_object(findings: Iterable[Finding]) -> tuple[ObjectFindings, ...]:
    """The findings about each object, the objects with most of them first."""
    members: dict[str, list[Finding]] = {}
    for finding in findings:
        members.setdefault(finding.object, []).append(finding)
    groups = [ObjectFindings(name, tuple(found)) for name, found in members.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.findings), group.object)))
