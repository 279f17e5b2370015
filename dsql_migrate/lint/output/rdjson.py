"""Findings in the diagnostic format of reviewdog (rdjson), with fixes as suggestions.

Columns are bytes of UTF-8, counted from 1, and an end is exclusive (reviewdog, proto/rdf/reviewdog.proto). Where the
bytes of a line are not known any more, the lines alone are said: reviewdog takes that for the whole of them.
"""

from __future__ import annotations

from typing import Any

from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.output.json import dumped
from dsql_migrate.lint.output.places import Place, Text, Texts, replacements
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.output.summary import notes
from dsql_migrate.lint.result import Result

_SEVERITY = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(result: Result) -> str:
    """One DiagnosticResult; skipped files are diagnostics of a whole file."""
    with Texts() as texts:
        diagnostics = [_diagnostic(finding, texts.of(finding)) for finding in result.findings]
    diagnostics += [
        {
            "message": f"skipped: {shown(skipped.reason)}",
            "severity": "WARNING",
            "location": {"path": skipped.path},
        }
        for skipped in result.skipped
    ]
    return dumped({"source": {"name": "dsql-migrate"}, "diagnostics": diagnostics}, levels=2) + "\n"


def _diagnostic(finding: Finding, text: Text | None) -> dict[str, Any]:
    diagnostic: dict[str, Any] = {
        "message": "\n".join(shown(line) for line in (finding.message, *notes(finding))),
        "severity": _SEVERITY[finding.severity],
        "code": {"value": finding.code},
        "location": {"path": finding.path, "range": _range(finding, text)},
    }
    suggestion = _suggestion(finding, text) if text is not None else None
    if suggestion is not None:
        diagnostic["suggestions"] = [suggestion]
    return diagnostic


def _range(finding: Finding, text: Text | None) -> dict[str, Any]:
    if text is not None:
        return _span(text.place(finding.start), text.place(finding.end))
    start, end = (_in_frame(finding, column) for column in (finding.column, finding.end_column))
    if start is None or end is None or finding.line != finding.end_line:
        return {"start": {"line": finding.line}, "end": {"line": finding.end_line}}
    return _span(Place(finding.line, 0, start), Place(finding.line, 0, end))


def _in_frame(finding: Finding, column: int) -> int | None:
    """The byte column on the finding's line, as far as the frame holds it from its beginning."""
    before = finding.frame[: column - 1]
    if finding.frame_offset or len(before) < column - 1 or "\N{REPLACEMENT CHARACTER}" in before:
        return None
    return len(before.encode("utf-8")) + 1


def _span(start: Place, end: Place) -> dict[str, Any]:
    return {
        "start": {"line": start.line, "column": start.byte_column},
        "end": {"line": end.line, "column": end.byte_column},
    }


def _suggestion(finding: Finding, text: Text) -> dict[str, Any] | None:
    """A fix as one replacement: each suggestion is applied by itself, so edits that belong together become one."""
    edits = replacements(finding)
    if not edits:
        return None
    parts, at = [], edits[0].start
    for edit in edits:
        parts += [text.bytes(at, edit.start), edit.text.encode("utf-8", "surrogateescape")]
        at = edit.end
    try:
        made = b"".join(parts).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return {"range": _span(text.place(edits[0].start), text.place(at)), "text": made}
