"""LEFT JOIN LATERAL: a defect of the service that clients meet, and that they must meet here as well.

Where the subquery's output reads a column of the left side, the cluster takes the column of the same number of the
subquery's own table (record: queries/q_lateral_left_outer_ref_cast, and its note). That fails where the types differ.
PostgreSQL folds such a subquery into the outer query, and what has to be computed below the join is computed from the
wrong row; so a subquery that it does not fold (one with LIMIT, say) is inferred to be right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsql_migrate.engine.policy.verdict import Case, Name, Refusal, relation, words
from dsql_migrate.source.parse import Node

# A subquery with one of these is planned by itself (is_simple_subquery in PostgreSQL's planner).
_APART = frozenset({
    "groupClause", "havingClause", "distinctClause", "sortClause", "limitCount", "limitOffset", "lockingClause",
    "withClause", "larg", "valuesLists",
})  # fmt: skip


def judge_join(case: Case, node: Node) -> None:
    """Judge one join. Raises Refusal."""
    inner = node.get("rarg", {}).get("RangeSubselect", {})
    if node.get("jointype") != "JOIN_LEFT" or not inner.get("lateral"):
        return
    select = inner.get("subquery", {}).get("SelectStmt", {})
    own = [item for kind, item in _descend(select.get("fromClause")) if kind == "RangeVar"]
    if not own or _APART & select.keys():
        return
    left = {
        str(item.get("alias", {}).get("aliasname") or item.get("relname")): item
        for kind, item in _descend(node.get("larg"))
        if kind in ("RangeVar", "RangeSubselect", "RangeFunction")
    }
    for kind, item in _descend(select.get("targetList")):
        if kind == "ColumnRef":
            name = words(item.get("fields", ()))
            if len(name) > 1 and name[-2] in left:
                _require_same(case, left[name[-2]], name[-1], relation(own[0]))


def _require_same(case: Case, outer: Node, column: str, own: Name) -> None:
    """Refuse unless the two columns of that number are known to have one type."""
    theirs = case.catalog.columns(relation(outer)) if "relname" in outer else {}
    number = 1
    if column in theirs:
        at = list(theirs).index(column)
        ours = list(case.catalog.columns(own).values())
        if at < len(ours) and ours[at][0] == theirs[column][0]:
            return
        number = at + 1
        if ours and at >= len(ours):
            raise Refusal(f"attribute number {number} exceeds number of columns {len(ours)}", "XX000")
    raise Refusal(f"attribute {number} of type {own[-1]} has wrong type", "42804")


def _descend(tree: Any) -> Iterator[tuple[str, Node]]:
    """Every (kind, node) of a piece of the tree, parents first; not into subqueries, which are planned apart."""
    waiting: list[Any] = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            for key, value in item.items():
                if key == "SubLink":
                    continue
                if isinstance(value, dict) and key[:1].isupper():
                    yield str(key), value
                if isinstance(value, dict | list):
                    waiting.append(value)
