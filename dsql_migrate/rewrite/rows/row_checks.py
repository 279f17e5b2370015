"""What the rows of a table are held against before they are loaded: DSQL's limits for keys, numbers and lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dsql_migrate.rewrite.data.row_limits import Check, KeyLimit, fits_length, fits_numeric, keeps_digits
from dsql_migrate.rewrite.data.split import Split
from dsql_migrate.rewrite.forms import TypeChoice
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan, dotted
from dsql_migrate.rewrite.tables.facets import sorting_facets

KEY, NUMBER, ROUNDED, LENGTH = "DSQL725", "DSQL726", "DSQL727", "DSQL728"

_CHARACTER = 4  # bytes of one in UTF-8, at most
_NUMERIC = re.compile(r"numeric\((\d+)(?:,\s*(-?\d+))?\)\Z")
_TEXT = re.compile(r"(?:character varying|varchar|character|char|bpchar)\((\d+)\)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """A check of the values of one source column, with the rule that it is about."""

    column: str
    rule: str
    check: Check


def key_limits(plan: Plan, planned: TablePlan, written: Sequence[str]) -> tuple[KeyLimit, ...]:
    """The keys and indexes of a table that its values can make too large. ``written``: the target's columns in a row.

    Limits ``key-bytes`` and ``key-column-bytes``: each column but the first takes its own bytes of the budget, and an
    index that is not the primary key carries the primary key's columns. A partial index is left out: which rows it
    holds only the server can say. Expressions count as nothing.
    """
    types = dict(_types(plan, planned))
    place = {name: i for i, name in enumerate(written)}
    primary = planned.table.primary_key
    carried = primary.columns if primary is not None and _kept(plan, _id(planned, primary.name)) else ()
    found = []
    for name, columns in _keys(plan, planned):
        whole = list(dict.fromkeys((*columns, *carried)))
        limit = _limit(plan, name, [(place.get(c), types.get(c)) for c in whole])
        if limit is not None:
            found.append(limit)
    return tuple(found)


def _keys(plan: Plan, planned: TablePlan) -> Iterator[tuple[str, tuple[str, ...]]]:
    for constraint in planned.table.unique_keys():
        if _kept(plan, _id(planned, constraint.name)):
            kind = "primary key" if constraint.kind == "primary" else "key"
            yield f"the {kind} {constraint.name}", constraint.columns
    for index in plan.indexes_on(planned.table.key):
        if index.fact.where is None and _kept(plan, f"index:{dotted(index.key)}"):
            named = [k.column for k in index.fact.keys if k.column is not None]
            columns = (sorting_facets(planned, name) or (name,) for name in named)
            yield f"the index {index.key[1]}", tuple(column for found in columns for column in found)


def _id(planned: TablePlan, name: str) -> str:
    return f"constraint:{dotted(planned.table.key)}.{name}"


def _kept(plan: Plan, id: str) -> bool:
    entry = plan.ledger.get(id)
    return entry is not None and entry.disposition in ("kept", "rewritten")


def _types(plan: Plan, planned: TablePlan) -> Iterator[tuple[str, tuple[str, int | None]]]:
    """Each column of the target: its base type by PostgreSQL's internal name, and its length in characters."""
    for column in [*planned.columns.values(), *(c for c, _ in planned.extra)]:
        choice, name = column.choice, column.column.name
        for own_name, facet in zip(column.facets, choice.facets, strict=True):
            yield own_name, (facet.internal, _length(facet.sql))
        if not choice.facets:
            modifiers = plan.catalogue.resolve_type(column.column.type).base.modifiers
            own = int(modifiers[0]) if choice.sql is None and modifiers[:1] and modifiers[0].isdigit() else None
            yield name, (choice.internal, own if choice.sql is None else _length(choice.sql))


def _length(sql: str) -> int | None:
    found = _TEXT.fullmatch(sql)
    return int(found[1]) if found is not None else None


def _limit(
    plan: Plan, name: str, columns: Sequence[tuple[int | None, tuple[str, int | None] | None]]
) -> KeyLimit | None:
    """None where no value can make the key too large."""
    most = plan.target.limit("key-bytes") - plan.target.limit("key-column-bytes") * max(0, len(columns) - 1)
    fixed = widest = 0
    texts: list[int] = []
    numbers: list[int] = []
    unbound = False
    for place, known in columns:
        type, length = known or ("", None)
        of_target = plan.target.types.get(type)
        if of_target is None or place is None:
            continue
        if of_target.bytes is not None:
            fixed += of_target.bytes
        elif type == "numeric":
            numbers.append(place)
            unbound = True
        else:
            texts.append(place)
            widest += (length or 0) * _CHARACTER
            unbound = unbound or length is None or type not in ("varchar", "bpchar")
    if not unbound and fixed + widest <= most:
        return None
    return KeyLimit(name, most, fixed, tuple(texts), tuple(numbers)) if texts or numbers else None


def column_checks(plan: Plan, columns: Mapping[str, ColumnPlan], table: tuple[str, str]) -> list[ColumnCheck]:
    """The checks of a source table's columns, only where a value may fail them.

    A bare numeric was read before its type was chosen: it is looked at again only where something does not fit.
    """
    found = []
    for name, column in columns.items():
        choice = column.choice
        if choice.split is not None:
            found += _of_facets(name, choice, choice.split)
            continue
        sql = choice.sql or ""
        numeric, text = _NUMERIC.fullmatch(sql), _TEXT.fullmatch(sql)
        if numeric is not None:
            precision, scale = int(numeric[1]), int(numeric[2] or 0)
            use = plan.numeric.get((table, name))
            source = plan.catalogue.resolve_type(column.column.type).base
            if source.name != "numeric" or (use is None and not source.modifiers):
                continue
            if use is None or use.infinite or use.integer_digits > precision - scale:
                found.append(ColumnCheck(name, NUMBER, fits_numeric(precision, scale)))
            if use is None or use.scale > scale:
                found.append(ColumnCheck(name, ROUNDED, keeps_digits(scale)))
        elif text is not None and choice.conversion is not None:
            found.append(ColumnCheck(name, LENGTH, fits_length(int(text[1]), choice.conversion.convert)))
    return found


def _of_facets(name: str, choice: TypeChoice, split: Split) -> list[ColumnCheck]:
    """The checks of what a value falls into: numbers that DSQL would refuse, or round."""
    found = []
    for i, facet in enumerate(choice.facets):
        numeric = _NUMERIC.fullmatch(facet.sql)
        if numeric is not None:
            precision, scale = int(numeric[1]), int(numeric[2] or 0)
            found.append(ColumnCheck(name, NUMBER, _of_part(split, i, fits_numeric(precision, scale))))
            found.append(ColumnCheck(name, ROUNDED, _of_part(split, i, keeps_digits(scale))))
    return found


def _of_part(split: Split, i: int, check: Check) -> Check:
    def checked(value: bytes) -> str | None:
        try:
            own = split.of_literal(value)[i]
        except ValueError:
            return None  # taking the value apart says so
        return None if own is None else check(own)

    return checked
