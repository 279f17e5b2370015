"""Findings of a whole job in the form of ``lint --output-format json``: the linter's, and those of the rows."""

from __future__ import annotations

from typing import Any

from dsql_migrate.lint.output.json import plain
from dsql_migrate.lint.rule import load_rules, ready
from dsql_migrate.lint.runner import lint_source
from dsql_migrate.rewrite.reading import Script
from dsql_migrate.target import Target


def findings_of(script: Script, target: Target) -> list[dict[str, Any]]:
    """What the linter says of the source."""
    return [plain(f) for f in lint_source(script.source, target, ready(load_rules(), target))]


def row_findings(script: Script, target: Target, troubles: list[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """Rows that are damaged or exceed a limit, as the rewrite came upon them: (line, code, message)."""
    rules = {rule.code: rule for rule in load_rules()}
    found = []
    for line, code, message in troubles:
        rule = rules.get(code)
        found.append(
            {
                "path": script.source.label,
                "line": line,
                "column": 1,
                "end_line": line,
                "end_column": 1,
                "start": 0,
                "end": 0,
                "code": code,
                "name": rule.name if rule else "row",
                "severity": "error",
                "message": message,
                "sqlstate": None,
                "server_message": None,
                "help": rule.instead if rule else None,
                "since": None,
                "object": None,
                "fix": None,
            }
        )
    return found
