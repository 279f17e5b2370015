"""Advice: an index that another one, or a key, covers."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.schema import Catalogue
from dsql_migrate.schema.covering import Signature, covers, signature
from dsql_migrate.source.facts import CreateIndex


@check
def covered_index(subject: Subject, context: Context) -> Iterator[Match]:
    """A btree index that is covered when the script ends; of two that are alike the later one is told."""
    fact = subject.owner
    if not isinstance(fact, CreateIndex) or fact.method != "btree" or context.schema.table(fact.table) is None:
        return

    def is_needed_or_gone(catalogue: Catalogue) -> bool:
        index = next((i for i in catalogue.indexes.values() if i.fact is fact), None)
        table = catalogue.tables.get(index.table) if index is not None else None
        if index is None or table is None:
            return True
        own = signature(fact)
        for key in table.unique_keys():
            held = Signature(key.columns, frozenset(key.fact.include), None, True, not key.fact.nulls_not_distinct)
            if covers(held, own, whole=key.kind == "primary"):
                return False
        others = catalogue.indexes_of(table.key)
        for number, other in enumerate(others):
            if other is index or other.fact.method != "btree":
                continue
            held, first = signature(other.fact), number < others.index(index)
            if covers(held, own, whole=False) and (first or not covers(own, held, whole=False)):
                return False
        return True

    yield Match(fact.name_span or fact.index_keyword_span, {"table": str(fact.table)}, unless=is_needed_or_gone)
