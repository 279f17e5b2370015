"""Queries and expressions: what PostgreSQL takes and DSQL does not, wherever it stands in the tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsql_migrate.engine.policy.verdict import Case, Effect, Refusal, relation, words
from dsql_migrate.source.parse import Node

QUERIES = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"})
_CHANGES = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt"})
# Fields that hold a node without its kind around it: the arms of UNION and its like, the type of a cast.
_BARE = {"larg": "SelectStmt", "rarg": "SelectStmt", "typeName": "TypeName"}
_SYSTEM_SCHEMAS = frozenset({"sys", "pg_catalog", "information_schema", "pg_toast"})


def require_query(case: Case, kind: str, node: Node) -> Effect:
    """Judge a query; returns whether it changes rows (a WITH may hide that). Raises Refusal."""
    effect = Effect.READ
    for inner, _node in walk(kind, node):
        if inner in _CHANGES:
            effect = Effect.DML
    require_expression(case, {kind: node})
    return effect


def require_expression(case: Case, tree: Any) -> None:
    """Judge everything below a piece of the tree. Raises Refusal."""
    for kind, node in descend(tree):
        judge = _JUDGES.get(kind)
        if judge is not None:
            judge(case, node)


def require_own_schema(name: tuple[str, ...]) -> None:
    """Refuse a change in the system's schemas: nobody has the right to. Raises Refusal."""
    if len(name) > 1 and name[0] in _SYSTEM_SCHEMAS:
        raise Refusal(f"permission denied for schema {name[0]}", "42501")


def walk(kind: str, node: Node) -> Iterator[tuple[str, Node]]:
    """A node and every node below it."""
    yield from descend({kind: node})


def descend(tree: Any) -> Iterator[tuple[str, Node]]:
    """Every (kind, node) of a piece of the tree, parents first; without recursion, for hostile depth."""
    waiting: list[Any] = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            for key, value in item.items():
                if isinstance(value, dict) and (key[:1].isupper() or key in _BARE):
                    yield _BARE.get(str(key), str(key)), value
                if isinstance(value, dict | list):
                    waiting.append(value)


def _select(case: Case, node: Node) -> None:
    if "intoClause" in node:
        raise Refusal("unsupported statement: CreateTableAs")  # PostgreSQL turns SELECT INTO into that statement
    for item in node.get("lockingClause", ()):
        _locking(case, node, item["LockingClause"]["strength"])


def _locking(case: Case, select: Node, strength: str) -> None:
    if strength == "LCS_FORKEYSHARE" and case.target.has("for-key-share"):
        return
    if strength != "LCS_FORUPDATE":
        raise Refusal("locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported")
    if not case.target.has("for-update-any-predicate"):
        tables = select.get("fromClause", ())
        if len(tables) != 1 or "RangeVar" not in tables[0] or "whereClause" not in select:
            raise Refusal("FOR UPDATE needs one table and an equality predicate on its key")


def _call(case: Case, node: Node) -> None:
    name = words(node.get("funcname", ()))
    if len(name) > 1 and name[0] != "pg_catalog":
        return
    if name[-1] in case.target.expressions_refused:
        raise Refusal(f"datatype {name[-1]} not supported")
    if name[-1] in case.target.functions_refused:
        refused = case.target.functions[name[-1]]
        raise Refusal(refused.message, refused.sqlstate)
    if name[-1] == "set_config":
        _set_config(case, node)


def _set_config(case: Case, node: Node) -> None:
    """What SET takes, but for the emptied search_path of a dump: AWS's pgdump-proxy has to take that out."""
    constants = [item.get("A_Const", {}).get("sval", {}).get("sval") for item in node.get("args") or [{}]]
    constant = constants[0]
    if constant is None:
        raise Refusal("function set_config not supported")
    emptied = constant.lower() == "search_path" and not (constants[1:] and constants[1])
    if constant.lower() in case.target.settable and not emptied:
        return
    raise Refusal(f'setting configuration parameter "{constant}" not supported')


def _type(case: Case, node: Node) -> None:
    name = words(node.get("names", ()))[-1:]
    if name and name[0] in case.target.expressions_refused:
        raise Refusal(f"datatype {name[0]} not supported")


def _column(_case: Case, node: Node) -> None:
    if words(node.get("fields", ()))[-1:] == ("ctid",):
        raise Refusal('column "ctid" does not exist', "42703")


def _join(_case: Case, node: Node) -> None:
    """A defect of the service (record: queries/q_lateral_left_outer_ref_cast), where outputs read the left side."""
    inner = node.get("rarg", {}).get("RangeSubselect", {})
    if node.get("jointype") != "JOIN_LEFT" or not inner.get("lateral"):
        return
    left = {
        str(item.get("alias", {}).get("aliasname") or item.get("relname"))
        for kind, item in descend(node.get("larg"))
        if kind in ("RangeVar", "RangeSubselect", "RangeFunction")
    }
    select = inner.get("subquery", {}).get("SelectStmt", {})
    for kind, item in descend(select.get("targetList")):
        if kind == "ColumnRef" and words(item.get("fields", ()))[:-1][-1:] in {(name,) for name in left}:
            own = next((i["relname"] for k, i in descend(select.get("fromClause")) if k == "RangeVar"), "record")
            raise Refusal(f"attribute 1 of type {own} has wrong type", "42804")


def _sample(_case: Case, _node: Node) -> None:
    raise Refusal("TABLESAMPLE clause not supported")


def _change(_case: Case, node: Node) -> None:
    require_own_schema(relation(node["relation"]))


def _cursor(_case: Case, node: Node) -> None:
    raise Refusal(f'cursor "{node.get("cursor_name")}" does not exist', "34000")  # none can be declared


_JUDGES = {
    "SelectStmt": _select,
    "FuncCall": _call,
    "RangeTableSample": _sample,
    "TypeName": _type,
    "ColumnRef": _column,
    "JoinExpr": _join,
    "InsertStmt": _change,
    "UpdateStmt": _change,
    "DeleteStmt": _change,
    "CurrentOfExpr": _cursor,
}
