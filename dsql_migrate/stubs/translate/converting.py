"""Values as PL/pgSQL assigns them to a variable of another type."""

from __future__ import annotations

from dsql_migrate.stubs.code.values import Asked, Choice, Constant, Kind, Query, Value
from dsql_migrate.stubs.translate.binding import joined, kind_of_value, sql_literal
from dsql_migrate.stubs.translate.kinds import BIGINT, LITERAL, UNKNOWN, length, same

_TRUTHS = {"t": True, "true": True, "yes": True, "on": True, "1": True, "f": False, "false": False, "no": False,
           "off": False, "0": False}  # fmt: skip


def converted(value: Value, target: Kind) -> Value:
    """A value as PL/pgSQL assigns it to a variable of a kind."""
    kind = kind_of_value(value)
    if target == UNKNOWN or target.family == "record" or kind.family == "record":
        return value
    if isinstance(value, Constant) and value.value is None:
        return Constant(None, target)
    if isinstance(value, Constant):
        known = _constant(value, kind, target)
        if known is not None:
            return known
    if same(kind, target) or (kind.family == target.family == "text") or (kind == UNKNOWN and not target.sql):
        return value
    if isinstance(value, Choice):
        return Choice(tuple((c, converted(v, target)) for c, v in value.branches), converted(value.otherwise, target))
    if isinstance(value, Asked):
        (head, *rest) = value.query.pieces
        body = [head.removeprefix("SELECT ") if isinstance(head, str) else head, *rest]
        return Asked(Query(joined(["SELECT CAST((", *body, f") AS {target.sql})"])), target)
    shown = [sql_literal(value)] if isinstance(value, Constant) else bound(value)
    return Asked(Query(joined(["SELECT CAST(", *shown, f" AS {target.sql})"])), target)


def bound(value: Value) -> list[str | Value]:
    """A value inside a query, cast to its type."""
    kind = kind_of_value(value)
    return ["CAST(", value, f" AS {kind.sql})"] if kind.sql and kind.family != "record" else [value]


def _constant(value: Constant, kind: Kind, target: Kind) -> Constant | None:
    """A constant as another one of the kind that is wanted; None where the database has to convert it."""
    text, number = str(value.value), isinstance(value.value, int) and not isinstance(value.value, bool)
    limit = length(target)
    if target.family == "text" and (limit is None or len(text) <= limit) and not isinstance(value.value, bool):
        return Constant(text, target)
    if kind == LITERAL and target.family == "integer" and text.strip().lstrip("-").isdigit():
        return _constant(Constant(int(text), BIGINT), BIGINT, target)
    if number and target.family == "integer" and -(2 ** (target.bits - 1)) <= int(text) < 2 ** (target.bits - 1):
        return Constant(int(text), target)
    if kind.family in ("integer", "numeric") and target.sql in ("numeric", "decimal"):
        return Constant(text, target)
    if target.family == "boolean" and kind == LITERAL and (truth := _TRUTHS.get(text.strip().lower())) is not None:
        return Constant(truth, target)
    return None
