"""CREATE INDEX."""

from __future__ import annotations

from typing import Literal

from dsql_migrate.source.build.literals import strings
from dsql_migrate.source.build.naming import qualified
from dsql_migrate.source.build.outputs import called
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import CreateIndex, Expression, IndexKey, Span
from dsql_migrate.source.parse import Node

_ORDER: dict[str, Literal["asc", "desc"]] = {"SORTBY_ASC": "asc", "SORTBY_DESC": "desc"}
_NULLS: dict[str, Literal["first", "last"]] = {"SORTBY_NULLS_FIRST": "first", "SORTBY_NULLS_LAST": "last"}


def create_index(reading: Reading, node: Node, asynchronous: bool) -> CreateIndex:
    """An IndexStmt; ``asynchronous`` where the statement said ASYNC."""
    table = reading.name(node["relation"])
    keyword = reading.find("index") or 0
    behind = reading.index(table.span.end)
    on = reading.find("on", keyword) or keyword
    using = behind if reading.word(behind) == "using" else None
    open_ = reading.find("(", behind) or behind
    close = reading.close(open_)
    named = node.get("idxname")
    concurrently = bool(node.get("concurrent"))
    only = reading.word(on + 1) == "only" and "inh" not in node["relation"]
    return CreateIndex(
        span=reading.span,
        name=named,
        table=table,
        keys=_keys(reading, node.get("indexParams", ()), open_ + 1, close - 1),
        name_span=reading.between(on - 1, on - 1) if named else None,
        method=node.get("accessMethod", "btree"),
        method_span=reading.between(using, using + 1) if using is not None else None,
        include=tuple(n["IndexElem"].get("name", "") for n in node.get("indexIncludingParams", ())),
        include_expression_span=_included_expression(reading, node.get("indexIncludingParams", ()), close),
        unique=bool(node.get("unique")),
        where=_where(reading, node, close),
        nulls_not_distinct=bool(node.get("nulls_not_distinct")),
        options_span=reading.clause("with", close + 1),
        tablespace_span=reading.pair("tablespace", close + 1),
        concurrently=concurrently,
        concurrently_span=reading.between(keyword + 1, keyword + 1) if concurrently else None,
        asynchronous=asynchronous,
        index_keyword_span=reading.between(keyword, keyword),
        only_span=reading.between(on + 1, on + 1) if only else None,
        if_not_exists=bool(node.get("if_not_exists")),
    )


def _keys(reading: Reading, nodes: list[Node], first: int, last: int) -> tuple[IndexKey, ...]:
    runs = reading.split(first, last)
    return tuple(_key(reading, n["IndexElem"], a, b) for n, (a, b) in zip(nodes, runs, strict=False))


def _key(reading: Reading, node: Node, first: int, last: int) -> IndexKey:
    """A key reads: column or expression, COLLATE …, operator class (…), ASC or DESC, NULLS FIRST or LAST.

    It is taken apart from its end, for a column may itself be called nulls, and an operator class as its column.
    """
    end = last
    nulls = _NULLS.get(node.get("nulls_ordering", ""))
    if nulls:
        end -= 2
    order = _ORDER.get(node.get("ordering", ""))
    order_span = reading.between(end, end) if order else None
    if order:
        end -= 1
    opclass = qualified(node["opclass"]) if "opclass" in node else None
    opclass_span = None
    if opclass:
        start = _opclass_start(reading, first, end, len(node["opclass"]))
        opclass_span = reading.between(start, end)
        end = start - 1
    collation = node.get("collation")
    collation_span = None
    if collation:
        start = end - 2 * (len(collation) - 1) - 1
        collation_span = reading.between(start, end)
        end = start - 1
    return IndexKey(
        column=node.get("name"),
        expression=reading.expression(node["expr"], reading.between(first, end)) if "expr" in node else None,
        span=reading.between(first, last),
        order=order,
        order_span=order_span,
        nulls=nulls,
        opclass=opclass,
        opclass_span=opclass_span,
        collation=".".join(strings(collation)) if collation else None,
        collation_span=collation_span,
        called=node.get("name") or called(node.get("expr", {})),
    )


def _opclass_start(reading: Reading, first: int, end: int, parts: int) -> int:
    """The first token of an operator class of so many dotted parts that ends at token ``end``, parameters included."""
    name = end
    if reading.word(end) == ")":  # text_ops (siglen = 8)
        name = next((i for i in range(end, first, -1) if reading.word(i) == "(" and reading.close(i) == end), end) - 1
    return max(name - 2 * (parts - 1), first)


def _included_expression(reading: Reading, nodes: list[Node], close: int) -> Span | None:
    place = next((i for i, n in enumerate(nodes) if "expr" in n["IndexElem"]), None)
    if place is None:
        return None
    open_ = reading.find("include", close + 1)
    runs = list(reading.split((open_ or close) + 2, reading.close((open_ or close) + 1) - 1))
    return reading.between(*runs[place]) if place < len(runs) else None


def _where(reading: Reading, node: Node, close: int) -> Expression | None:
    at = reading.find("where", close + 1)
    if at is None or "whereClause" not in node:
        return None
    return reading.expression(node["whereClause"], reading.between(at + 1, len(reading.words) - 1))
