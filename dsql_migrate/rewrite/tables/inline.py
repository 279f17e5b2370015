"""Keys and expressions where they stand inside CREATE TABLE: what is edited in the author's text."""

from __future__ import annotations

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.plan import Plan, TablePlan
from dsql_migrate.rewrite.tables.renames import rename_columns
from dsql_migrate.schema.model import Table, TableConstraint
from dsql_migrate.source.facts import Constraint, Span


def follow_check(plan: Plan, constraint: TableConstraint, edits: Edits, text: bytes, table: Table) -> None:
    """Edits on a constraint where it stands: columns under their last names, and what follows their types."""
    fact = constraint.fact
    rename_columns(edits, text, fact.span, table)
    if fact.expression is not None:
        edits.take(follow_expression(plan, plan.tables.get(table.key), fact.expression).at(fact.expression.span))


def check_text(plan: Plan, planned: TablePlan, check: Constraint, text: bytes) -> str:
    """A CHECK of a column as the column's place has to say it."""
    edits = Edits()
    if check.expression is not None:
        edits.take(follow_expression(plan, planned, check.expression).at(check.expression.span))
    return edits.apply(text, check.span.start, check.span.end).decode("utf-8", "surrogateescape")


def strip(edits: Edits, attributes: Span | None, options: Span | None, tablespace: Span | None, text: bytes) -> None:
    """Take DEFERRABLE, WITH (…) and USING INDEX TABLESPACE out of a key."""
    for span in (attributes, options, tablespace):
        if span is not None:
            edits.delete(span, text)
