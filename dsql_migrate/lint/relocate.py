"""Findings of a section of SQL, put to where the section stands in its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dsql_migrate.lint.dispatch import ReadyRules
from dsql_migrate.lint.finding import Edit, Finding, Fix
from dsql_migrate.source.migrations import Section, Unread
from dsql_migrate.source.text import SourceText

UNREAD = "DSQL906"
_WIDTH = 160  # characters of a line that a frame shows


def relocated(findings: Iterable[Finding], section: Section, content: bytes) -> Iterator[Finding]:
    """The findings with lines, columns and offsets of the file whose bytes are ``content``.

    A fix stays only where all of its edits fall on SQL that stands in the file as it is.
    """
    if not section.origin.pins:
        yield from findings
        return
    text = SourceText("", content)
    for finding in findings:
        start, end = section.origin.span(finding.start, finding.end)
        line, column = text.line_column(start)
        end_line, end_column = text.line_column(end)
        frame, cut = _frame(text, line, column)
        yield replace(
            finding,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            start=start,
            end=end,
            fix=_fix(finding.fix, section),
            frame=frame,
            frame_offset=cut,
        )


def unread(parts: Iterable[Unread], path: str, content: bytes, rules: ReadyRules) -> Iterator[Finding]:
    """A finding for what of a migration could not be turned into SQL; none where its rule is off.

    The same reason is told once a file, at its first place, with the number of the others.
    """
    ready = next((ready for ready in rules.get("Rows", ()) if ready.rule.code == UNREAD), None)
    if ready is None:
        return
    rule, text = ready.rule, SourceText(path, content)
    reasons: dict[str, list[Unread]] = {}
    for part in sorted(parts, key=lambda part: part.start):
        reasons.setdefault(part.reason, []).append(part)
    for part, *others in reasons.values():
        line, column = text.line_column(part.start)
        end_line, end_column = text.line_column(part.end)
        frame, cut = _frame(text, line, column)
        yield Finding(
            path=path,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            start=part.start,
            end=part.end,
            code=rule.code,
            name=rule.name,
            severity=rule.severity,
            message=rule.message.replace("{reason}", part.reason + _others(len(others))),
            sqlstate=None,
            server_message=None,
            help=rule.instead,
            since=None,
            object=None,
            fix=None,
            frame=frame,
            frame_offset=cut,
        )


def _others(number: int) -> str:
    return f" (and {number} more in this file)" if number else ""


def _fix(fix: Fix | None, section: Section) -> Fix | None:
    if fix is None or not all(section.origin.verbatim(edit.start, edit.end) for edit in fix.edits):
        return None
    place = section.origin.place
    return Fix(
        fix.applicability,
        tuple(Edit(place(e.start), place(e.start) + e.end - e.start, e.text) for e in fix.edits),
    )


def _frame(text: SourceText, line: int, column: int) -> tuple[str, int]:
    """The line, or the part of a long one around the column, and how many characters were cut off in front."""
    shown = text.line_text(line)
    if len(shown) <= _WIDTH:
        return shown, 0
    cut = max(column - 1 - _WIDTH // 2, 0)
    return shown[cut : cut + _WIDTH], cut
