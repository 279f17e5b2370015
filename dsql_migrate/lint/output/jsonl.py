"""Findings as JSON lines: one object a line, each as in ``json``'s ``findings``, and nothing else."""

from __future__ import annotations

from dsql_migrate.lint.output.json import dumped, plain
from dsql_migrate.lint.result import Result


def render(result: Result) -> str:
    """A line a finding, in the order of the files and of their text."""
    return "".join(f"{dumped(plain(finding))}\n" for finding in result.findings)
