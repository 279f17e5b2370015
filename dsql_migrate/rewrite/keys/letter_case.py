"""Columns that are compared without regard to case: what their keys and indexes become."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Plan, TablePlan
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.model import Table, TableConstraint
from dsql_migrate.source.facts import IndexKey, Span

OPERATOR_CLASSES = frozenset({"citext_ops", "citext_pattern_ops"})
_COLUMN = re.compile(rb'"(?:[^"]|"")*"|[^\s(),"]+')


def folded(planned: TablePlan, column: str | None) -> bool:
    """Whether keys and indexes are on lower(…) of the column."""
    found = planned.columns.get(column) if column is not None else None
    return found is not None and found.choice.folded


def becomes_index(plan: Plan, planned: TablePlan, constraint: TableConstraint) -> bool:
    """Whether a UNIQUE becomes an index on lower(…) alone: one that a foreign key refers to stays beside it."""
    return (
        constraint.kind == "unique"
        and any(folded(planned, column) for column in constraint.columns)
        and not _referenced(plan, planned.table, constraint)
    )


def _referenced(plan: Plan, table: Table, constraint: TableConstraint) -> bool:
    wanted = set(constraint.columns)
    return any(
        other.kind == "foreign"
        and other.references is not None
        and plan.root(other.references) == table.key
        and set(other.referenced_columns) == wanted
        for near in plan.catalogue.tables.values()
        for other in near.constraints.values()
    )


def keys_of(planned: TablePlan, columns: Iterable[str]) -> str:
    """tenant, lower(email): the keys of an index."""
    return ", ".join(f"lower({identifier(c)})" if folded(planned, c) else identifier(c) for c in columns)


def lower_keys(edits: Edits, planned: TablePlan, keys: Iterable[IndexKey], text: bytes) -> list[str]:
    """Put lower(…) around the folded columns of an index; the changes in words."""
    changes = []
    for key in keys:
        if folded(planned, key.column):
            name = _COLUMN.match(text, key.span.start, key.span.end)
            if name is not None:
                edits.replace(Span(name.start(), name.end()), f"lower({identifier(key.column or '')})")
                changes.append(f"DSQL101 {key.column} by lower(…): it was compared without regard to case")
    return changes
