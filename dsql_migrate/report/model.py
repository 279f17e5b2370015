"""The one model of the report. HTML, Markdown, JSON and the terminal show this and compute nothing of their own.

``build`` is pure: the same ledger, verification and findings give the same Report, and only ``run`` carries times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsql_migrate.report.by_rule import ObjectFindings, RuleSummary, findings_by_object, rule_summaries
from dsql_migrate.report.decided import Decided, read_decided
from dsql_migrate.report.entries import (
    DISPOSITIONS,
    SCHEMA_VERSION,
    Check,
    Entry,
    TableCheck,
    Unproved,
    expect_version,
    read_checks,
    read_entries,
    read_findings,
    read_tables,
    read_unproved,
)
from dsql_migrate.report.verdict import DAMAGE, Evidence, Step, Verdict, judge, next_steps
from dsql_migrate.report.words import HOUSEKEEPING, MEANINGS, TITLES, breakdown, counted_sort, phrase, sort_of


@dataclass(frozen=True, slots=True)
class Source:
    """The input: path as it was given, SHA-256 of its bytes, and what was counted while reading it."""

    path: str
    sha256: str
    statements: int | None
    copy_blocks: int | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class KindRow:
    """How many entries of one sort met each disposition (in the order of DISPOSITIONS)."""

    sort: str
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of one sort that went the same way by the same rule: ``30 indexes async``."""

    title: str
    rule: str
    reason: str
    """The reason all entries share, or empty where they differ."""
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """All entries of one disposition."""

    disposition: str
    title: str
    meaning: str
    count: int
    breakdown: tuple[str, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class UnprovedGroup:
    """Unproved things of one kind, with one reason: ``4 functions``, or the name of the only one."""

    title: str
    reason: str
    items: tuple[Unproved, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared after the bundle was applied."""

    passed: bool
    engine: str
    checks: tuple[Check, ...]
    tables: tuple[TableCheck, ...]
    rows: int
    rows_equal: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report says. Tuples are in the order in which they are shown."""

    schema_version: int
    as_of: str
    source: Source
    verdict: Verdict
    objects: int
    accounted: int
    """Entries that are not ``unknown``."""
    totals: tuple[tuple[str, int], ...]
    kinds: tuple[KindRow, ...]
    sections: tuple[Section, ...]
    rules: tuple[RuleSummary, ...]
    """What needs a person first, then by how much it touches."""
    by_object: tuple[ObjectFindings, ...]
    findings: int
    verification: Verification | None
    unproved: tuple[Unproved, ...]
    unproved_groups: tuple[UnprovedGroup, ...]
    problems: tuple[str, ...]
    """Where the ledger contradicts itself; empty in a sound bundle."""
    decided: tuple[Decided, ...]
    """Every choice there was: what holds for which objects, and who chose it."""
    next_steps: tuple[Step, ...]
    ledger: tuple[Entry, ...]
    run: Mapping[str, Any]


def build(
    ledger: Mapping[str, Any],
    verification: Mapping[str, Any] | None,
    findings: Sequence[Mapping[str, Any]],
    run: Mapping[str, Any] | None = None,
) -> Report:
    """The report of one bundle, from its parsed JSON files.

    ``verification`` is None where nothing was replayed. Raises InputError where a document has not the shape this
    version reads. Nothing outside the arguments is looked at, and ``run`` is carried through untouched.
    """
    entries = read_entries(ledger)
    found = read_findings(findings)
    compared = _verification(verification)
    unproved = read_unproved(entries, verification)
    counts = Counter(entry.disposition for entry in entries)
    problems = _problems(ledger, entries)
    evidence = Evidence(
        entries=entries,
        verified=compared.passed if compared else None,
        failed_checks=tuple(check.name for check in compared.checks if not check.ok) if compared else (),
        rows=compared.rows if compared else 0,
        rows_equal=compared.rows_equal if compared else 0,
        unproved=len(unproved),
        problems=problems,
        damage=sum(finding.code in DAMAGE for finding in found),
    )
    return Report(
        schema_version=SCHEMA_VERSION,
        as_of=str(ledger.get("as_of") or ""),
        source=_source(ledger.get("source")),
        verdict=judge(evidence),
        objects=len(entries),
        accounted=len(entries) - counts["unknown"],
        totals=tuple((disposition, counts[disposition]) for disposition in DISPOSITIONS),
        kinds=_kinds(entries),
        sections=tuple(_section(disposition, entries) for disposition in DISPOSITIONS),
        rules=rule_summaries(entries, found),
        by_object=findings_by_object(found),
        findings=len(found),
        verification=compared,
        unproved=unproved,
        unproved_groups=_unproved_groups(unproved),
        problems=problems,
        decided=read_decided(ledger),
        next_steps=next_steps(evidence),
        ledger=entries,
        run=dict(run or {}),
    )


def _source(source: Any) -> Source:
    told = source if isinstance(source, Mapping) else {}
    numbers = [told.get(key) for key in ("statements", "copy_blocks", "rows")]
    statements, blocks, rows = (n if isinstance(n, int) else None for n in numbers)
    return Source(str(told.get("path") or ""), str(told.get("sha256") or ""), statements, blocks, rows)


def _verification(document: Mapping[str, Any] | None) -> Verification | None:
    if document is None:
        return None
    expect_version(document, "verification.json")
    checks, tables = read_checks(document), read_tables(document)
    return Verification(
        passed=document.get("ok") is True and all(check.ok for check in checks),
        engine=_engine(document.get("engine")),
        checks=checks,
        tables=tables,
        rows=sum(table.rows_source or 0 for table in tables),
        rows_equal=sum(table.rows_source or 0 for table in tables if table.equal),
    )


def _engine(engine: Any) -> str:
    if isinstance(engine, Mapping):
        return ", ".join(f"{key} {value}" for key, value in sorted(engine.items()))
    return str(engine or "")


def _unproved_groups(unproved: Iterable[Unproved]) -> tuple[UnprovedGroup, ...]:
    members: dict[tuple[str, str], list[Unproved]] = {}
    for item in unproved:
        members.setdefault((item.kind, item.reason), []).append(item)
    groups = []
    for (kind, reason), items in members.items():
        of = f"{kind} on" if kind == "comment" else kind
        title = f"{of} {items[0].object}".strip() if len(items) == 1 else counted_sort(len(items), kind or "object")
        groups.append(UnprovedGroup(title, reason, tuple(items)))
    return tuple(sorted(groups, key=lambda group: (_care(group), -len(group.items), group.title, group.reason)))


def _care(group: UnprovedGroup) -> int:
    """What the target does without proof comes first, then what a person has to build, then what is gone anyway."""
    became = {item.disposition for item in group.items}
    if became <= {"dropped"}:
        return 3 if all(item.kind in HOUSEKEEPING for item in group.items) else 2
    return 1 if became <= {"application", "dropped"} else 0


def _problems(ledger: Mapping[str, Any], entries: Sequence[Entry]) -> tuple[str, ...]:
    problems = []
    repeated = sorted(id for id, count in Counter(entry.id for entry in entries).items() if count > 1)
    if repeated:
        problems.append(f"the ledger names {counted_sort(len(repeated), 'object')} twice, {repeated[0]} for one")
    told, counts = ledger.get("totals"), Counter(entry.disposition for entry in entries)
    if isinstance(told, Mapping) and {k: v for k, v in told.items() if v} != dict(counts):
        problems.append("the totals of the ledger are not those of its entries")
    return tuple(problems)


def _kinds(entries: Iterable[Entry]) -> tuple[KindRow, ...]:
    counts: dict[str, Counter[str]] = {}
    for entry in entries:
        counts.setdefault(sort_of(entry), Counter())[entry.disposition] += 1
    rows = [KindRow(sort, tuple(c[d] for d in DISPOSITIONS), c.total()) for sort, c in counts.items()]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.sort)))


def _section(disposition: str, entries: Iterable[Entry]) -> Section:
    mine = [entry for entry in entries if entry.disposition == disposition]
    members: dict[tuple[str, str], list[Entry]] = {}
    for entry in mine:
        members.setdefault((phrase(entry, 2), entry.rule), []).append(entry)
    groups = [_group(group) for group in members.values()]
    groups.sort(key=lambda group: (-len(group.entries), group.title, group.rule))
    return Section(disposition, TITLES[disposition], MEANINGS[disposition], len(mine), breakdown(mine), tuple(groups))


def _group(entries: Sequence[Entry]) -> Group:
    reasons = {entry.reason for entry in entries}
    title = f"{len(entries):,} {phrase(entries[0], len(entries))}"
    return Group(title, entries[0].rule, reasons.pop() if len(reasons) == 1 else "", tuple(entries))
