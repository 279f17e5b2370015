"""Values in the parse tree: strings, numbers and constants as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dsql_migrate.source.parse import Node


def text(node: Node) -> str:
    """The value of a String node ("" is left out of the tree)."""
    return str(node.get("String", {}).get("sval", ""))


def strings(nodes: Iterable[Node]) -> list[str]:
    """The values of a list of String nodes."""
    return [str(n["String"].get("sval", "")) if "String" in n else "" for n in nodes]


def number(node: Node) -> int:
    """An Integer or Float node as a whole number (Float holds what exceeds 32 bits)."""
    if "Float" in node:
        return int(node["Float"]["fval"])
    return int(node.get("Integer", {}).get("ival", 0))


def scalar(node: Any) -> str | None:
    """A constant, a bare word or a String node as text; None for anything else, and for NULL."""
    if not isinstance(node, dict):
        return None
    for kind, fields in node.items():
        if kind == "A_Const":
            return _constant(fields)
        if kind == "String":
            return str(fields.get("sval", ""))
        if kind in ("Integer", "Float"):
            return str(number(node))
        if kind == "Boolean":
            return "true" if fields.get("boolval") else "false"
        if kind == "ColumnRef" and len(fields.get("fields", ())) == 1:
            return text(fields["fields"][0])
        if kind == "TypeName":
            return ".".join(strings(fields.get("names", ())))
        if kind == "List":
            return ".".join(s for s in (scalar(n) for n in fields.get("items", ())) if s is not None)
    return None


def literal(node: Any) -> str | None:
    """The value of one literal, casts around it aside; None where it is anything else, NULL included."""
    while isinstance(node, dict) and "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    if isinstance(node, dict) and "A_Const" in node:
        return _constant(node["A_Const"])
    return None


def _constant(fields: Node) -> str | None:
    if fields.get("isnull"):
        return None
    if "ival" in fields:
        return str(fields["ival"].get("ival", 0))
    if "fval" in fields:
        return str(fields["fval"].get("fval", "0"))
    if "sval" in fields:
        return str(fields["sval"].get("sval", ""))
    if "boolval" in fields:
        return "true" if fields["boolval"].get("boolval") else "false"
    if "bsval" in fields:
        return str(fields["bsval"].get("bsval", ""))
    return None


def argument_text(element: Node) -> str:
    """The text of a DefElem's argument."""
    return text(element.get("arg", {}))
