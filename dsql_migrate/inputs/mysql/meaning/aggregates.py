"""What aggregates and windows say of their own: DISTINCT, ORDER BY, OVER."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from sqlglot import exp

from dsql_migrate.inputs.mysql.meaning import operators
from dsql_migrate.inputs.mysql.meaning.kinds import Told, Untranslatable, Value, shown, string, texted


class Walker(Protocol):
    """What goes through the tree: see walk.py."""

    told: Told

    def value(self, node: Any) -> Value:
        """The value of a tree."""

    def values(self, nodes: list[Any]) -> list[Value]:
        """The values of trees."""

    def called(self, name: str, arguments: list[Value]) -> Value:
        """A function of MySQL."""


def order_of(walker: Walker, nodes: list[Any]) -> str:
    """ORDER BY: MySQL has NULL before all values."""
    parts = []
    for each in nodes:
        last = " DESC NULLS LAST" if each.args.get("desc") else " NULLS FIRST"
        parts.append(f"{shown(walker.value(each.this)).sql}{last}")
    return f"ORDER BY {', '.join(parts)}"


def distinct(walker: Walker, name: str, node: exp.Distinct) -> Value:
    """An aggregate of values that differ. Raises Untranslatable."""
    values = walker.values(node.expressions)
    if len(values) != 1:
        raise Untranslatable(f"{name.upper()}(DISTINCT …) of several values")
    if values[0].kind.loose:
        values[0] = operators.folded(values[0], walker.told)
    made = walker.called(name, values)
    return replace(made, sql=made.sql.replace("(", "(DISTINCT ", 1))


def grouped(walker: Walker, node: exp.GroupConcat) -> Value:
    """GROUP_CONCAT; its length, which a setting of MySQL ends at 1,024 bytes, has no end here."""
    inner, order, distinct = node.this, "", ""
    by: list[str] = []
    if isinstance(inner, exp.Order):
        order, by = f" {order_of(walker, inner.expressions)}", [walker.value(o.this).sql for o in inner.expressions]
        inner = inner.this
    if isinstance(inner, exp.Distinct):
        if len(inner.expressions) != 1:
            raise Untranslatable("GROUP_CONCAT(DISTINCT …) of several values")
        distinct, inner = "DISTINCT ", inner.expressions[0]
    text = texted(walker.value(inner), walker.told)
    if distinct and by and by != [text.sql]:
        raise Untranslatable("GROUP_CONCAT(DISTINCT …) in an order of something else")
    separator = node.args.get("separator")
    mark = walker.value(separator) if separator is not None else string(",")
    return Value(f"STRING_AGG({distinct}{text.sql}, {mark.sql}{order})", text.kind)


def window(walker: Walker, node: exp.Window) -> Value:
    """OVER without a frame. Raises Untranslatable."""
    made = walker.value(node.this)
    if node.args.get("spec") or node.args.get("alias") or not isinstance(node.this, exp.Anonymous):
        raise Untranslatable("a window with a frame or a name")
    by = [walker.value(each).sql for each in node.args.get("partition_by") or []]
    parts = [f"PARTITION BY {', '.join(by)}"] if by else []
    order = node.args.get("order")
    if order is not None:
        parts.append(order_of(walker, order.expressions))
    return Value(f"{made.sql} OVER ({' '.join(parts)})", made.kind)
