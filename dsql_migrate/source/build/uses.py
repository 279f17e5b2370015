"""What a parse tree refers to and is made with: columns, functions, types, relations, and clauses of queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dsql_migrate.source.build.literals import literal, strings, text
from dsql_migrate.source.facts import Name, TypeName
from dsql_migrate.source.parse import Node

LOCKING = {
    "LCS_FORUPDATE": "for update",
    "LCS_FORNOKEYUPDATE": "for no key update",
    "LCS_FORSHARE": "for share",
    "LCS_FORKEYSHARE": "for key share",
}
_VALUES = {
    "SVFOP_CURRENT_DATE": "current_date",
    "SVFOP_CURRENT_TIME": "current_time",
    "SVFOP_CURRENT_TIME_N": "current_time",
    "SVFOP_CURRENT_TIMESTAMP": "current_timestamp",
    "SVFOP_CURRENT_TIMESTAMP_N": "current_timestamp",
    "SVFOP_LOCALTIME": "localtime",
    "SVFOP_LOCALTIME_N": "localtime",
    "SVFOP_LOCALTIMESTAMP": "localtimestamp",
    "SVFOP_LOCALTIMESTAMP_N": "localtimestamp",
    "SVFOP_CURRENT_ROLE": "current_role",
    "SVFOP_CURRENT_USER": "current_user",
    "SVFOP_USER": "user",
    "SVFOP_SESSION_USER": "session_user",
    "SVFOP_CURRENT_CATALOG": "current_catalog",
    "SVFOP_CURRENT_SCHEMA": "current_schema",
}
_JSON = {  # the function-like forms of PostgreSQL 17
    "JSON_EXISTS_OP": "json_exists",
    "JSON_QUERY_OP": "json_query",
    "JSON_VALUE_OP": "json_value",
    "JSON_TABLE_OP": "json_table",
}
_PLAIN = {
    "RangeTableSample": "tablesample",
    "CurrentOfExpr": "current of",
    "MergeStmt": "merge",
    "InsertStmt": "insert",
    "UpdateStmt": "update",
    "DeleteStmt": "delete",
    "JsonTable": "json_table",
    "JsonScalarExpr": "json_scalar",
    "JsonSerializeExpr": "json_serialize",
    "ReturningOption": "returning with",
}
# Collations that are C under another name, or whatever the column has.
_SAME = frozenset({"C", "POSIX", "default", "ucs_basic"})


class Uses:
    """Collects what a tree refers to, in one walk without recursion limits on width."""

    def __init__(self, read_type: Callable[[Node], TypeName]) -> None:
        self.read_type = read_type
        self.columns: list[tuple[str, ...]] = []
        self.functions: list[Name] = []
        self.types: list[TypeName] = []
        self.relations: list[Name] = []
        self.sequences: list[str] = []
        self.operators: list[str] = []
        self.casts: list[TypeName] = []
        self.settings: list[tuple[str, str | None]] = []
        self.clauses: list[str] = []
        self.common: set[str] = set()

    def visit(self, root: Any) -> None:
        """Take in a tree: a node, or a list of them."""
        stack = [root]
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                stack.extend(reversed(node))
            elif isinstance(node, dict):
                inner = []
                for kind, fields in node.items():
                    if isinstance(fields, (dict, list)):
                        inner.append(fields)
                    if kind in _NOTES:
                        _NOTES[kind](self, fields)
                    elif kind in _PLAIN:
                        self.clauses.append(_PLAIN[kind])
                inner.reverse()
                stack += inner

    def _column(self, fields: Any) -> None:
        parts = ["*" if "A_Star" in field else text(field) for field in fields.get("fields", ())]
        self.columns.append(tuple(parts))

    def _call(self, fields: Any) -> None:
        names = strings(fields["funcname"])
        self.functions.append(Name(names[-2] if len(names) > 1 else None, names[-1]))
        if names[-1] in ("nextval", "currval", "setval"):
            arguments = fields.get("args", ())
            self.sequences.append((literal(arguments[0]) or "") if arguments else "")
        elif names[-1] == "set_config" and names[:-1] in ([], ["pg_catalog"]):
            arguments = [literal(a) for a in fields.get("args", ())]
            self.settings.append((arguments[0] or "" if arguments else "", arguments[1] if arguments[1:] else None))

    def _type(self, fields: Any) -> None:
        if isinstance(fields, dict) and "names" in fields:
            self.types.append(self.read_type({**fields, "location": -1}))

    def _cast(self, fields: Any) -> None:
        if "sval" in fields.get("arg", {}).get("A_Const", {}):
            self.casts.append(self.read_type({**fields["typeName"], "location": -1}))

    def _operator(self, fields: Any) -> None:
        names = fields.get("name")
        if names:
            self.operators.append(text(names[-1]))

    def _relation(self, fields: Any) -> None:
        if isinstance(fields, dict) and "relname" in fields:
            self.relations.append(Name(fields.get("schemaname"), fields["relname"]))

    def _common(self, fields: Any) -> None:
        self.common.add(fields["ctename"])

    def _locking(self, fields: Any) -> None:
        self.clauses.append(LOCKING.get(fields.get("strength", ""), "for update"))

    def _value(self, fields: Any) -> None:
        self.clauses.append(_VALUES.get(fields.get("op", ""), "current_date"))

    def _json(self, fields: Any) -> None:
        self.clauses.append(_JSON.get(fields.get("op", ""), "json_exists"))

    def _collation(self, fields: Any) -> None:
        if strings(fields.get("collname", ()))[-1:] and strings(fields["collname"])[-1] not in _SAME:
            self.clauses.append("collate")

    def _join(self, fields: Any) -> None:
        inner = fields.get("rarg", {}).get("RangeSubselect", {})
        if fields.get("jointype") == "JOIN_LEFT" and inner.get("lateral") and _reads_outer(fields.get("larg"), inner):
            self.clauses.append("left join lateral")


def _reads_outer(left: Any, inner: Node) -> bool:
    """Whether the output columns of a lateral query name a table of the join's left side."""
    names: set[str] = set()
    stack = [left]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            for kind, fields in node.items():
                if kind in ("RangeVar", "RangeSubselect", "RangeFunction"):
                    names.add(fields.get("alias", {}).get("aliasname") or fields.get("relname", ""))
                if kind != "subquery" and isinstance(fields, (dict, list)):
                    stack.append(fields)
    targets = Uses(lambda node: TypeName(None, ""))
    targets.visit(inner.get("subquery", {}).get("SelectStmt", {}).get("targetList", []))
    return any(len(column) > 1 and column[-2] in names for column in targets.columns)


_NOTES: dict[str, Callable[[Uses, Any], None]] = {
    "ColumnRef": Uses._column,
    "FuncCall": Uses._call,
    "TypeCast": Uses._cast,
    "A_Expr": Uses._operator,
    "typeName": Uses._type,
    "TypeName": Uses._type,
    "RangeVar": Uses._relation,
    "relation": Uses._relation,
    "CommonTableExpr": Uses._common,
    "LockingClause": Uses._locking,
    "SQLValueFunction": Uses._value,
    "JsonFuncExpr": Uses._json,
    "CollateClause": Uses._collation,
    "JoinExpr": Uses._join,
}
