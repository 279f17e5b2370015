"""CREATE TABLE, CREATE FOREIGN TABLE and the columns in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dsql_migrate.source.build.constraints import KINDS, constraint
from dsql_migrate.source.build.literals import strings
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import Column, Constraint, CreateTable, Identity, LikeClause, Name, Span
from dsql_migrate.source.parse import Node

_PERSISTENCE = {"p": "permanent", "t": "temporary", "u": "unlogged"}


def create_table(reading: Reading, node: Node) -> CreateTable:
    """A CreateStmt."""
    name = reading.name(node["relation"])
    head = reading.index(name.span.start)
    body, tail = _body(reading, reading.index(name.span.end))
    elements = _elements(reading, body)
    columns, constraints, likes = _table_elements(reading, node.get("tableElts", ()), elements)
    parents = tuple(reading.name(n["RangeVar"]) for n in node.get("inhRelations", ()))
    bound = node.get("partbound")
    persistence: Any = _PERSISTENCE.get(node["relation"].get("relpersistence", "p"), "permanent")
    return CreateTable(
        span=reading.span,
        name=name,
        columns=tuple(columns),
        constraints=tuple(constraints),
        likes=tuple(likes),
        elements=elements,
        body_span=reading.between(*body) if body else Span(0, 0),
        if_not_exists=bool(node.get("if_not_exists")),
        if_not_exists_span=reading.between(head - 3, head - 1) if node.get("if_not_exists") else None,
        persistence=persistence,
        persistence_span=_persistence(reading, head) if persistence != "permanent" else None,
        inherits=() if bound else parents,
        inherits_span=_group(reading, tail, "inherits"),
        partition_by=_partition(node.get("partspec")),
        partition_by_span=_partition_span(reading, tail) if node.get("partspec") else None,
        partition_of=parents[0] if bound and parents else None,
        partition_bound=_bound(reading, tail) if bound else None,
        of_type=_of_type(node),
        access_method_span=_pair(reading, tail, "using"),
        options_span=_options(reading, tail),
        on_commit_span=_on_commit(reading, tail),
        tablespace_span=_pair(reading, tail, "tablespace"),
    )


def create_foreign_table(reading: Reading, node: Node) -> CreateTable:
    """A CreateForeignTableStmt: a table with a server."""
    return replace(create_table(reading, node["base"]), foreign_server=node.get("servername", ""))


def _body(reading: Reading, i: int) -> tuple[tuple[int, int] | None, int]:
    """The parentheses of the element list as token numbers, and the number of the token where the tail begins."""
    if reading.word(i) == "of":
        i = reading.name_end(i + 1)
    elif reading.word(i) == "partition":
        i = reading.name_end(i + 2)
    if reading.word(i) != "(":
        return None, i
    close = reading.close(i)
    return (i, close), close + 1


def _elements(reading: Reading, body: tuple[int, int] | None) -> tuple[Span, ...]:
    if body is None or body[1] - body[0] < 2:
        return ()
    return tuple(reading.between(a, b) for a, b in reading.split(body[0] + 1, body[1] - 1))


def _table_elements(
    reading: Reading, nodes: list[Node], spans: tuple[Span, ...]
) -> tuple[list[Column], list[Constraint], list[LikeClause]]:
    columns, constraints, likes = [], [], []
    for node, span in zip(nodes, spans, strict=False):
        ((kind, fields),) = node.items()
        if kind == "ColumnDef":
            columns.append(column(reading, fields, span))
        elif kind == "Constraint":
            constraints.append(constraint(reading, fields, span))
        elif kind == "TableLikeClause":
            words = [reading.word(i) for i in range(reading.index(span.start), reading.index(span.end))]
            options = tuple(f"{a} {b}" for a, b in zip(words, words[1:], strict=False) if a in ("including", "excluding"))
            likes.append(LikeClause(reading.name(fields["relation"]), options, span))
    return columns, constraints, likes


def column(reading: Reading, node: Node, span: Span) -> Column:
    """A ColumnDef that stands at ``span``."""
    first = reading.index(span.start)
    name = node["colname"]
    nodes = [n["Constraint"] for n in node.get("constraints", ())]
    collation = node.get("collClause")
    places = [n["location"] for n in nodes if n.get("location", -1) >= 0]
    if collation:
        places.append(collation["location"])
    type_ = reading.type(node["typeName"]) if "typeName" in node else None
    behind = reading.index(type_.span.end) if type_ else first + 1
    extra: dict[str, Any] = {}
    for word in ("storage", "compression", "options"):
        at = reading.find(word, behind, reading.index(span.end) - 1)
        if at is not None and reading.tokens[at].start < min(places, default=span.end):
            end = reading.close(at + 1) if word == "options" else at + 1
            extra[f"{word}_span"] = reading.between(at, end)
            places.append(reading.tokens[at].start)
    places.sort()

    def clause(at: int) -> Span:
        later = next((p for p in places if p > at), span.end)
        return reading.until(at, later)

    constraints: list[Constraint] = []
    for item in nodes:
        where = clause(item["location"])
        kind = item["contype"]
        if kind.startswith("CONSTR_ATTR"):
            if constraints:
                constraints[-1] = _with_attribute(constraints[-1], kind, where)
        elif kind == "CONSTR_NOTNULL":
            extra |= {"not_null": True, "not_null_span": where}
        elif kind == "CONSTR_DEFAULT":
            at = reading.find("default", reading.index(where.start))
            start = reading.tokens[at + 1].start if at is not None else where.start
            extra |= {"default": reading.expression(item.get("raw_expr"), Span(start, where.end)), "default_span": where}
        elif kind == "CONSTR_IDENTITY":
            extra["identity"] = identity(reading, item, where)
        elif kind == "CONSTR_GENERATED":
            open_ = reading.find("(", reading.index(where.start)) or reading.index(where.start)
            inner = Span(reading.tokens[open_].end, reading.tokens[reading.close(open_)].start)
            extra |= {
                "generated": reading.expression(item.get("raw_expr"), inner),
                "generated_span": where,
                "virtual": item.get("generated_kind") == "v",
            }
        elif kind in KINDS:
            constraints.append(constraint(reading, item, where, column=name))
    return Column(
        name=name,
        type=type_ or reading.type({"names": [], "location": -1}),
        span=span,
        name_span=reading.between(first, first),
        constraints=tuple(constraints),
        collation=".".join(strings(collation["collname"])) if collation else None,
        collation_span=clause(collation["location"]) if collation else None,
        **extra,
    )


def identity(reading: Reading, node: Node, span: Span) -> Identity:
    """A CONSTR_IDENTITY constraint."""
    return Identity(node.get("generated_when") == "a", reading.sequence_options(node.get("options", ())), span)


def _with_attribute(item: Constraint, kind: str, span: Span) -> Constraint:
    start = item.attributes_span.start if item.attributes_span else span.start
    changed = replace(item, span=Span(item.span.start, span.end), attributes_span=Span(start, span.end))
    if kind == "CONSTR_ATTR_DEFERRABLE":
        return replace(changed, deferrable=True)
    if kind == "CONSTR_ATTR_DEFERRED":
        return replace(changed, deferrable=True, initially_deferred=True)
    if kind == "CONSTR_ATTR_NOT_ENFORCED":
        return replace(changed, not_enforced=True)
    return changed


def _partition(node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    strategy = node.get("strategy", "").removeprefix("PARTITION_STRATEGY_").lower()
    keys = [p["PartitionElem"].get("name", "(expression)") for p in node.get("partParams", ())]
    return (strategy, *keys)


def _partition_span(reading: Reading, tail: int) -> Span | None:
    at = reading.find("partition", tail)
    if at is None:
        return None
    open_ = reading.find("(", at)
    return reading.between(at, reading.close(open_)) if open_ is not None else None


def _bound(reading: Reading, tail: int) -> str:
    if reading.word(tail) == "default":
        return "DEFAULT"
    stop = tail
    depth = 0
    while stop < len(reading.tokens):
        word = reading.word(stop)
        if depth == 0 and stop > tail + 2 and word in ("partition", "using", "tablespace", "with"):
            if word == "with" and reading.tokens[stop + 1].word == "(" and reading.word(stop + 2) in ("modulus", "remainder"):
                pass
            else:
                break
        depth += word in ("(", "[")
        depth -= word in (")", "]")
        stop += 1
    return reading.between(tail, stop - 1).of(reading.text)


def _group(reading: Reading, tail: int, word: str) -> Span | None:
    at = reading.find(word, tail)
    if at is None or reading.word(at + 1) != "(":
        return None
    return reading.between(at, reading.close(at + 1))


def _options(reading: Reading, tail: int) -> Span | None:
    at = reading.find("without", tail)
    if at is not None:
        return reading.between(at, at + 1)
    at = reading.find("with", tail)
    if at is None or reading.word(at + 1) != "(" or reading.word(at + 2) in ("modulus", "remainder"):
        return None
    return reading.between(at, reading.close(at + 1))


def _pair(reading: Reading, tail: int, word: str) -> Span | None:
    at = reading.find(word, tail)
    return reading.between(at, at + 1) if at is not None else None


def _on_commit(reading: Reading, tail: int) -> Span | None:
    at = reading.find("commit", tail)
    if at is None:
        return None
    return reading.between(at - 1, at + (2 if reading.word(at + 1) in ("preserve", "delete") else 1))


def _persistence(reading: Reading, head: int) -> Span | None:
    for i in range(head):
        if reading.word(i) in ("temp", "temporary", "unlogged"):
            first = i - 1 if reading.word(i - 1) in ("local", "global") else i
            return reading.between(first, i)
    return None


def _of_type(node: Node) -> Name | None:
    if "ofTypename" not in node:
        return None
    names = strings(node["ofTypename"]["names"])
    return Name(names[-2] if len(names) > 1 else None, names[-1])


