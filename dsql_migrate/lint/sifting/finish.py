"""From what a run has seen to what it tells: selection, severities, the baseline, files that have not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsql_migrate.lint.result import Result, Survey
from dsql_migrate.lint.sifting.folding import folded

if TYPE_CHECKING:
    from pathlib import Path

    from dsql_migrate.lint.options import Options


def finished(survey: Survey, options: Options) -> Result:
    """The result of a run as its options want it told.

    Raises Failure for a selector that means no rule, a revision that git does not know, an unreadable baseline.
    """
    findings, files = list(survey.findings), survey.files
    suppressed, notes = survey.suppressed, survey.notes
    if options.changed_since is not None:
        from dsql_migrate.lint.sifting.changed import changed_files, has_changed

        changed = changed_files(options.changed_since)
        piped = ("-", options.stdin_filename)  # what is not on the disk has changed
        files = tuple(path for path in files if path in piped or has_changed(path, changed))
        kept = frozenset((*files, "<stdin>"))
        findings = [finding for finding in findings if finding.path in kept]
        suppressed = tuple((path, code) for path, code in suppressed if path in kept)
    if options.select or options.ignore or options.per_file_ignores or options.severity:
        from dsql_migrate.lint.sifting.selection import Selection

        selection = Selection(options, dict(survey.known))
        findings = selection.apply(findings)
        suppressed = tuple((path, code) for path, code in suppressed if selection.takes(code, path))
    baselined = 0
    if options.baseline is not None:
        from dsql_migrate.lint.sifting.baseline import Baseline

        baseline = Baseline.read(options.baseline)
        new = baseline.new(findings)
        gone = baseline.gone(survey.findings, files)
        if gone:
            notes += (_gone(len(gone), options.baseline),)
        findings, baselined = new, len(findings) - len(new)
    told = tuple(folded(findings) if options.fold else findings)
    return Result(told, files, survey.skipped, survey.target, survey.runs, len(suppressed), baselined, notes)


def _gone(number: int, baseline: Path) -> str:
    entries = "entry" if number == 1 else "entries"
    return f"{number} {entries} of {baseline} no longer found: dsql-migrate baseline --update takes them out"
