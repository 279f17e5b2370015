"""CREATE FUNCTION: language sql, and a body that holds what a client could say itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsql_migrate.engine.policy.hidden import require_not_hidden
from dsql_migrate.engine.policy.queries import QUERIES, require_expression, require_own_schema, require_query
from dsql_migrate.engine.policy.settings import require_settable
from dsql_migrate.engine.policy.verdict import Case, Refusal, inside, options, unsupported, words
from dsql_migrate.source.parse import Node, Unparsable, parse_many

_RETURNED = frozenset({"FUNC_PARAM_OUT", "FUNC_PARAM_INOUT", "FUNC_PARAM_TABLE"})


def create_function(case: Case, node: Node) -> None:
    """Judge CREATE FUNCTION: what it returns, its settings, and the statements of its body. Raises Refusal."""
    if node.get("is_procedure"):
        raise Refusal("PROCEDURE is not supported")
    given = list(options(node.get("options")))
    language = next((words(argument)[0] for name, argument in given if name == "language"), "sql")
    if language != "sql":
        raise Refusal(f"CREATE FUNCTION with language {language} not supported")
    require_own_schema(words(node["funcname"]))
    require_expression(case, {"typeName": node.get("returnType", {})})
    _types(case, node)
    for name, argument in given:
        if name == "set":
            require_settable(case, inside(argument)[1])
    if "sql_body" in node:
        for kind, statement in _atomic(node["sql_body"]):
            _statement(case, kind, statement)
    for name, argument in given:
        if name == "as":
            for kind, statement in _parsed(case, words(argument)[0]):
                _statement(case, kind, statement)


def _types(case: Case, node: Node) -> None:
    """Parameters may have any type that expressions have; results not all of them."""
    returned = [node["returnType"]] if "returnType" in node else []
    for item in node.get("parameters", ()):
        parameter = item["FunctionParameter"]
        require_expression(case, [item])
        if parameter.get("mode") in _RETURNED:
            returned.append(parameter["argType"])
    for type_ in returned:
        name = words(type_.get("names", ()))[-1]
        if name in case.target.returns_refused and not type_.get("arrayBounds"):
            raise Refusal(f"datatype {name} not supported")


def _statement(case: Case, kind: str, node: Node) -> None:
    """Judge one statement of a body. DDL is not let in: nobody would count it to the transaction that calls it.

    That SET is judged when the function is made was seen on a cluster (2026-08-28, by a PostgREST port).
    """
    if kind in QUERIES:
        require_query(case, kind, node)
    elif kind == "ReturnStmt":
        require_expression(case, node)
    elif kind == "VariableSetStmt":
        require_settable(case, node)
    else:
        raise unsupported(kind)


def _atomic(body: Any) -> Iterator[tuple[str, Node]]:
    """The statements of BEGIN ATOMIC … END, which the tree has as lists in lists, or of RETURN."""
    waiting = [body]
    for item in waiting:
        kind, node = inside(item)
        if kind == "List":
            waiting += node.get("items", ())
        else:
            yield kind, node


def _parsed(case: Case, text: str) -> list[tuple[str, Node]]:
    try:
        statements = parse_many(text.encode(), deep=True)
    except Unparsable as error:
        raise Refusal(error.message, "42601") from None
    for kind, node in statements:
        require_not_hidden(text.encode(), {kind: node})
    return statements
