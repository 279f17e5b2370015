"""One line a finding, then the summary. Columns are characters."""

from __future__ import annotations

from dsql_migrate.lint.output.full import closing, headline
from dsql_migrate.lint.result import Result


def render(result: Result, *, color: bool = False, quiet: bool = False) -> str:
    """A line a finding and a line a skipped file; without ``quiet`` the notes and the summary too."""
    lines = [headline(finding, color) for finding in result.findings]
    lines += closing(result, quiet)
    return "\n".join(lines) + "\n" if lines else ""
