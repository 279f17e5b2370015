"""Findings for a terminal or a log: the place, the line with carets under it, what DSQL answers and what to do.

The colours are written by hand: rich takes a hundred times as long (measured on 3,300 findings: 6.6 s against 3 ms).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.result import Result
from dsql_migrate.source import regex

_RESET, _BOLD, _DIM, _BLUE = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[34m"
_SEVERITY = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1;36m"}
# Control characters and those that turn the direction of text: a script must not steer the terminal that shows it.
_UNSAFE = regex.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TAB = "    "


def render(result: Result, *, color: bool = False, frames: bool = True, summary: bool = True) -> str:
    """The text of a result. ``frames`` off: one line a finding."""
    parts = [part for finding in result.findings for part in _finding(finding, color, frames)]
    parts += [f"{shown(skipped.path)}: skipped: {shown(skipped.reason)}" for skipped in result.skipped]
    if summary:
        parts += ["", summary_line(result)] if parts and parts[-1] else [summary_line(result)]
    return "\n".join(parts) + "\n" if parts else ""


def _finding(finding: Finding, color: bool, frames: bool) -> Iterator[str]:
    place = f"{shown(finding.path)}:{finding.line}:{finding.column}:"
    tail = _paint(" [fixable]", _DIM, color) if fixable(finding) else ""
    severity = _paint(finding.severity, _SEVERITY[finding.severity], color)
    code = _paint(f"{finding.code} {finding.name}", _BOLD, color)
    yield f"{place} {severity} {code}: {shown(finding.message)}{tail}"
    if not frames:
        return
    gutter = " " * len(str(finding.line))
    bar, equals = _paint("|", _BLUE, color), _paint("=", _BLUE, color)
    if finding.frame.strip():
        line, carets = _frame(finding)
        yield f"{gutter} {bar}"
        yield f"{_paint(str(finding.line), _BLUE, color)} {bar} {line}"
        yield f"{gutter} {bar} {_paint(carets, _SEVERITY[finding.severity], color)}"
    for note in _notes(finding):
        yield f"{gutter} {equals} {shown(note)}"
    yield ""


def _notes(finding: Finding) -> Iterator[str]:
    if finding.server_message:
        state = f" {finding.sqlstate}" if finding.sqlstate else ""
        yield f"DSQL answers{state}: {finding.server_message}"
    elif finding.sqlstate and finding.severity == "error":
        yield f"DSQL answers {finding.sqlstate}"
    if finding.since:
        yield f"DSQL accepts it since {finding.since}"
    advice = (finding.help or "").rstrip(".")
    yield f"{advice}; dsql-migrate explain {finding.code}" if advice else f"dsql-migrate explain {finding.code}"


def _frame(finding: Finding) -> tuple[str, str]:
    """The line as it is shown and the carets under the marked part of it."""
    start = finding.column - 1 - finding.frame_offset
    stop = finding.end_column - 1 - finding.frame_offset if finding.end_line == finding.line else len(finding.frame)
    before, marked = finding.frame[:start], finding.frame[start : max(stop, start + 1)].rstrip()
    line = shown(finding.frame.rstrip())
    return line, " " * _width(shown(before)) + "^" * max(_width(shown(marked)), 1)


def shown(text: str) -> str:
    """Text that is safe on a terminal: tabs as blanks, control characters as U+FFFD."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", _TAB))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) != 0 for character in text)


def summary_line(result: Result) -> str:
    """One line: how much was found where, and for which day."""
    files = len(result.files)
    scope = f"{files} file{'s' * (files != 1)}"
    counts = [
        f"{count} {severity}{'s' * (count != 1 and severity != 'info')}"
        for severity in ("error", "warning", "info")
        if (count := result.count(severity))
    ]
    if counts:
        touched = len({finding.path for finding in result.findings})
        mended = sum(fixable(finding) for finding in result.findings)
        told = f"{', '.join(counts)} in {touched} of {scope}" + (f"; {mended} fixable" if mended else "")
    else:
        told = f"Nothing found in {scope}"
    if result.skipped:
        told += f"; {len(result.skipped)} skipped"
    target = result.target
    known = f" (the rules cover up to {target.newest})" if target.as_of > target.newest else ""
    return f"{told}.   As of {target.as_of}{known}."


def fixable(finding: Finding) -> bool:
    """Whether a tool could mend it without a person."""
    return finding.fix is not None and finding.fix.applicability != "manual"


def _paint(text: str, code: str, color: bool) -> str:
    return f"{code}{text}{_RESET}" if color and text else text
