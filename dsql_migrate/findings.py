"""Findings of a whole job in the form of ``lint --output-format json``: the linter's, and those of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dsql_migrate.lint.output.json import plain
from dsql_migrate.lint.rule import load_rules, ready
from dsql_migrate.lint.runner import lint_source
from dsql_migrate.lint.sifting.folding import folded
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.reading import Script
from dsql_migrate.target import Target

DUPLICATE = "DSQL905"
STRAY = "DSQL909"


def findings_of(script: Script, target: Target) -> list[dict[str, Any]]:
    """What the linter says of the source."""
    return [plain(f) for f in folded(lint_source(script.source, target, ready(load_rules(), target)))]


def row_findings(script: Script, target: Target, troubles: Iterable[tuple[int, str, str]]) -> list[dict[str, Any]]:
    """Rows that are damaged or exceed a limit, as the rewrite came upon them: (line, code, message)."""
    rules = {rule.code: rule for rule in load_rules()}
    found = []
    for line, code, message in troubles:
        rule = rules.get(code)
        path, at = script.source.at_line(line)
        found.append(
            {
                "path": path,
                "line": at,
                "column": 1,
                "end_line": at,
                "end_column": 1,
                "start": 0,
                "end": 0,
                "code": code,
                "name": rule.name if rule else "row",
                "severity": rule.severity if rule else "error",
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


def decision_findings(plan: Plan) -> list[dict[str, Any]]:
    """Entries of ``decisions.yaml`` that decide nothing: no such object is in the input, or it has no such choice."""
    from dsql_migrate.rewrite.decisions.strays import strays

    document = plan.decisions.document
    if document is None:
        return []
    rule = {rule.code: rule for rule in load_rules()}[STRAY]
    found = []
    for stray in strays(document, plan.taken, plan.ledger.entries):
        place = {"line": stray.place.line, "column": stray.place.column, "end_line": stray.place.line}
        told = {"message": stray.message, "help": stray.hint or rule.instead, "object": stray.id}
        found.append({
            "path": document.path, **place, "end_column": stray.place.column, "start": 0, "end": 0,
            "code": STRAY, "name": rule.name, "severity": rule.severity, **told,
            "sqlstate": None, "server_message": None, "since": None, "fix": None,
        })  # fmt: skip
    return found


def refused_statements(script: Script) -> Iterator[tuple[int, str, str]]:
    """Statements that PostgreSQL refuses as well, because what they make is there already: (line, code, message).

    A schema that is there already (CREATE SCHEMA public of many dumps) does no harm.
    """
    for trouble in script.catalogue.troubles:
        if not trouble.message.startswith("schema ") and not trouble.message.endswith("does not exist"):
            statement = script.by_number.get(trouble.statement)
            line = statement.line if statement is not None else trouble.line
            yield line, DUPLICATE, f"PostgreSQL refuses this statement too: {trouble.message}"
