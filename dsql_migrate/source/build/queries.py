"""What is made from a query: views, materialized views, CREATE TABLE AS."""

from __future__ import annotations

from dsql_migrate.source.build.literals import strings
from dsql_migrate.source.build.outputs import outputs
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import CreateTableAs, CreateView, Expression
from dsql_migrate.source.parse import Node


def create_view(reading: Reading, node: Node) -> CreateView:
    """A ViewStmt. The query's span ends before WITH CHECK OPTION."""
    name = reading.name(node["view"])
    end = len(reading.words) - 1
    if node.get("withCheckOption", "NO_CHECK_OPTION") != "NO_CHECK_OPTION":
        end -= 4 if reading.word(end - 2) in ("local", "cascaded") else 3
    return CreateView(
        span=reading.span,
        name=name,
        query=_query(reading, node["query"], reading.index(name.span.end), end),
        columns=tuple(strings(node.get("aliases", ()))),
        replace=bool(node.get("replace")),
        temporary=node["view"].get("relpersistence") == "t",
        recursive=reading.find("recursive", 0, reading.index(name.span.start)) is not None,
        outputs=outputs(node["query"]),
    )


def create_table_as(reading: Reading, node: Node) -> CreateTableAs | CreateView:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW. The query's span ends before WITH [NO] DATA."""
    name = reading.name(node["into"]["rel"])
    end = len(reading.words) - 1
    if reading.word(end) == "data":
        negative = reading.word(end - 1) == "no"
        if reading.word(end - 1 - negative) == "with":
            end -= 2 + negative
    query = _query(reading, node["query"], reading.index(name.span.end), end)
    columns = tuple(strings(node["into"].get("colNames", ())))
    if node.get("objtype") != "OBJECT_MATVIEW":
        return CreateTableAs(
            span=reading.span,
            name=name,
            query=query,
            columns=columns,
            outputs=outputs(node["query"]),
            if_not_exists=bool(node.get("if_not_exists")),
        )
    return CreateView(
        span=reading.span,
        name=name,
        query=query,
        columns=columns,
        materialized=True,
        with_data=not node["into"].get("skipData"),
        outputs=outputs(node["query"]),
    )


def _query(reading: Reading, node: Node, first: int, last: int) -> Expression:
    at = reading.find("as", first)
    return reading.expression(node, reading.between((at or first) + 1, last))
