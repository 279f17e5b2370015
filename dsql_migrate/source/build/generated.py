"""How many rows an INSERT … SELECT of generate_series makes, where its text alone says so."""

from __future__ import annotations

from typing import Any

from dsql_migrate.source.build.literals import literal, strings
from dsql_migrate.source.parse import Node

# What makes fewer rows of many, or a number that only the data know.
_FEWER = ("whereClause", "groupClause", "havingClause", "distinctClause", "limitCount", "limitOffset", "larg")
_AGGREGATES = frozenset({
    "array_agg", "avg", "bit_and", "bit_or", "bool_and", "bool_or", "count", "every", "json_agg", "json_object_agg",
    "jsonb_agg", "jsonb_object_agg", "max", "min", "stddev", "string_agg", "sum", "variance", "xmlagg",
})  # fmt: skip


def generated_rows(select: Node) -> int | None:
    """Rows of a SELECT that reads generate_series with literal bounds only; None where the text leaves it open."""
    if any(field in select for field in _FEWER):
        return None
    targets = [t["ResTarget"].get("val", {}) for t in select.get("targetList", ())]
    called = [_name(t["FuncCall"]) for t in targets if "FuncCall" in t]
    if not _AGGREGATES.isdisjoint(called):
        return None
    rows = 1
    for item in select.get("fromClause", ()):
        found = _rows_of(item)
        if found is None:
            return None
        rows *= found
    series = [_series(t["FuncCall"]) for t in targets if "FuncCall" in t and _name(t["FuncCall"]) == "generate_series"]
    if any(found is None for found in series) or not (series or "fromClause" in select):
        return None
    return rows * max((found for found in series if found is not None), default=1)  # several run side by side


def _rows_of(item: Node) -> int | None:
    """Rows of one item of FROM: generate_series, or a cross join of such."""
    if "RangeFunction" in item:
        functions = item["RangeFunction"].get("functions", ())
        if len(functions) != 1:
            return None
        call: Any = functions[0]["List"]["items"][0].get("FuncCall", {})
        return _series(call) if call and _name(call) == "generate_series" else None
    join = item.get("JoinExpr")
    if join is None or "quals" in join or join.get("usingClause") or join.get("isNatural"):
        return None
    left, right = _rows_of(join.get("larg", {})), _rows_of(join.get("rarg", {}))
    return None if left is None or right is None else left * right


def _series(call: Node) -> int | None:
    values = [literal(argument) for argument in call.get("args", ())]
    if len(values) not in (2, 3) or not all(v is not None and v.lstrip("-").isdigit() for v in values):
        return None
    first, last, *rest = (int(v) for v in values if v is not None)
    step = rest[0] if rest else 1
    return max((last - first) // step + 1, 0) if step else None


def _name(call: Node) -> str:
    return strings(call.get("funcname", ()))[-1]
