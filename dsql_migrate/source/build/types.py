"""CREATE TYPE, CREATE DOMAIN and what changes them."""

from __future__ import annotations

from dsql_migrate.source.build.constraints import constraint
from dsql_migrate.source.build.literals import strings
from dsql_migrate.source.build.naming import qualified
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.build.tables import column
from dsql_migrate.source.facts import (
    AlterDomain,
    AlterEnum,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateRange,
    Span,
)
from dsql_migrate.source.parse import Node

_DOMAIN_ACTIONS = {
    "C": "add constraint",
    "X": "drop constraint",
    "V": "validate constraint",
    "N": "drop not null",
    "O": "set not null",
}


def create_enum(reading: Reading, node: Node) -> CreateEnum:
    return CreateEnum(reading.span, qualified(node["typeName"]), tuple(strings(node.get("vals", ()))))


def alter_enum(reading: Reading, node: Node) -> AlterEnum:
    return AlterEnum(
        span=reading.span,
        name=qualified(node["typeName"]),
        new_value=node.get("newVal"),
        neighbour=node.get("newValNeighbor"),
        after=bool(node.get("newValIsAfter")),
        old_value=node.get("oldVal"),
    )


def create_composite(reading: Reading, node: Node) -> CreateComposite:
    open_ = reading.find("(") or 0
    columns = node.get("coldeflist", ())
    runs = reading.split(open_ + 1, reading.close(open_) - 1) if columns else iter(())
    return CreateComposite(
        span=reading.span,
        name=reading.name(node["typevar"]),
        columns=tuple(
            column(reading, c["ColumnDef"], reading.between(a, b)) for c, (a, b) in zip(columns, runs, strict=False)
        ),
    )


def create_range(reading: Reading, node: Node) -> CreateRange:
    subtype = next((p["DefElem"] for p in node.get("params", ()) if p["DefElem"]["defname"] == "subtype"), None)
    type_ = reading.type(subtype["arg"]["TypeName"]) if subtype and "TypeName" in subtype.get("arg", {}) else None
    return CreateRange(reading.span, qualified(node["typeName"]), type_)


def create_domain(reading: Reading, node: Node) -> CreateDomain:
    nodes = [n["Constraint"] for n in node.get("constraints", ())]
    places = sorted(n["location"] for n in nodes if n.get("location", -1) >= 0)
    checks, default, not_null = [], None, False
    end = reading.span.end
    for item in nodes:
        span = reading.until(item["location"], next((p for p in places if p > item["location"]), end))
        if item["contype"] == "CONSTR_CHECK":
            checks.append(constraint(reading, item, span))
        elif item["contype"] == "CONSTR_DEFAULT":
            at = reading.find("default", reading.index(span.start)) or reading.index(span.start)
            default = reading.expression(item.get("raw_expr"), Span(reading.starts[at + 1], span.end))
        elif item["contype"] == "CONSTR_NOTNULL":
            not_null = True
    collation = node.get("collClause")
    return CreateDomain(
        span=reading.span,
        name=qualified(node["domainname"]),
        type=reading.type(node["typeName"]),
        not_null=not_null,
        default=default,
        constraints=tuple(checks),
        collation_span=_collation(reading, collation["location"]) if collation else None,
        collation=".".join(strings(collation["collname"])) if collation else None,
    )


def _collation(reading: Reading, at: int) -> Span:
    i = reading.index(at)
    return reading.between(i, reading.name_end(i + 1) - 1)


def alter_domain(reading: Reading, node: Node) -> AlterDomain:
    subtype = node.get("subtype", "")
    definition = node.get("def")
    action = _DOMAIN_ACTIONS.get(subtype, "set default" if definition else "drop default")
    added = default = None
    if subtype == "C" and definition:
        at = (reading.find("add") or 0) + 1
        added = constraint(reading, definition["Constraint"], reading.between(at, len(reading.words) - 1))
    elif action == "set default" and definition:
        at = (reading.find("default") or 0) + 1
        default = reading.expression(definition, reading.between(at, len(reading.words) - 1))
    return AlterDomain(reading.span, qualified(node["typeName"]), action, added, default, node.get("name"))
