"""Findings as JSON, byte-identical from run to run on the same input.

Lines and columns count from 1, columns in characters; ``end_column`` is that of the character after the last one.
``start`` and ``end`` are byte offsets.
"""

from __future__ import annotations

import json
from typing import Any

from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.result import Result

SCHEMA_VERSION = 1


def render(result: Result) -> str:
    """The whole result: one object, keys sorted, findings in the order of the files and of their text."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "as_of": result.target.as_of.isoformat(),
        "findings": [plain(finding) for finding in result.findings],
        "notes": list(result.notes),
        "runs": [
            {
                "title": run.title,
                "root": run.root,
                "files": run.files,
                "sends": run.sends,
                "evidence": run.evidence,
            }
            for run in result.runs
        ],
        "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in result.skipped],
        "summary": {
            "files": len(result.files),
            "skipped": len(result.skipped),
            "errors": result.count("error"),
            "warnings": result.count("warning"),
            "infos": result.count("info"),
            "suppressed": result.suppressed,
            "baselined": result.baselined,
        },
    }
    return dumped(document, levels=2) + "\n"


def dumped(value: Any, levels: int = 0) -> str:
    """JSON with sorted keys and letters as they are; half characters (of names that are no UTF-8) are escaped.

    The members of the outer ``levels`` of objects and arrays have a line each, what is inside them stands on one:
    that reads well, compares well, and takes a tenth of the time of a text that is indented all through.
    """
    text = _laid_out(value, levels, "\n")
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _laid_out(value: Any, levels: int, line: str) -> str:
    if not levels or not value or not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    inner = line + "  "
    if isinstance(value, list):
        body = [_laid_out(member, levels - 1, inner) for member in value]
        return f"[{inner}{f',{inner}'.join(body)}{line}]"
    body = [f"{json.dumps(key)}: {_laid_out(value[key], levels - 1, inner)}" for key in sorted(value)]
    return f"{{{inner}{f',{inner}'.join(body)}{line}}}"


def plain(finding: Finding) -> dict[str, Any]:
    """One finding as JSON's own types."""
    fix = finding.fix
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "start": finding.start,
        "end": finding.end,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "message": finding.message,
        "sqlstate": finding.sqlstate,
        "server_message": finding.server_message,
        "help": finding.help,
        "since": finding.since.isoformat() if finding.since else None,
        "object": finding.object,
        **({"within": finding.within} if finding.within else {}),  # only where it stands in a body
        "fix": None
        if fix is None
        else {
            "applicability": fix.applicability,
            "edits": [{"start": edit.start, "end": edit.end, "text": edit.text} for edit in fix.edits],
        },
    }
