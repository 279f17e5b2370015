"""Queries and expressions: what PostgreSQL takes and DSQL does not, wherever it stands in the tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dsql_migrate.engine.policy import calls
from dsql_migrate.engine.policy.lateral import judge_join
from dsql_migrate.engine.policy.verdict import Case, Effect, Name, Refusal, Splice, Taken, relation, words
from dsql_migrate.source.parse import Node, tokens

QUERIES = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"})
_SYSTEM_SCHEMAS = frozenset({"sys", "pg_catalog", "information_schema", "pg_toast"})
# The collations of DSQL (migration guide: C only); the others are PostgreSQL's names for the same order.
_COLLATIONS = frozenset({"default", "C", "POSIX", "ucs_basic"})


@dataclass(slots=True)
class Query:
    """What a query does: the tables whose rows it changes, those whose rows it locks, as the statement names them."""

    tables: list[Name] = field(default_factory=list)
    locks: list[Name] = field(default_factory=list)
    waits: bool = False  # it says NOWAIT or SKIP LOCKED
    changes: list[Splice] = field(default_factory=list)

    @property
    def effect(self) -> Effect:
        """Whether it changes rows (a WITH may hide that)."""
        return Effect.DML if self.tables else Effect.READ


def require_query(case: Case, kind: str, node: Node) -> Query:
    """Judge a query and everything in it. Raises Refusal."""
    found = Query()
    _walk(case, {kind: node}, found)
    _require_unchanged(found)
    return found


def take_query(case: Case, kind: str, node: Node) -> Taken:
    """Judge a query that is the statement. Raises Refusal."""
    found = Query()
    _walk(case, {kind: node}, found)
    return Taken(found.effect, found.changes + patient(case, found), tables=found.tables, locks=found.locks)


def require_expression(case: Case, tree: Any) -> None:
    """Judge everything below a piece of the tree (None: there is none). Raises Refusal."""
    if tree:
        found = Query()
        _walk(case, {"items": tree}, found)
        _require_unchanged(found)


def _require_unchanged(found: Query) -> None:
    """What is kept in the catalogue is kept as the client says it."""
    if found.changes:
        raise Refusal("function set_config not supported")


def require_own_schema(name: Name) -> None:
    """Refuse a change in the system's schemas: nobody has the right to. Raises Refusal."""
    if len(name) > 1:
        if name[0] in _SYSTEM_SCHEMAS:
            raise Refusal(f"permission denied for schema {name[0]}", "42501")
        if name[0] == "pg_temp":
            raise Refusal("TEMPORARY or TEMP objects not supported")


def _walk(case: Case, tree: Node, found: Query) -> None:
    """Judge every node, parents first; without recursion, for hostile depth.

    Every statement of a client goes through here: a list that grows while it is read is what CPython does fastest.
    """
    waiting = [tree]
    for item in waiting:
        for key, value in item.items():
            kind = value.__class__
            if kind is dict:
                judge = _JUDGES.get(key)
                if judge is not None:
                    judge(case, value, found)
                if key not in _LEAVES:
                    waiting.append(value)
            elif kind is list and value and value[0].__class__ is dict:
                waiting += value


def _select(case: Case, node: Node, found: Query) -> None:
    if "intoClause" in node:
        raise Refusal("unsupported statement: CreateTableAs")  # PostgreSQL turns SELECT INTO into that statement
    if "lockingClause" in node:
        for item in node["lockingClause"]:
            clause = item["LockingClause"]
            _require_lock(case, node, str(clause["strength"]))
            found.locks += _locked(node, clause)
            found.waits |= clause.get("waitPolicy", "LockWaitBlock") != "LockWaitBlock"


def _require_lock(case: Case, select: Node, strength: str) -> None:
    if strength == "LCS_FORKEYSHARE" and case.target.has("for-key-share"):
        return
    if strength != "LCS_FORUPDATE":
        raise Refusal("locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported")
    if not case.target.has("for-update-any-predicate"):
        tables = select.get("fromClause", ())
        if len(tables) != 1 or "RangeVar" not in tables[0] or "whereClause" not in select:
            raise Refusal("FOR UPDATE needs one table and an equality predicate on its key")


