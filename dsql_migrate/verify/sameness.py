"""Whether two expressions say the same, as PostgreSQL prints them: casts, spaces and parentheses aside.

A column's new type brings other casts into the printed text (``(status)::text`` or ``status``), and versions print a
schema or leave it; the operators, functions, columns and constants stay.
"""

from __future__ import annotations

from typing import Any

from dsql_migrate.source.parse import Unparsable, parse_many

_PLACES = frozenset(
    ("location", "stmt_len", "stmt_location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end")
)


def same_expression(one: str, other: str) -> bool:
    """Compare two SQL expressions; where PostgreSQL's grammar cannot read one, their texts decide."""
    if one == other:
        return True
    if not one or not other:
        return False
    try:
        return bool(_bare(_tree(one)) == _bare(_tree(other)))
    except Unparsable:
        return one.split() == other.split()


def _tree(expression: str) -> Any:
    return parse_many(f"SELECT {expression}".encode())


def _bare(node: Any) -> Any:
    """The tree without places, casts and schema names; = ANY (ARRAY[…]) and IN are one."""
    if isinstance(node, list | tuple):
        return [_bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"TypeCast"}:
        return _bare(node["TypeCast"]["arg"])
    if set(node) == {"FuncCall"}:
        call = dict(node["FuncCall"])
        call["funcname"] = call.get("funcname", [])[-1:]
        return {"FuncCall": _fields(call)}
    return _fields(node)


def _fields(node: dict[str, Any]) -> dict[str, Any]:
    return {key: _bare(value) for key, value in node.items() if key not in _PLACES}
