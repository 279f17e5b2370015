"""CREATE of sequences, extensions, schemas, rules, policies, roles, and of everything that has only a name here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsql_migrate.source.build.literals import argument_text, strings
from dsql_migrate.source.build.naming import bare_type, kind_of, role_names
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import (
    AlterSequence,
    CreateExtension,
    CreateObject,
    CreatePolicy,
    CreateRole,
    CreateRule,
    CreateSchema,
    CreateSequence,
    Expression,
    TypeName,
    display,
)
from dsql_migrate.source.parse import Node

_PERSISTENCE: dict[str, Any] = {"p": "permanent", "t": "temporary", "u": "unlogged"}


def create_sequence(reading: Reading, node: Node) -> CreateSequence:
    """A CreateSeqStmt."""
    sequence = node["sequence"]
    return CreateSequence(
        span=reading.span,
        name=reading.name(sequence),
        options=reading.sequence_options(node.get("options", ())),
        persistence=_PERSISTENCE.get(sequence.get("relpersistence", "p"), "permanent"),
        if_not_exists=bool(node.get("if_not_exists")),
    )


def alter_sequence(reading: Reading, node: Node) -> AlterSequence:
    """An AlterSeqStmt: options, OWNED BY, RESTART."""
    return AlterSequence(
        span=reading.span,
        name=reading.name(node["sequence"]),
        options=reading.sequence_options(node.get("options", ())),
        if_exists=bool(node.get("missing_ok")),
    )


def create_extension(reading: Reading, node: Node) -> CreateExtension:
    """A CreateExtensionStmt."""
    options = {o["DefElem"]["defname"]: o["DefElem"] for o in node.get("options", ())}
    schema = argument_text(options["schema"]) if "schema" in options else None
    return CreateExtension(reading.span, node["extname"], schema)


def create_schema(reading: Reading, node: Node) -> CreateSchema:
    """A CreateSchemaStmt. AUTHORIZATION alone names the schema after the role; "" for CURRENT_USER and its like."""
    name = node.get("schemaname") or node.get("authrole", {}).get("rolename", "")
    elements = tuple(next(iter(e)).removesuffix("Stmt") for e in node.get("schemaElts", ()))
    return CreateSchema(reading.span, name, bool(node.get("if_not_exists")), len(elements), elements)


def create_rule(reading: Reading, node: Node) -> CreateRule:
    """A RuleStmt."""
    event = node.get("event", "").removeprefix("CMD_").lower()
    table, where = reading.name(node["relation"]), None
    if "whereClause" in node:
        at, end = reading.find("where") or 0, reading.find("do") or 1
        where = reading.expression(node["whereClause"], reading.between(at + 1, end - 1))
    return CreateRule(reading.span, node["rulename"], table, event, bool(node.get("instead")), where)


def create_policy(reading: Reading, node: Node) -> CreatePolicy:
    """A CreatePolicyStmt."""
    using, check = _condition(reading, node, "qual", "using"), _condition(reading, node, "with_check", "check")
    table, roles = reading.name(node["table"]), role_names(node.get("roles", ()))
    command, permissive = node.get("cmd_name", "all").lower(), bool(node.get("permissive"))
    return CreatePolicy(reading.span, node["policy_name"], table, using, check, command, permissive, roles)


def _condition(reading: Reading, node: Node, field: str, word: str) -> Expression | None:
    """The expression in the parentheses behind a word."""
    at = reading.find(word)
    if field not in node or at is None:
        return None
    return reading.expression(node[field], reading.between(at + 2, reading.close(at + 1) - 1))


def create_role(reading: Reading, node: Node) -> CreateRole:
    """A CreateRoleStmt: role, user or group."""
    kind: Any = node.get("stmt_type", "ROLESTMT_ROLE").removeprefix("ROLESTMT_").lower()
    options = tuple(o["DefElem"]["defname"] for o in node.get("options", ()))
    return CreateRole(reading.span, node["role"], options, kind)


def define(reading: Reading, node: Node) -> CreateObject:
    """DefineStmt: aggregate, operator, collation, text search objects, base types."""
    kind = kind_of(node["kind"])
    name = ".".join(strings(node["defnames"]))
    if kind == "aggregate":
        name += f"({', '.join(display(t) for t in _aggregated(reading, node))})"
        return CreateObject(reading.span, kind, name, "Define", options=tuple(_options(node)))
    return CreateObject(reading.span, kind, name, "Define")


def _options(node: Node) -> Iterator[tuple[str, str]]:
    """(name, value) of each element that is a name or a string."""
    for element in (e["DefElem"] for e in node.get("definition", ())):
        ((kind, value),) = element.get("arg", {"": {}}).items()
        if kind == "TypeName":
            yield element["defname"].lower(), ".".join(strings(value["names"]))
        elif kind == "String":
            yield element["defname"].lower(), value.get("sval", "")


def _aggregated(reading: Reading, node: Node) -> list[TypeName]:
    """The argument types of an aggregate; CREATE AGGREGATE a (BASETYPE = t, …) is the form before PostgreSQL 8.2."""
    if node.get("oldstyle"):
        elements = (p["DefElem"] for p in node.get("definition", ()))
        base: Node = next((e for e in elements if e["defname"].lower() == "basetype"), {})
        fields = base.get("arg", {}).get("TypeName")
        found = [bare_type(reading, fields)] if fields else []
        return [t for t in found if t.name not in ("any", "ANY")]
    items = node.get("args", [{}])[0].get("List", {}).get("items", ())
    return [bare_type(reading, p["FunctionParameter"]["argType"]) for p in items]


# Further CREATE statements: node name -> (kind, the field that holds the name).
NAMED = {
    "CreateEventTrigStmt": ("event trigger", "trigname"),
    "CreatePLangStmt": ("language", "plname"),
    "CreateFdwStmt": ("foreign data wrapper", "fdwname"),
    "CreateForeignServerStmt": ("server", "servername"),
    "CreateUserMappingStmt": ("user mapping", "servername"),
    "CreatePublicationStmt": ("publication", "pubname"),
    "CreateSubscriptionStmt": ("subscription", "subname"),
    "CreateTableSpaceStmt": ("tablespace", "tablespacename"),
    "CreatedbStmt": ("database", "dbname"),
    "CreateAmStmt": ("access method", "amname"),
    "CreateConversionStmt": ("conversion", "conversion_name"),
    "CreateOpClassStmt": ("operator class", "opclassname"),
    "CreateOpFamilyStmt": ("operator family", "opfamilyname"),
    "CreateStatsStmt": ("statistics", "defnames"),
}


def create_named(reading: Reading, kind: str, node: Node) -> CreateObject:
    """A statement of NAMED: its kind and its name are all that is asked of it."""
    words, field = NAMED[kind]
    value = node.get(field, "")
    name = ".".join(strings(value)) if isinstance(value, list) else str(value)
    tables = node.get("relations", ())
    table = reading.name(tables[0]["RangeVar"]) if tables and "RangeVar" in tables[0] else None
    return CreateObject(reading.span, words, name, kind.removesuffix("Stmt"), table)


def create_cast(reading: Reading, node: Node) -> CreateObject:
    """A CreateCastStmt, called (source AS target)."""
    types = [bare_type(reading, node[f]).name for f in ("sourcetype", "targettype")]
    return CreateObject(reading.span, "cast", f"({types[0]} AS {types[1]})", "CreateCast")
