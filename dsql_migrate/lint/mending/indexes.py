"""Index keys without an order of their own."""

from __future__ import annotations

from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Fix
from dsql_migrate.lint.rewriting import deletion
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import CreateIndex, IndexKey


def sort_order(subject: Subject, context: Context) -> Fix | None:
    """The order goes. Read backwards the index still serves keys that were all descending; a mixed order is lost."""
    key: IndexKey = subject.part
    index: CreateIndex = subject.owner
    if key.order_span is None:
        return None
    lost = key.order == "desc" and any(other.order != "desc" for other in index.keys)
    return Fix("unsafe" if lost else "safe", (deletion(key.order_span, context.text),))
