"""CREATE INDEX."""

from __future__ import annotations

from typing import Literal

from dsql_migrate.source.build.reading import Reading, strings
from dsql_migrate.source.facts import CreateIndex, Expression, IndexKey, Name, Span
from dsql_migrate.source.parse import Node

_ORDER: dict[str, Literal["asc", "desc"]] = {"SORTBY_ASC": "asc", "SORTBY_DESC": "desc"}
_NULLS: dict[str, Literal["first", "last"]] = {"SORTBY_NULLS_FIRST": "first", "SORTBY_NULLS_LAST": "last"}


def create_index(reading: Reading, node: Node, asynchronous: bool) -> CreateIndex:
    """An IndexStmt."""
    table = reading.name(node["relation"])
    keyword = reading.find("index") or 0
    behind = reading.index(table.span.end)
    on = reading.find("on", keyword) or keyword
    using = behind if reading.word(behind) == "using" else None
    open_ = reading.find("(", behind) or behind
    close = reading.close(open_)
    keys = _keys(reading, node.get("indexParams", ()), open_ + 1, close - 1)
    concurrent = keyword + 1 if node.get("concurrent") else None
    name_last = on - 1
    named = node.get("idxname")
    schema = reading.word(name_last - 2).strip('"') if named and reading.word(name_last - 1) == "." else None
    only = on + 1 if reading.word(on + 1) == "only" and "inh" not in node["relation"] else None
    return CreateIndex(
        span=reading.span,
        name=named,
        table=table,
        keys=keys,
        name_span=reading.between(name_last - (2 if schema else 0), name_last) if named else None,
        schema_written=schema,
        method=node.get("accessMethod", "btree"),
        method_span=reading.between(using, using + 1) if using is not None else None,
        include=tuple(n["IndexElem"].get("name", "") for n in node.get("indexIncludingParams", ())),
        unique=bool(node.get("unique")),
        where=_where(reading, node, close),
        nulls_not_distinct=bool(node.get("nulls_not_distinct")),
        options_span=_group(reading, "with", close),
        tablespace_span=_pair(reading, "tablespace", close),
        concurrently=bool(node.get("concurrent")),
        concurrently_span=reading.between(concurrent, concurrent) if concurrent else None,
        asynchronous=asynchronous,
        index_keyword_span=reading.between(keyword, keyword),
        only_span=reading.between(only, only) if only else None,
        if_not_exists=bool(node.get("if_not_exists")),
    )


def _keys(reading: Reading, nodes: list[Node], first: int, last: int) -> tuple[IndexKey, ...]:
    runs = reading.split(first, last)
    return tuple(_key(reading, n["IndexElem"], a, b) for n, (a, b) in zip(nodes, runs, strict=False))


def _key(reading: Reading, node: Node, first: int, last: int) -> IndexKey:
    order = _ORDER.get(node.get("ordering", ""))
    order_at = reading.find(order, first, last) if order else None
    nulls = _NULLS.get(node.get("nulls_ordering", ""))
    collate_at = reading.find("collate", first, last) if node.get("collation") else None
    opclass = _opclass(node)
    opclass_span = None
    if opclass:
        stop = min((i for i in (order_at, reading.find("nulls", first, last) if nulls else None) if i is not None), default=last + 1)
        start = next((i for i in range(stop - 1, first - 1, -1) if reading.word(i).strip('"').lower() == (opclass.schema or opclass.name).lower()), stop - 1)
        opclass_span = reading.between(start, stop - 1)
    expression = None
    if "expr" in node:
        ends = [i for i in (order_at, collate_at) if i is not None]
        if opclass_span:
            ends.append(reading.index(opclass_span.start))
        if nulls and (at := reading.find("nulls", first, last)) is not None:
            ends.append(at)
        expression = reading.expression(node["expr"], reading.between(first, min(ends, default=last + 1) - 1))
    return IndexKey(
        column=node.get("name"),
        expression=expression,
        span=reading.between(first, last),
        order=order,
        order_span=reading.between(order_at, order_at) if order_at is not None else None,
        nulls=nulls,
        opclass=opclass,
        opclass_span=opclass_span,
        collation=".".join(strings(node["collation"])) if node.get("collation") else None,
        collation_span=reading.between(collate_at, reading.name_end(collate_at + 1) - 1) if collate_at is not None else None,
    )


def _opclass(node: Node) -> Name | None:
    names = strings(node.get("opclass", ()))
    return Name(names[-2] if len(names) > 1 else None, names[-1]) if names else None


def _where(reading: Reading, node: Node, close: int) -> Expression | None:
    at = reading.find("where", close + 1)
    if at is None:
        return None
    return reading.expression(node.get("whereClause"), reading.between(at + 1, len(reading.tokens) - 1))


def _group(reading: Reading, word: str, after: int) -> Span | None:
    at = reading.find(word, after + 1)
    if at is None or reading.word(at + 1) != "(":
        return None
    return reading.between(at, reading.close(at + 1))


def _pair(reading: Reading, word: str, after: int) -> Span | None:
    at = reading.find(word, after + 1)
    return reading.between(at, at + 1) if at is not None else None
