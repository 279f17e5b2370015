"""CREATE TABLE: its clauses, columns and constraints."""

from __future__ import annotations

from typing import Any

from dsql_migrate.engine.policy import sequences
from dsql_migrate.engine.policy.queries import require_expression, require_own_schema
from dsql_migrate.engine.policy.types import Judged, column_type, require_columns_of, require_key_types
from dsql_migrate.engine.policy.verdict import Case, Refusal, Splice, inside, relation, words
from dsql_migrate.source.parse import Node

_KEYS = {"CONSTR_PRIMARY": "PRIMARY KEY", "CONSTR_UNIQUE": "UNIQUE"}
# They follow the constraint that they belong to, as items of their own.
_DEFERRAL = frozenset({"CONSTR_ATTR_DEFERRABLE", "CONSTR_ATTR_DEFERRED"})
# Of PostgreSQL 18: the one behind the policy, which is a 16, says where its grammar ends.
_LATER = ("CONSTR_ATTR_ENFORCED", "CONSTR_ATTR_NOT_ENFORCED")
_NO_DEFERRAL = frozenset({"CONSTR_ATTR_NOT_DEFERRABLE", "CONSTR_ATTR_IMMEDIATE"})


def create_table(case: Case, node: Node) -> list[Splice]:
    """Judge CREATE TABLE; returns what to change in its text. Raises Refusal."""
    _clauses(node)
    require_own_schema(relation(node["relation"]))
    columns: dict[str, Judged] = {}
    constraints: list[Node] = []
    copied = 0
    for item in node.get("tableElts", ()):
        kind, element = inside(item)
        if kind == "ColumnDef":
            name = str(element["colname"])
            columns[name] = column(case, element)
            constraints += _inline(case, element, columns[name])
        elif kind == "Constraint":
            _deferral(element, bool(element.get("deferrable")))
            constraints.append(element)
        elif kind == "TableLikeClause":
            copied += require_columns_of(case, relation(element["relation"]))
        else:
            raise Refusal(f"{kind} not supported for CREATE TABLE")
    keyed = any(constraint["contype"] == "CONSTR_PRIMARY" for constraint in constraints)
    case.within(column_limit(keyed), len(columns) + copied)
    keys = 0
    for constraint in constraints:
        keys += constraint["contype"] in _KEYS
        _constraint(case, constraint, columns)
    case.within("indexes-per-table", keys)
    case.within("tables", case.catalog.count("tables") + 1)
    return [judged.splice for judged in columns.values() if judged.splice is not None]


def _clauses(node: Node) -> None:
    persistence = node["relation"].get("relpersistence", "p")
    if persistence == "t":
        raise Refusal("TEMPORARY or TEMP table not supported for CREATE TABLE")
    if persistence == "u":
        raise Refusal("UNLOGGED table not supported for CREATE TABLE")
    if "partspec" in node:
        raise Refusal("PARTITION BY clause not supported for CREATE TABLE")
    if "partbound" in node:
        raise Refusal("PARTITION OF clause not supported for CREATE TABLE")
    for key, clause in (
        ("inhRelations", "INHERITS clause"),
        ("ofTypename", "OF clause"),
        ("options", "WITH clause"),
        ("tablespacename", "TABLESPACE clause"),
        ("accessMethod", "USING clause"),
    ):
        if node.get(key):
            raise Refusal(f"{clause} not supported for CREATE TABLE")
    if node.get("oncommit", "ONCOMMIT_NOOP") != "ONCOMMIT_NOOP":
        raise Refusal("ON COMMIT clause not supported for CREATE TABLE")


def column_limit(keyed: bool) -> str:
    """Which limit holds the number of columns: the index of a primary key has all of them, and says so."""
    return "columns-with-key" if keyed else "columns-per-table"


def column(case: Case, node: Node) -> Judged:
    """Judge a column's type and the clauses right behind it, not its constraints. Raises Refusal."""
    judged = column_type(case, node["typeName"])
    if "collClause" in node:
        raise Refusal("COLLATE clause not supported")
    if "compression" in node:
        raise Refusal("COMPRESSION clause not supported")
    if "fdwoptions" in node:
        raise Refusal("OPTIONS clause not supported")
    if node.get("storage_name"):
        case.need("storage-clause", "STORAGE clause not supported")
    return judged


def _inline(case: Case, node: Node, judged: Judged) -> list[Node]:
    """Judge a column's own constraints; returns those that are also a table's, with the column filled in."""
    found: list[Node] = []
    last: Node = {}
    for item in node.get("constraints", ()):
        constraint = item["Constraint"]
        kind = constraint["contype"]
        if kind in _DEFERRAL or kind in _NO_DEFERRAL:
            _deferral(last, kind in _DEFERRAL)
            continue
        last = constraint
        if kind in ("CONSTR_NOTNULL", "CONSTR_NULL", *_LATER):
            continue
        if kind in ("CONSTR_DEFAULT", "CONSTR_GENERATED"):
            require_expression(case, constraint.get("raw_expr"))
        elif kind == "CONSTR_IDENTITY":
            sequences.identity(case, constraint, judged.name)
        elif kind in (*_KEYS, "CONSTR_CHECK", "CONSTR_FOREIGN"):
            found.append({**constraint, "keys": [{"String": {"sval": node["colname"]}}]})
        else:
            raise Refusal(f"{_spoken(kind)} constraint not supported")
    return found


def _deferral(constraint: Node, deferrable: bool) -> None:
    """Only a foreign key may be deferrable (CREATE TABLE page)."""
    if deferrable and constraint.get("contype") != "CONSTR_FOREIGN":
        raise Refusal("DEFERRABLE constraint not supported")


def _constraint(case: Case, node: Node, columns: dict[str, Judged]) -> None:
    kind = node["contype"]
    if kind == "CONSTR_FOREIGN":
        foreign_key(case, node)
    elif kind == "CONSTR_CHECK":
        require_expression(case, node.get("raw_expr"))
    elif kind in _KEYS:
        _key(case, node, columns)
    elif kind != "CONSTR_NOTNULL":
        raise Refusal(f"{_spoken(kind)} constraint not supported")


def _key(case: Case, node: Node, columns: dict[str, Judged]) -> None:
    if node.get("options"):
        raise Refusal(f"WITH clause not supported for {_KEYS[node['contype']]}")
    if node.get("indexspace"):
        raise Refusal(f"USING INDEX TABLESPACE not supported for {_KEYS[node['contype']]}")
    used: list[tuple[str, int | None]] = []
    for name in words(node.get("keys", ())):
        judged = columns.get(name)  # unknown columns are PostgreSQL's to refuse
        used.append((judged.name, judged.length) if judged is not None else ("", None))
    require_key_types(case, used)


def foreign_key(case: Case, node: Node) -> None:
    """Judge a foreign key, wherever it stands. Raises Refusal."""
    case.need("foreign-keys", "FOREIGN KEY constraint not supported")
    if node.get("fk_matchtype") == "p":
        raise Refusal("MATCH PARTIAL not yet implemented")


def _spoken(kind: Any) -> str:
    """CONSTR_EXCLUSION -> EXCLUDE; the rest by its own word."""
    word = str(kind).removeprefix("CONSTR_").removeprefix("ATTR_").replace("_", " ")
    return "EXCLUDE" if word == "EXCLUSION" else word
