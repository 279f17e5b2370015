"""Functions that choose a value, and those that look for one in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dsql_migrate.inputs.mysql.meaning.kinds import (
    BOOLEAN,
    COUNT,
    IS,
    OTHER,
    Function,
    Told,
    Untranslatable,
    Value,
    condition,
    number,
    numbered,
    one_kind,
    wrapped,
)
from dsql_migrate.inputs.mysql.meaning.operators import compared


def cases(pairs: Sequence[tuple[Value, Value]], otherwise: Value | None, told: Told) -> Value:
    """CASE WHEN. Raises Untranslatable."""
    every = [value for _, value in pairs] + ([otherwise] if otherwise is not None else [])
    values, kind = one_kind(every, told)
    parts = [f"WHEN {condition(when).sql} THEN {value.sql}" for (when, _), value in zip(pairs, values, strict=False)]
    behind = f" ELSE {values[-1].sql}" if otherwise is not None else ""
    return Value(f"CASE {' '.join(parts)}{behind} END", kind)


def _if(arguments: Sequence[Value], told: Told) -> Value:
    return cases([(arguments[0], arguments[1])], arguments[2], told)


def _coalesce(arguments: Sequence[Value], told: Told) -> Value:
    values, kind = one_kind(arguments, told)
    nullable = all(v.nullable for v in arguments)
    return Value(f"COALESCE({', '.join(v.sql for v in values)})", kind, nullable=nullable)


def _nullif(arguments: Sequence[Value], told: Told) -> Value:
    value = numbered(arguments[0]) if arguments[0].kind.name == "boolean" else arguments[0]
    equal = compared("=", value, arguments[1], told)
    if equal.sql == f"{wrapped(value, OTHER)} = {wrapped(arguments[1], OTHER)}":
        return Value(f"NULLIF({value.sql}, {arguments[1].sql})", value.kind)
    return Value(f"CASE WHEN {equal.sql} THEN NULL ELSE {value.sql} END", value.kind)


def _isnull(arguments: Sequence[Value], told: Told) -> Value:
    return Value(f"{wrapped(arguments[0], OTHER)} IS NULL", BOOLEAN, IS)


def _extreme(name: str) -> Function:
    """GREATEST, LEAST: NULL where an argument is; PostgreSQL leaves NULLs out."""

    def said(arguments: Sequence[Value], told: Told) -> Value:
        values, kind = one_kind(arguments, told)
        if not (kind.number or kind.time):
            raise Untranslatable(f"{name}() of other than numbers and times")
        made = f"{name}({', '.join(v.sql for v in values)})"
        empty = " OR ".join(f"{wrapped(v, OTHER)} IS NULL" for v in values if v.nullable)
        return Value(f"CASE WHEN NOT ({empty}) THEN {made} END" if empty else made, kind, nullable=bool(empty))

    return said


def _field(arguments: Sequence[Value], told: Told) -> Value:
    first, rest = arguments[0], arguments[1:]
    if any(a.kind.number for a in arguments) and any(not a.kind.number for a in arguments):
        raise Untranslatable("FIELD() of numbers and texts together")
    found = [(compared("=", first, each, told), number(n)) for n, each in enumerate(rest, 1)]
    return replace(cases(found, number(0), told), kind=COUNT)


def _elt(arguments: Sequence[Value], told: Told) -> Value:
    which = numbered(arguments[0])
    if which.kind.name != "integer":
        raise Untranslatable("ELT() whose number is no integer")
    found = [(Value(f"{wrapped(which, OTHER)} = {n}", BOOLEAN), v) for n, v in enumerate(arguments[1:], 1)]
    return cases(found, None, told)


FUNCTIONS: dict[str, tuple[Function, int, int]] = {
    "if": (_if, 3, 3),
    "ifnull": (_coalesce, 2, 2),
    "coalesce": (_coalesce, 1, 999),
    "nullif": (_nullif, 2, 2),
    "isnull": (_isnull, 1, 1),
    "greatest": (_extreme("GREATEST"), 2, 999),
    "least": (_extreme("LEAST"), 2, 999),
    "field": (_field, 2, 999),
    "elt": (_elt, 2, 999),
}
