"""Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request.

Columns are characters; GitHub takes them only where the finding stays on one line (Checks API, "annotations"). It
shows the first ten errors and the first ten warnings of a step. In a message %, CR and LF are escaped, in a property
also : and , (actions/toolkit, packages/core/src/command.ts).
"""

from __future__ import annotations

from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.output.summary import notes
from dsql_migrate.lint.result import Result

_COMMAND = {"error": "error", "warning": "warning", "info": "notice"}


def render(result: Result) -> str:
    """A line a finding, a skipped file, a note."""
    lines = [_finding(finding) for finding in result.findings]
    lines += [
        f"::warning title=dsql-migrate,file={_property(skipped.path)}::skipped: {_data(shown(skipped.reason))}"
        for skipped in result.skipped
    ]
    lines += [f"::notice title=dsql-migrate::{_data(shown(note))}" for note in result.notes]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    place = {"file": finding.path, "line": finding.line, "endLine": finding.end_line}
    if finding.line == finding.end_line:
        place |= {"col": finding.column, "endColumn": finding.end_column}
    properties = {"title": f"{finding.code} {finding.name}", **place}
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    headline = f"{finding.path}:{finding.line}:{finding.column}: {finding.code} {finding.message}"  # for the log
    message = "\n".join(shown(line) for line in (headline, *notes(finding)))
    return f"::{_COMMAND[finding.severity]} {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(shown(text)).replace(":", "%3A").replace(",", "%2C")
