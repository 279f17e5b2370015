"""Small edits that checks and rules share."""

from __future__ import annotations

from dsql_migrate.lint.finding import Edit
from dsql_migrate.source.facts import Span


def deletion(span: Span, text: bytes) -> Edit:
    """Takes a clause out together with the blanks before it on its line."""
    start = span.start
    while start > 0 and text[start - 1 : start] in (b" ", b"\t"):
        start -= 1
    return Edit(start, span.end, "")
