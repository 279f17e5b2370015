"""Findings as JUnit XML: a suite a file, a case a finding.

A finding at or above the run's ``fail_on`` is a failure; one below it is a case that passed and says what was found,
so that a report is red exactly where the exit code is 1. A file without findings is one case that passed. Places are
lines and columns from 1, columns in characters. Times are left out: the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.finding import SEVERITIES, Finding
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.output.summary import notes
from dsql_migrate.lint.result import Result, Skipped


def render(result: Result, *, fail_on: str = "error") -> str:
    """One document. ``fail_on``: the least severity that is a failure, or never."""
    least = len(SEVERITIES) if fail_on == "never" else SEVERITIES.index(fail_on)
    by_path: dict[str, list[Finding]] = {path: [] for path in result.files}
    for finding in result.findings:
        by_path.setdefault(finding.path, []).append(finding)
    failures = sum(SEVERITIES.index(finding.severity) >= least for finding in result.findings)
    cases = sum(len(findings) or 1 for findings in by_path.values()) + len(result.skipped)
    head = _tag("testsuites", name="dsql-migrate lint", tests=cases, failures=failures, errors=0)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head]
    for path, findings in by_path.items():
        lines += _suite(path, findings, least)
    for skipped in result.skipped:
        lines += _skipped(skipped)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _suite(path: str, findings: list[Finding], least: int) -> Iterator[str]:
    failures = sum(SEVERITIES.index(finding.severity) >= least for finding in findings)
    yield "  " + _tag("testsuite", name=path, tests=len(findings) or 1, failures=failures, errors=0, skipped=0)
    if not findings:
        yield "    " + _tag("testcase", True, name="no findings", classname=path, file=path)
    for finding in findings:
        name = f"{finding.code} {finding.name} ({finding.line}:{finding.column})"
        yield "    " + _tag("testcase", name=name, classname=path, file=path, line=finding.line)
        place = f"{path}:{finding.line}:{finding.column}: {finding.severity} {finding.code}: {finding.message}"
        told = "\n".join(_text(line) for line in (place, *notes(finding)))
        if SEVERITIES.index(finding.severity) >= least:
            yield f"      {_tag('failure', type=finding.severity, message=finding.message)}{told}</failure>"
        else:
            yield f"      <system-out>{told}</system-out>"
        yield "    </testcase>"
    yield "  </testsuite>"


def _skipped(skipped: Skipped) -> Iterator[str]:
    path = skipped.path
    yield "  " + _tag("testsuite", name=path, tests=1, failures=0, errors=0, skipped=1)
    yield "    " + _tag("testcase", name="skipped", classname=path, file=path)
    yield "      " + _tag("skipped", True, message=skipped.reason)
    yield "    </testcase>"
    yield "  </testsuite>"


def _tag(tag: str, empty: bool = False, /, **attributes: str | int) -> str:
    told = "".join(f' {key}="{_text(str(value))}"' for key, value in attributes.items())
    return f"<{tag}{told}{'/' * empty}>"


def _text(text: str) -> str:
    escaped = shown(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace('"', "&quot;")
