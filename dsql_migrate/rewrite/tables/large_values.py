"""Columns whose values beyond DSQL's limit go in parts into a table beside: the decision ``large-values``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.rewrite.data.value_parts import in_parts
from dsql_migrate.rewrite.data.values import column as itself
from dsql_migrate.rewrite.forms import Facet
from dsql_migrate.rewrite.forms.choice import Elements
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan, name_of
from dsql_migrate.rewrite.rows.large_values import holds_bytes, large_columns
from dsql_migrate.rewrite.tables.columns import key_columns

_KEY = "large-values"


def choose_large_values(plan: Plan) -> None:
    """Ask for every column that such values were seen in, or that was named, and give it its parts."""
    most = plan.target.limit("value-bytes")
    seen = large_columns(plan.script, most)
    keyed = None
    for key, planned in plan.tables.items():
        for column in planned.columns.values():
            at, id = (key, column.column.name), f"column:{name_of(key, column.column.name)}"
            if not _is_seen(plan, seen, *at) and _KEY not in plan.decisions.objects.get(id, {}):
                continue
            keyed = key_columns(plan) if keyed is None else keyed
            if at not in keyed and _possible(plan, planned, column) and plan.decide(_KEY, id) == "out-of-line":
                _in_parts(plan, planned, column, most)


def _is_seen(plan: Plan, seen: frozenset[tuple[tuple[str, str], str]], key: tuple[str, str], name: str) -> bool:
    return any(plan.root(table) == key and column == name for table, column in seen)


def _possible(plan: Plan, planned: TablePlan, column: ColumnPlan) -> bool:
    """Whether a value may stand elsewhere: its type is one of these, and no other guarantee rests on it."""
    from dsql_migrate.rewrite.tables.element_tables import why_no_table

    choice, name = column.choice, column.column.name
    if holds_bytes(plan.script, planned.table, name) is None or choice.internal not in ("text", "varchar", "bytea"):
        return False
    if choice.facets or choice.blocker or choice.checks or choice.references is not None or choice.folded:
        return False
    named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.I)
    return not any(named.search(text) for text in _resting(plan, planned)) and not why_no_table(plan, planned, column)


def _resting(plan: Plan, planned: TablePlan) -> Iterator[str]:
    """What is computed from a row's values and must hold for them: CHECKs, generated columns, unique indexes."""
    for constraint in planned.table.constraints.values():
        if constraint.fact.expression is not None:
            yield constraint.fact.expression.text
    for column in planned.table.columns.values():
        if column.generated is not None:
            yield column.generated.text
    for index in plan.indexes_on(planned.table.key):
        if index.fact.unique:
            yield from (key.column or (key.expression.text if key.expression else "") for key in index.fact.keys)
            yield index.fact.where.text if index.fact.where is not None else ""


def _in_parts(plan: Plan, planned: TablePlan, column: ColumnPlan, most: int) -> None:
    binary = bool(holds_bytes(plan.script, planned.table, column.column.name))
    part = most // 2 if binary else most // 8  # a character has four bytes at most
    left = (b"\\x" if binary else b"") if column.column.not_null else None
    type = "bytea" if binary else "text"
    elements = Elements(
        Facet("", type, type), in_parts(most, part, binary=binary, left=left), itself, itself, most=most, part=part
    )
    column.choice = replace(column.choice, rule="DSQL711", elements=elements)
