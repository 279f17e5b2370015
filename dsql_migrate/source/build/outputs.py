"""What PostgreSQL calls the columns of a query and the keys of an index that have no name."""

from __future__ import annotations

from dsql_migrate.source.build.literals import strings, text
from dsql_migrate.source.parse import Node

# What PostgreSQL calls an unnamed output column of these nodes (parser/parse_target.c, FigureColnameInternal).
_CALLED = {
    "A_ArrayExpr": "array",
    "CoalesceExpr": "coalesce",
    "GroupingFunc": "grouping",
    "RowExpr": "row",
    "XmlSerialize": "xmlserialize",
}
_CLOCK = ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
_SESSION = ("current_role", "current_user", "user", "session_user", "current_catalog", "current_schema")


def outputs(query: Node) -> tuple[str | None, ...]:
    """The names of a query's output columns, as far as its text says them; None for a star and what has no name."""
    select = query.get("SelectStmt", {})
    while "larg" in select:
        select = select["larg"]
    targets = (t["ResTarget"] for t in select.get("targetList", ()))
    found = [t.get("name") or _called(t.get("val", {}))[0] for t in targets]
    if not found and select.get("valuesLists"):
        found = [f"column{i + 1}" for i in range(len(select["valuesLists"][0]["List"].get("items", ())))]
    return tuple(found)


def called(expression: Node) -> str | None:
    """What PostgreSQL calls an expression that has no name of its own; None for ?column? (expr in an index)."""
    return _called(expression)[0]


def _called(value: Node) -> tuple[str | None, bool]:
    """The name PostgreSQL takes from an expression; whether it is a strong one (that of a type or of CASE is weak)."""
    ((kind, fields),) = value.items() if len(value) == 1 else (("", {}),)
    match kind:
        case "ColumnRef" if "String" in fields["fields"][-1]:
            return text(fields["fields"][-1]), True
        case "A_Indirection":
            names = [text(n) for n in fields.get("indirection", ()) if "String" in n]
            return (names[-1], True) if names else _called(fields["arg"])
        case "FuncCall":
            return strings(fields["funcname"])[-1], True
        case "TypeCast":
            name, strong = _called(fields["arg"])
            return (name, True) if strong else (strings(fields["typeName"]["names"])[-1], False)
        case "CollateClause":
            return _called(fields["arg"])
        case "CaseExpr":
            name, strong = _called(fields.get("defresult", {}))
            return (name, True) if strong else ("case", False)
        case "SubLink":
            return _sublink(fields)
        case "MinMaxExpr":
            return ("least" if fields.get("op") == "IS_LEAST" else "greatest"), True
        case "SQLValueFunction":
            return _clock(fields.get("op", "")), True
        case "A_Expr" if fields.get("kind") == "AEXPR_NULLIF":
            return "nullif", True
        case _:
            return _CALLED.get(kind), kind in _CALLED


def _sublink(fields: Node) -> tuple[str | None, bool]:
    kind = fields.get("subLinkType")
    if kind == "EXISTS_SUBLINK":
        return "exists", True
    if kind == "ARRAY_SUBLINK":
        return "array", True
    named = outputs(fields["subselect"]) if kind == "EXPR_SUBLINK" else ()
    return (named[0], True) if len(named) == 1 and named[0] else (None, False)


def _clock(op: str) -> str | None:
    """SVFOP_CURRENT_TIMESTAMP_N -> current_timestamp."""
    name = op.removeprefix("SVFOP_").removesuffix("_N").lower()
    return name if name in _CLOCK + _SESSION else None
