"""The engine's own schema: a client that names it gets the answer it would get if it were not there.

What guards it are its privileges; this keeps clients from meeting what DSQL does not have.
"""

from __future__ import annotations

import re
from typing import Any

from dsql_migrate.engine.policy.verdict import Refusal
from dsql_migrate.source.parse import Node

SCHEMA = "pg_dsql"
_PERHAPS = (SCHEMA.encode(), b"u&", b"\\")  # as it stands, or behind an escape
_NAMED = re.compile(rf'(?:^|[\s,"]){SCHEMA}(?:$|[\s,".(])')  # in a string that is read as a name, or as a list of names


def require_not_hidden(text: bytes, tree: Node) -> None:
    """Refuse a statement with the schema's name where a name can stand. Raises Refusal."""
    lower = text.lower()
    if not any(sign in lower for sign in _PERHAPS):
        return
    waiting: list[Any] = [tree]
    for item in waiting:
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            for key, value in item.items():
                if _names(key, value):
                    raise Refusal(f'schema "{SCHEMA}" does not exist', "3F000")
            waiting += item.values()


def _names(key: str, value: Any) -> bool:
    if key in ("schemaname", "newschema", "subname", "catalogname"):
        return bool(value == SCHEMA)
    if not isinstance(value, dict):
        return False
    if key == "String":
        return bool(value.get("sval") == SCHEMA)
    if key == "TypeCast":
        return _in_string(value.get("arg"))
    if key in ("FuncCall", "funccall", "VariableSetStmt", "setstmt"):
        return any(map(_in_string, value.get("args", ())))
    return False


def _in_string(item: Any) -> bool:
    constant = item.get("A_Const", {}).get("sval") if isinstance(item, dict) else None
    return constant is not None and _NAMED.search(str(constant.get("sval", ""))) is not None
