"""Findings for a terminal or a log: the place, the line with carets under it, what DSQL answers and what to do.

Columns are characters, as they are everywhere in a Finding. The colours are written by hand: rich takes a hundred
times as long (measured on 3,300 findings: 6.6 s against 3 ms).
"""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.output.summary import fix_note, notes, summary_line
from dsql_migrate.lint.result import Result

_RESET, _BOLD, _DIM, _BLUE = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[34m"
_SEVERITY = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1;36m"}


def render(result: Result, *, color: bool = False, quiet: bool = False) -> str:
    """The findings with their frames, then what was skipped, the notes and the summary. ``quiet``: a line a finding."""
    if quiet:
        lines = [headline(finding, color) for finding in result.findings]
    else:
        lines = [line for finding in result.findings for line in _finding(finding, color)]
    lines += closing(result, quiet)
    return "\n".join(lines) + "\n" if lines else ""


def closing(result: Result, quiet: bool) -> Iterator[str]:
    """The lines below the findings: what was skipped, and without ``quiet`` the notes and the summary."""
    for skipped in result.skipped:
        yield f"{shown(skipped.path)}: skipped: {shown(skipped.reason)}"
    if quiet:
        return
    if result.skipped:
        yield ""
    for note in result.notes:
        yield f"note: {shown(note)}"
    yield summary_line(result)


def headline(finding: Finding, color: bool) -> str:
    """Place, severity, rule and message on one line."""
    place = f"{shown(finding.path)}:{finding.line}:{finding.column}:"
    note = fix_note(finding)
    tail = _paint(f" [{note}]", _DIM, color) if note else ""
    severity = _paint(finding.severity, _SEVERITY[finding.severity], color)
    code = _paint(f"{finding.code} {finding.name}", _BOLD, color)
    return f"{place} {severity} {code}: {shown(finding.message)}{tail}"


def _finding(finding: Finding, color: bool) -> Iterator[str]:
    yield headline(finding, color)
    number = str(finding.line)
    gutter = " " * len(number)
    bar, equals = (_paint("|", _BLUE, color), _paint("=", _BLUE, color)) if color else ("|", "=")
    if finding.frame and not finding.frame.isspace():
        line, carets = _frame(finding)
        yield f"{gutter} {bar}"
        yield f"{_paint(number, _BLUE, color)} {bar} {line}"
        yield f"{gutter} {bar} {_paint(carets, _SEVERITY[finding.severity], color)}"
    for note in notes(finding):
        yield f"{gutter} {equals} {shown(note)}"
    yield ""


def _frame(finding: Finding) -> tuple[str, str]:
    """The line as it is shown and the carets under the marked part of it."""
    start = finding.column - 1 - finding.frame_offset
    stop = finding.end_column - 1 - finding.frame_offset if finding.end_line == finding.line else len(finding.frame)
    before, marked = finding.frame[:start], finding.frame[start : max(stop, start + 1)].rstrip()
    line = shown(finding.frame.rstrip())
    return line, " " * _width(shown(before)) + "^" * max(_width(shown(marked)), 1)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) != 0 for character in text)


def _paint(text: str, code: str, color: bool) -> str:
    return f"{code}{text}{_RESET}" if color and text else text
