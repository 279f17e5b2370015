"""COPY and EXPLAIN: a query, or a table, and what is to be done with it."""

from __future__ import annotations

from dsql_migrate.engine.policy.queries import QUERIES, require_expression, require_own_schema, take_query
from dsql_migrate.engine.policy.verdict import Case, Effect, Refusal, Taken, inside, options, relation, unsupported
from dsql_migrate.source.parse import Node

_OPTIONS = frozenset(
    [
        "format",
        "delimiter",
        "null",
        "header",
        "quote",
        "escape",
        "encoding",
        "force_quote",
        "force_not_null",
        "force_null",
        "default",
    ]
)


def copy(case: Case, node: Node) -> Taken:
    """Judge COPY: through the connection only. Raises Refusal."""
    if node.get("is_program") or "filename" in node:
        raise Refusal("COPY with a file or a program not supported")
    for name, _argument in options(node.get("options")):
        if name not in _OPTIONS:
            raise Refusal(f"COPY option {name} not supported")
    if "query" in node:
        kind, query = inside(node["query"])
        return take_query(case, kind, query)
    if not node.get("is_from"):
        return Taken(Effect.READ)
    table = relation(node["relation"])
    require_own_schema(table)
    require_expression(case, node.get("whereClause"))
    return Taken(Effect.DML, tables=[table])


def explain(case: Case, node: Node) -> Taken:
    """Judge EXPLAIN and its query; ANALYZE runs it. Raises Refusal."""
    kind, query = inside(node["query"])
    if kind not in QUERIES:
        raise unsupported(kind)
    taken = take_query(case, kind, query)
    if any(name == "analyze" and _on(argument) for name, argument in options(node.get("options"))):
        return taken
    return Taken(Effect.READ, taken.changes)


def _on(argument: Node | None) -> bool:
    """Whether a boolean option is switched on; without a value it is."""
    if not argument:
        return True
    kind, value = inside(argument)
    if kind == "Integer":
        return bool(value.get("ival"))
    return str(value.get("sval", value.get("boolval", True))).lower() not in ("off", "false", "0")