def _locked(select: Node, clause: Node) -> list[Name]:
    """The tables of the FROM, subqueries in it too, that a locking clause means: all, or those it names after OF."""
    only = {str(item["RangeVar"]["relname"]) for item in clause.get("lockedRels", ())}
    names: list[Name] = []
    waiting: list[tuple[Any, bool]] = [(item, not only) for item in select.get("fromClause", ())]
    for tree, wanted in waiting:
        if isinstance(tree, list):
            waiting += [(item, wanted) for item in tree]
        elif "RangeVar" in tree:
            table = tree["RangeVar"]
            if wanted or str(table.get("alias", {}).get("aliasname", table["relname"])) in only:
                names.append(relation(table))
        elif "JoinExpr" in tree:
            waiting += [(tree["JoinExpr"].get(side, {}), wanted) for side in ("larg", "rarg")]
        elif "RangeSubselect" in tree:
            inner = tree["RangeSubselect"]
            named = wanted or str(inner.get("alias", {}).get("aliasname")) in only
            if named:
                waiting.append((inner.get("subquery", {}).get("SelectStmt", {}).get("fromClause", []), True))
    return names


def patient(case: Case, query: Query) -> list[Splice]:
    """DSQL knows the words NOWAIT and SKIP LOCKED and never waits; PostgreSQL would fail at a row, or leave it out."""
    changes: list[Splice] = []
    if not query.waits:
        return changes
    found = tokens(case.text)
    for at, token in enumerate(found):
        if token.word != "for" or [t.word for t in found[at + 1 : at + 2]] not in (["update"], ["key"]):
            continue
        rest = at + (3 if found[at + 1].word == "key" else 2)
        if rest < len(found) and found[rest].word == "of":
            rest += 2
            while rest + 1 < len(found) and found[rest].word in (".", ","):
                rest += 2
        words_ = [t.word for t in found[rest : rest + 2]]
        last = rest if words_[:1] == ["nowait"] else rest + 1 if words_ == ["skip", "locked"] else None
        if last is not None:
            changes.append(Splice(found[rest].start, found[last].end, b" "))
    return changes


def _type(case: Case, node: Node, _found: Query) -> None:
    names = node.get("names")
    if names and names[-1]["String"].get("sval") in case.target.expressions_refused:
        raise Refusal(f"datatype {words(names)[-1]} not supported")


def _column(_case: Case, node: Node, _found: Query) -> None:
    last = node["fields"][-1]
    if "String" in last and last["String"].get("sval") == "ctid":
        raise Refusal('column "ctid" does not exist', "42703")


def _sample(_case: Case, _node: Node, _found: Query) -> None:
    raise Refusal("TABLESAMPLE clause not supported")


def _change(_case: Case, node: Node, found: Query) -> None:
    table = relation(node["relation"])
    if len(table) > 1 and table[0] in _SYSTEM_SCHEMAS:
        raise Refusal(f"permission denied for table {table[-1]}", "42501")
    found.tables.append(table)


def _merge(_case: Case, _node: Node, _found: Query) -> None:
    raise Refusal("unsupported statement type: MERGE")


def _cursor(_case: Case, node: Node, _found: Query) -> None:
    raise Refusal(f'cursor "{node.get("cursor_name")}" does not exist', "34000")  # none can be declared


def _collation(_case: Case, node: Node, _found: Query) -> None:
    name = words(node.get("collname", ()))
    if name and name[-1] not in _COLLATIONS:
        raise Refusal(f'collation "{".".join(name)}" for encoding "UTF8" does not exist', "42704")


def _call(case: Case, node: Node, found: Query) -> None:
    change = calls.judge_call(case, node)
    if change is not None:
        found.changes.append(change)


def _join(case: Case, node: Node, _found: Query) -> None:
    judge_join(case, node)


# By the key that holds the node: its kind, or the field's name where the tree leaves the kind out.
_JUDGES: dict[str, Callable[[Case, Node, Query], None]] = {
    "SelectStmt": _select,
    "larg": _select,
    "rarg": _select,
    "InsertStmt": _change,
    "UpdateStmt": _change,
    "DeleteStmt": _change,
    "MergeStmt": _merge,
    "FuncCall": _call,
    "funccall": _call,
    "func": _call,
    "TypeName": _type,
    "typeName": _type,
    "argType": _type,
    "returnType": _type,
    "ColumnRef": _column,
    "CollateClause": _collation,
    "collClause": _collation,
    "JoinExpr": _join,
    "RangeTableSample": _sample,
    "CurrentOfExpr": _cursor,
}
_LEAVES = frozenset({"A_Const", "ColumnRef", "String", "A_Star", "RangeVar", "ParamRef"})
