"""Indexes of a partitioned table that is a view: each of its partitions has one."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.schema.model import Index, Key
from dsql_migrate.schema.naming import choose, columns_part, distinct
from dsql_migrate.source.facts import CreateIndex


def index_of_view(
    plan: Plan, index: Index, one: Callable[[Index], None], shape: Callable[[CreateIndex], object]
) -> None:
    """Enter an index of the parent. ``one`` plans an index of a table; ``shape`` tells indexes that are alike."""
    worst = None
    for leaf in plan.views[index.table]:
        own = _own(plan, index, leaf, shape)
        made = own if own is not None else _made(plan, index, leaf)
        one(made)
        entry = plan.ledger.get(f"index:{dotted(made.key)}")
        if own is None and entry is not None:
            del plan.ledger.entries[entry.id]  # the source does not name it: the parent's entry speaks for it
            plan.extra.add(f"index:{dotted(plan.place(made.key))}")
        if entry is not None and (worst is None or entry.disposition not in ("kept", "rewritten")):
            worst = entry
    name, line = dotted(index.key), index.place.line
    if worst is None or worst.disposition in ("kept", "rewritten"):
        plan.note(
            "index", name, line, "rewritten", "each partition has it", rule="DSQL104", into=("post-data.sql",)
        )
    else:
        plan.note("index", name, line, worst.disposition, f"of each partition: {worst.reason}", rule=worst.rule)


def _own(plan: Plan, index: Index, leaf: Key, shape: Callable[[CreateIndex], object]) -> Index | None:
    """The partition's index that is part of the parent's, or says the same."""
    own = plan.catalogue.indexes_of(leaf)
    attached = next((i for i in own if i.parent == index.key), None)
    return attached or next((i for i in own if shape(i.fact) == shape(index.fact)), None)


def _made(plan: Plan, index: Index, leaf: Key) -> Index:
    """The index that PostgreSQL makes of its own on a partition, under the name that it gives it."""
    called = distinct([*(key.called or "expr" for key in index.fact.keys), *index.fact.include])

    def taken(name: str) -> bool:
        return plan.catalogue.is_relation(leaf[0], name) or f"index:{dotted(plan.place((leaf[0], name)))}" in plan.extra

    name = choose(leaf[1], columns_part(called), "idx", taken)
    return Index((leaf[0], name), leaf, index.fact, index.place, parent=index.key, columns=index.columns)

