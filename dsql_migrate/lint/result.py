"""What a lint run comes back with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsql_migrate.lint.finding import Finding
from dsql_migrate.record import Record

if TYPE_CHECKING:
    from datetime import date

    from dsql_migrate.target import Target


class Day(Record):
    """In place of a target where findings come from the cache: the day that was meant, and the last that is known."""

    as_of: date
    newest: date


class Skipped(Record):
    """A file that was not looked at, and why."""

    path: str
    reason: str


class Run(Record):
    """Files that one tool runs, and what it sends as one transaction, in words. ``evidence``: how that is known."""

    title: str
    root: str
    files: int
    sends: str
    evidence: str = ""


class Survey(Record):
    """All that the rules find in a run, before selection and baseline: what a cache may keep."""

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    target: Target | Day
    runs: tuple[Run, ...]
    suppressed: tuple[tuple[str, str], ...]  # (path, code) of each finding that a comment took out
    known: tuple[tuple[str, str], ...]  # (code, name) of every rule there is
    notes: tuple[str, ...] = ()


class Result(Record):
    """All there is to say about a run."""

    findings: tuple[Finding, ...]
    files: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    target: Target | Day
    runs: tuple[Run, ...] = ()
    suppressed: int = 0  # findings that an ignore comment took out
    baselined: int = 0  # findings that the baseline knows
    notes: tuple[str, ...] = ()  # a line each, for people: the age of the data, what was not looked at

    def count(self, severity: str) -> int:
        """How many findings there are of one severity."""
        return sum(f.severity == severity for f in self.findings)
