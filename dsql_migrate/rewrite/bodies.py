"""Bodies of views and functions follow what was rewritten."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.columns import replaced_functions
from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.source.facts import Expression, Span


def with_own_functions(plan: Plan, uses: Expression | None, statement: Statement, span: Span) -> tuple[bytes, bool]:
    """The statement with functions of extensions replaced by DSQL's own, within a span."""
    text = statement.piece.text
    if uses is None:
        return statement.piece.sql, False
    found = replaced_functions(plan, replace(uses, text=span.of(text)))
    if found is None:
        return statement.piece.sql, False
    edits = Edits()
    edits.replace(span, found)
    return edits.apply(text, 0, statement.piece.stop), True
