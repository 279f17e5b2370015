"""Exclusion constraints: what they say, over the columns that the table has on the target."""

from __future__ import annotations

import re

from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.forms.ranges import ends_of
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.schema.model import TableConstraint
from dsql_migrate.source.facts import NOWHERE, Expression
from dsql_migrate.stubs.obligations import Exclusion

# Types of one text for each value, in every language and driver.
_SAME_TEXT = frozenset({"int2", "int4", "int8", "text", "varchar", "uuid"})
_NAME = re.compile(r'\s*(?:([a-z_][\w$]*)|"((?:[^"]|"")+)")\s*\Z', re.I)
_RANGES = frozenset({"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"})


class NotWritable(Exception):
    """Why there is no code for an exclusion constraint."""


def exclusions(plan: Plan) -> tuple[tuple[Exclusion, ...], dict[str, str]]:
    """EXCLUDE, and WITHOUT OVERLAPS keys, which are the same: equal in all columns but the last, which overlaps.

    The second value says by ledger id why there is no code for one.
    """
    found, reasons = [], {}
    for planned in plan.tables.values():
        for constraint in planned.table.constraints.values():
            id = f"constraint:{dotted(planned.table.key)}.{constraint.name}"
            entry = plan.ledger.get(id)
            owed = constraint.kind == "exclude" or constraint.fact.without_overlaps
            if not owed or entry is None or entry.disposition != "application":
                continue
            try:
                found.append(_exclusion(plan, planned, constraint, id))
            except NotWritable as reason:
                reasons[id] = str(reason)
    return tuple(found), reasons


def _exclusion(plan: Plan, planned: TablePlan, constraint: TableConstraint, id: str) -> Exclusion:
    fact = constraint.fact
    if constraint.kind == "exclude":
        pairs = list(zip(fact.excluding, (operator for _, operator in fact.operators), strict=True))
    else:
        last = constraint.columns[-1]
        pairs = [(identifier(name), "&&" if name == last else "=") for name in constraint.columns]
    primary = planned.table.primary_key
    if primary is None or not plan.carried(f"constraint:{dotted(planned.table.key)}.{primary.name}"):
        raise NotWritable("the table has no primary key by which a row could be looked at again")
    held = [name for text, operator in pairs if operator == "=" and (name := _held(planned, text)) is not None]
    where = fact.excluding_where
    said = ", ".join(f"{text} WITH {operator}" for text, operator in pairs)
    texts = [*(text for text, _ in pairs), where or ""]
    return Exclusion(
        id=id,
        name=constraint.name,
        line=constraint.place.line,
        table=plan.place(planned.table.key),
        elements=tuple((_element(plan, planned, text, operator), operator) for text, operator in pairs),
        where=_followed(plan, planned, where) if where else None,
        initially_deferred=fact.initially_deferred,
        said=f"{said} WHERE ({where})" if where else said,
        reads=_reads(planned, texts),
        held=tuple(held),
    )


def _element(plan: Plan, planned: TablePlan, text: str, operator: str) -> str:
    """One side of a comparison on the target."""
    column = _column(planned, text)
    if column is None:
        return _followed(plan, planned, text)
    if column.facets:
        return _range(plan, column, operator)
    if column.choice.sql is not None and operator != "=":
        raise NotWritable(
            f"column {column.column.name} has another type on the target, and {operator} is not said of it"
        )
    return identifier(column.column.name)


def _range(plan: Plan, column: ColumnPlan, operator: str) -> str:
    """A range whose ends and bounds are columns now, put together again. An empty one overlaps none, as NULL does."""
    base = plan.catalogue.resolve_type(column.column.type).base
    if ends_of(plan.catalogue, base) is None or base.name not in _RANGES or len(column.facets) != 3 or operator != "&&":
        raise NotWritable(f"column {column.column.name} is several columns now, and {operator} is not said of those")
    lower, upper, bounds = (identifier(name) for name in column.facets)
    kinds = "('[)', '[]', '(]', '()')"
    return f"CASE WHEN {bounds} IN {kinds} THEN {base.name}({lower}, {upper}, {bounds}) END"


def _followed(plan: Plan, planned: TablePlan, text: str) -> str:
    followed = follow_expression(plan, planned, Expression(NOWHERE, text))
    if followed.why is not None:
        raise NotWritable(followed.why)
    return followed.of(text)


def _column(planned: TablePlan, text: str) -> ColumnPlan | None:
    """The column that the text is the name of."""
    found = _NAME.match(text)
    if found is None:
        return None
    return planned.columns.get(found[1].lower() if found[1] else found[2].replace('""', '"'))


def _held(planned: TablePlan, text: str) -> str | None:
    column = _column(planned, text)
    fits = column is not None and not column.facets and column.choice.internal in _SAME_TEXT
    return column.column.name if column is not None and fits else None


def _reads(planned: TablePlan, texts: list[str]) -> tuple[str, ...]:
    """The columns whose names stand in the texts: rather one too many than one too few."""
    low = [text.lower() for text in texts]
    found = [name for name in planned.columns if any(name.replace('"', '""').lower() in text for text in low)]
    return tuple(part for name in found for part in planned.columns[name].names)
