"""The words of a run's outcome that formats for people share."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.finding import SEVERITIES, Finding
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.result import Result, Run

_RUNS = 3  # kinds of run that are told, each with its transactions


def answer(finding: Finding) -> str | None:
    """What DSQL answers to it, where that is known."""
    if finding.server_message:
        state = f" {finding.sqlstate}" if finding.sqlstate else ""
        return f"DSQL answers{state}: {finding.server_message}"
    if finding.sqlstate and finding.severity == "error":
        return f"DSQL answers {finding.sqlstate}"
    return None


def notes(finding: Finding) -> Iterator[str]:
    """What is said below a finding: the answer of DSQL, the day it accepts it from, what to do."""
    if told := answer(finding):
        yield told
    if finding.since:
        yield f"DSQL accepts it since {finding.since}"
    advice = (finding.help or "").rstrip(".")
    yield f"{advice}; dsql-migrate explain {finding.code}" if advice else f"dsql-migrate explain {finding.code}"


def fix_note(finding: Finding) -> str:
    """Which option mends it, in a word or two; empty where that takes a person."""
    applicability = finding.fix.applicability if finding.fix is not None else "manual"
    return {"safe": "fixable", "unsafe": "fixable with --unsafe-fixes"}.get(applicability, "")


def summary_line(result: Result) -> str:
    """One line: what runs the files, how much was found where, what was left out, and for which day."""
    told = f"{runs}. " if (runs := runs_line(result)) else ""
    return f"{told}{counts_line(result)}.   {day_line(result)}."


def runs_line(result: Result) -> str:
    """The tools that run the files and what each sends as one transaction; empty where that is psql's way alone."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in result.runs:
        groups.setdefault((run.title, run.sends), []).append(run)
    if not groups or (len(groups) == 1 and _plain(result.runs[0])):
        return ""
    parts = []
    for (title, sends), runs in list(groups.items())[:_RUNS]:
        roots = sorted({run.root for run in runs if run.root})
        place = ""
        if len(groups) > 1 or len(roots) > 1:
            place = f" in {roots[0]}" if len(roots) == 1 else f" in {len(roots)} folders" if roots else ""
        parts.append(shown(f"{title}{place}, {sends}"))
    if len(groups) > _RUNS:
        parts.append(f"and {len(groups) - _RUNS} more")
    return "; ".join(parts)


def _plain(run: Run) -> bool:
    return run.title == "psql" and run.sends == "one statement at a time"  # TOOL of source/migrations/psql.py


def counts_line(result: Result) -> str:
    """How much was found in how many files, how much of it can be fixed, and what was left out."""
    files = len(result.files)
    scope = f"{files} file{'s' * (files != 1)}"
    counts = [
        f"{count} {severity}{'s' * (count != 1 and severity != 'info')}"
        for severity in reversed(SEVERITIES)
        if (count := result.count(severity))
    ]
    if counts:
        touched = len({finding.path for finding in result.findings})
        parts = [f"{', '.join(counts)} in {touched} of {scope}", *_mendable(result)]
    elif files or result.skipped:
        parts = [f"Nothing found in {scope}"]
    else:
        parts = ["No SQL and no migrations here: nothing was looked at"]
    if result.suppressed:
        parts.append(f"{result.suppressed} ignored by a comment")
    if result.baselined:
        parts.append(f"{result.baselined} in the baseline")
    if result.skipped:
        parts.append(f"{len(result.skipped)} skipped")
    return "; ".join(parts)


def _mendable(result: Result) -> Iterator[str]:
    safe = sum(f.fix is not None and f.fix.applicability == "safe" for f in result.findings)
    unsafe = sum(f.fix is not None and f.fix.applicability == "unsafe" for f in result.findings)
    if safe:
        yield f"{safe} fixable with --fix" + (f", {unsafe} more with --unsafe-fixes" if unsafe else "")
    elif unsafe:
        yield f"{unsafe} fixable with --unsafe-fixes"


def day_line(result: Result) -> str:
    """The day whose DSQL was meant."""
    target = result.target
    known = f" (the rules cover up to {target.newest})" if target.as_of > target.newest else ""
    return f"As of {target.as_of}{known}"
