"""Functions of numbers, and aggregates: https://dev.mysql.com/doc/refman/8.0/en/numeric-functions.html."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dsql_migrate.inputs.mysql.meaning.kinds import (
    COUNT,
    FLOAT,
    INTEGER,
    OTHER,
    Function,
    Kind,
    Told,
    Untranslatable,
    Value,
    call,
    cast,
    numbered,
    wrapped,
)
from dsql_migrate.inputs.mysql.meaning.operators import remainder


def _real(value: Value) -> Value:
    inner = numbered(value)
    return inner if inner.kind.name == "float" else cast(inner, "DOUBLE PRECISION", FLOAT)


def _of_real(name: str, least: str | None = None) -> Function:
    """A function that MySQL counts in floating point; NULL where its argument is not as ``least`` says."""

    def said(arguments: Sequence[Value], told: Told) -> Value:
        inner = [_real(a) for a in arguments]
        made = call(name, FLOAT, *inner)
        if least is None:
            return made
        return Value(f"CASE WHEN {wrapped(inner[-1], OTHER)} {least} THEN {made.sql} END", FLOAT)

    return said


def _log(base: int) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        inner = _real(arguments[0])
        exact = f"LOG({base}, CAST({inner.sql} AS NUMERIC))"
        made = f"LOG({inner.sql})" if base == 10 else f"CAST({exact} AS DOUBLE PRECISION)"
        return Value(f"CASE WHEN {wrapped(inner, OTHER)} > 0 THEN {made} END", FLOAT)

    return said


def _absolute(arguments: Sequence[Value], told: Told) -> Value:
    inner = numbered(arguments[0])
    return call("ABS", replace(inner.kind, positive=True), inner)


def _sign(arguments: Sequence[Value], told: Told) -> Value:
    return cast(call("SIGN", INTEGER, numbered(arguments[0])), "INTEGER", replace(INTEGER, small=True))


def _whole(name: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        inner = numbered(arguments[0])
        if inner.kind.name == "integer":
            return inner
        made = call(name, replace(inner.kind, scale=0, long=False), inner)
        if inner.kind.name != "decimal":
            return made
        return cast(made, "BIGINT", Kind("integer", positive=inner.kind.positive))

    return said


def _rounded(name: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        inner = numbered(arguments[0])
        digits = arguments[1].constant if len(arguments) > 1 else 0
        kind = inner.kind.name
        if not isinstance(digits, int) or digits < 0 or kind not in ("integer", "decimal", "float"):
            raise Untranslatable(f"{name}() to digits that are no literal, or of a number whose type is not known")
        if kind == "integer":
            return inner
        if kind == "float":
            if digits or name != "ROUND":
                raise Untranslatable(f"{name}() of a float to digits: PostgreSQL has none")
            return call(name, inner.kind, inner)
        most = digits if inner.kind.scale is None else min(digits, inner.kind.scale)
        made = Value(f"{name}({inner.sql}, {most})", replace(inner.kind, scale=most, long=False))
        return made if digits else cast(made, "BIGINT", Kind("integer", positive=inner.kind.positive))

    return said


def _mod(arguments: Sequence[Value], told: Told) -> Value:
    return remainder(arguments[0], arguments[1])


def _random(arguments: Sequence[Value], told: Told) -> Value:
    told.changing = told.changing or "RAND"
    return Value("RANDOM()", FLOAT, nullable=False)


def _count(arguments: Sequence[Value], told: Told) -> Value:
    return call("COUNT", COUNT, *arguments)


def _sum(arguments: Sequence[Value], told: Told) -> Value:
    inner = numbered(arguments[0])
    return call("SUM", replace(inner.kind, small=False), inner)


def _average(arguments: Sequence[Value], told: Told) -> Value:
    inner = numbered(arguments[0])
    if inner.kind.name == "float":
        return call("AVG", FLOAT, inner)
    scale = 0 if inner.kind.name == "integer" else inner.kind.scale
    if scale is None or inner.kind.name not in ("integer", "decimal"):
        raise Untranslatable("AVG() of a number whose type is not known")
    return call("AVG", Kind("decimal", scale=scale + 4, long=True, positive=inner.kind.positive), inner)


def _extreme(name: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        value = arguments[0]
        if value.kind.name in ("enum", "json", "bits", "geometry", "bytes"):
            raise Untranslatable(f"{name}() of an enum, of bytes or JSON")
        if value.kind.loose:
            raise Untranslatable(f"{name}() of texts whose collation does not look at case")
        inner = numbered(value) if value.kind.name == "boolean" else value
        return call(name, inner.kind, inner)

    return said


def _spread(name: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        return call(name, FLOAT, _real(arguments[0]))

    return said


def _ranked(name: str) -> Function:
    return lambda arguments, told: call(name.upper(), COUNT, *arguments)


AGGREGATES: dict[str, tuple[Function, int, int]] = {
    "count": (_count, 1, 1),
    "sum": (_sum, 1, 1),
    "avg": (_average, 1, 1),
    "min": (_extreme("MIN"), 1, 1),
    "max": (_extreme("MAX"), 1, 1),
    **{name: (_spread("STDDEV_POP"), 1, 1) for name in ("std", "stddev", "stddev_pop")},
    "stddev_samp": (_spread("STDDEV_SAMP"), 1, 1),
    **{name: (_spread("VAR_POP"), 1, 1) for name in ("variance", "var_pop")},
    "var_samp": (_spread("VAR_SAMP"), 1, 1),
    **{name: (_ranked(name), 0, 0) for name in ("row_number", "rank", "dense_rank")},
}
FUNCTIONS: dict[str, tuple[Function, int, int]] = {
    "abs": (_absolute, 1, 1),
    "sign": (_sign, 1, 1),
    "floor": (_whole("FLOOR"), 1, 1),
    **{name: (_whole("CEIL"), 1, 1) for name in ("ceil", "ceiling")},
    "round": (_rounded("ROUND"), 1, 2),
    "truncate": (_rounded("TRUNC"), 2, 2),
    "mod": (_mod, 2, 2),
    **{name: (_of_real("POWER"), 2, 2) for name in ("pow", "power")},
    "sqrt": (_of_real("SQRT", ">= 0"), 1, 1),
    "exp": (_of_real("EXP"), 1, 1),
    "ln": (_of_real("LN", "> 0"), 1, 1),
    "log": (_of_real("LN", "> 0"), 1, 1),
    "log10": (_log(10), 1, 1),
    "log2": (_log(2), 1, 1),
    **{name: (_of_real(name.upper()), 1, 1) for name in ("sin", "cos", "tan", "cot", "atan", "degrees", "radians")},
    "atan2": (_of_real("ATAN2"), 2, 2),
    "pi": (lambda arguments, told: Value("PI()", FLOAT, nullable=False), 0, 0),
    "rand": (_random, 0, 0),
}
