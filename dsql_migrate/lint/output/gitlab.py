"""Findings as a Code Quality report of GitLab (a subset of the Code Climate specification).

Lines count from 1, and so do the columns of ``positions``, in characters. The fingerprints stay the same when lines
move, so that a merge request shows what it adds and what it mends.
"""

from __future__ import annotations

from dsql_migrate.lint.output.json import dumped
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.result import Result
from dsql_migrate.lint.sifting.fingerprint import fingerprints

_SEVERITY = {"error": "major", "warning": "minor", "info": "info"}


def render(result: Result) -> str:
    """One array of issues."""
    issues = [
        {
            "type": "issue",
            "categories": ["Compatibility"],
            "check_name": finding.code,
            "description": f"{finding.code} {finding.name}: {shown(finding.message)}",
            "fingerprint": fingerprint,
            "severity": _SEVERITY[finding.severity],
            "location": {
                "path": finding.path,
                "lines": {"begin": finding.line, "end": finding.end_line},
                "positions": {
                    "begin": {"line": finding.line, "column": finding.column},
                    "end": {"line": finding.end_line, "column": finding.end_column},
                },
            },
        }
        for finding, fingerprint in zip(result.findings, fingerprints(result.findings), strict=True)
    ]
    return dumped(issues, levels=1) + "\n"
