"""CREATE TABLE, CREATE FOREIGN TABLE and the columns in them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from dsql_migrate.source.build.constraints import KINDS, constraint
from dsql_migrate.source.build.literals import strings
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import Column, Constraint, CreateTable, Identity, LikeClause, Name, Span, TypeName
from dsql_migrate.source.parse import Node

_STORED = frozenset({"storage_name", "storage", "compression", "fdwoptions"})
_SAYS_MORE = _STORED | {"constraints", "collClause"}  # fields of a ColumnDef beside its name and type
_PERSISTENCE = {"p": "permanent", "t": "temporary", "u": "unlogged"}


def create_table(reading: Reading, node: Node) -> CreateTable:
    """A CreateStmt."""
    name = reading.name(node["relation"])
    head = reading.index(name.span.start)
    body, tail = _body(reading, reading.index(name.span.end))
    elements = _elements(reading, body)
    columns, constraints, likes = _table_elements(reading, node.get("tableElts", ()), elements)
    parents = tuple(reading.name(n["RangeVar"]) for n in node.get("inhRelations", ()))
    bound = None
    if node.get("partbound"):
        end = _bound_end(reading, tail)
        bound, tail = reading.between(tail, end).of(reading.text), end + 1
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
        inherits_span=reading.clause("inherits", tail),
        partition_by=_partition(node.get("partspec")),
        partition_by_span=_partition_span(reading, tail) if node.get("partspec") else None,
        partition_of=parents[0] if bound and parents else None,
        partition_bound=bound,
        of_type=_of_type(node),
        access_method_span=reading.pair("using", tail),
        options_span=_options(reading, tail),
        on_commit_span=_on_commit(reading, tail),
        tablespace_span=reading.pair("tablespace", tail),
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
            options = tuple(f"{a} {b}" for a, b in pairwise(words) if a in ("including", "excluding"))
            likes.append(LikeClause(reading.name(fields["relation"]), options, span))
    return columns, constraints, likes


def column(reading: Reading, node: Node, span: Span) -> Column:
    """A ColumnDef that stands at ``span``."""
    first = reading.index(span.start)
    name_span = reading.between(first, first)
    type_ = reading.type(node["typeName"]) if "typeName" in node else None
    if type_ is not None and _SAYS_MORE.isdisjoint(node):
        return Column(node["colname"], type_, span, name_span)
    nodes = [n["Constraint"] for n in node.get("constraints", ())]
    collation = node.get("collClause")
    storage, places = _storage(reading, node, type_, span)
    places += [n["location"] for n in nodes if n.get("location", -1) >= 0]
    if collation:
        places.append(collation["location"])
    places.sort()

    def clause(at: int) -> Span:
        return reading.until(at, next((p for p in places if p > at), span.end))

    said: dict[str, Any] = {}
    constraints: list[Constraint] = []
    for item in nodes:
        where = clause(item["location"])
        if item["contype"].startswith("CONSTR_ATTR"):
            if constraints and constraints[-1].span.end <= where.start:
                constraints[-1] = _with_attribute(constraints[-1], item["contype"], where)
        elif item["contype"] in KINDS and item["contype"] != "CONSTR_NOTNULL":
            constraints.append(constraint(reading, item, where, column=node["colname"]))
        else:
            said |= _said(reading, item, where)
    return Column(
        name=node["colname"],
        type=type_ or reading.type({"names": [], "location": -1}),
        span=span,
        name_span=name_span,
        constraints=tuple(constraints),
        collation=".".join(strings(collation["collname"])) if collation else None,
        collation_span=clause(collation["location"]) if collation else None,
        **storage,
        **said,
    )


def _storage(reading: Reading, node: Node, type_: TypeName | None, span: Span) -> tuple[dict[str, Any], list[int]]:
    """STORAGE x, COMPRESSION x, OPTIONS (…), which follow the type directly: spans by field, and where they start."""
    found: dict[str, Any] = {}
    if _STORED.isdisjoint(node):
        return found, []
    i = reading.index(type_.span.end if type_ else span.start)
    asked = {"storage": "storage_name" in node or "storage" in node, "compression": "compression" in node}
    asked["options"] = "fdwoptions" in node
    while asked.get(reading.word(i)):
        word = reading.word(i)
        found[f"{word}_span"] = reading.between(i, reading.close(i + 1) if word == "options" else i + 1)
        i = reading.index(found[f"{word}_span"].end)
    return found, [s.start for s in found.values()]


def _said(reading: Reading, item: Node, where: Span) -> dict[str, Any]:
    """The fields of Column that NOT NULL, DEFAULT, GENERATED or IDENTITY fill."""
    match item["contype"]:
        case "CONSTR_NOTNULL":
            return {"not_null": True, "not_null_span": where, "not_null_name": item.get("conname")}
        case "CONSTR_NULL":
            return {"not_null_span": where}
        case "CONSTR_DEFAULT":
            at = reading.find("default", reading.index(where.start))
            start = where.start if at is None else reading.ends[at]
            value = Span(reading.starts[reading.index(start)], where.end)
            return {"default": reading.expression(item.get("raw_expr"), value), "default_span": where}
        case "CONSTR_IDENTITY":
            return {"identity": identity(reading, item, where)}
        case "CONSTR_GENERATED":
            open_ = reading.find("(", reading.index(where.start)) or reading.index(where.start)
            inner = Span(reading.ends[open_], reading.starts[reading.close(open_)])
            return {
                "generated": reading.expression(item.get("raw_expr"), inner),
                "generated_span": where,
                "virtual": item.get("generated_kind") == "v",
            }
        case _:
            return {}


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


def _bound_end(reading: Reading, tail: int) -> int:
    """The number of the last token of DEFAULT or FOR VALUES …, which starts at token ``tail``."""
    if reading.word(tail) == "default":
        return tail
    at = reading.find("(", tail)  # IN (…), FROM (…) TO (…), WITH (…)
    if at is None:
        return tail
    end = reading.close(at)
    return reading.close(end + 2) if reading.word(end + 1) == "to" else end


def _options(reading: Reading, tail: int) -> Span | None:
    at = reading.find("without", tail)
    return reading.between(at, at + 1) if at is not None else reading.clause("with", tail)


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
