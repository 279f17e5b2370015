"""What statements call objects: PostgreSQL's ObjectType as words, and names of any object as dotted parts."""

from __future__ import annotations

from typing import Any

from dsql_migrate.source.build.literals import number, strings, text
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import Name, TypeName, display
from dsql_migrate.source.parse import Node

_WORDS = {
    "MATVIEW": "materialized view",
    "TABCONSTRAINT": "constraint",
    "DOMCONSTRAINT": "domain constraint",
    "FDW": "foreign data wrapper",
    "FOREIGN_SERVER": "server",
    "TSCONFIGURATION": "text search configuration",
    "TSDICTIONARY": "text search dictionary",
    "TSPARSER": "text search parser",
    "TSTEMPLATE": "text search template",
    "OPCLASS": "operator class",
    "OPFAMILY": "operator family",
    "LARGEOBJECT": "large object",
    "STATISTIC_EXT": "statistics",
    "DEFACL": "default privileges",
    "PARAMETER_ACL": "parameter",
}


def kind_of(objtype: str) -> str:
    """OBJECT_MATVIEW -> materialized view."""
    bare = objtype.removeprefix("OBJECT_")
    return _WORDS.get(bare, bare.lower().replace("_", " "))


def object_name(reading: Reading, node: Any) -> tuple[tuple[str, ...], str | None]:
    """The dotted parts of an object in COMMENT, DROP, ALTER … OWNER and so on; for routines also ``name(types)``."""
    if not isinstance(node, dict):
        return (), None
    if "List" in node:
        parts: list[str] = []
        for item in node["List"]["items"]:
            parts.extend(object_name(reading, item)[0])
        return tuple(parts), None
    if "String" in node:
        return (text(node),), None
    if "TypeName" in node:
        return tuple(strings(node["TypeName"].get("names", ()))), None
    if "RangeVar" in node:
        name = node["RangeVar"]
        return tuple(p for p in (name.get("schemaname"), name["relname"]) if p is not None), None
    if "ObjectWithArgs" in node:
        return routine_name(reading, node["ObjectWithArgs"])
    if "Integer" in node or "Float" in node:  # a large object's number
        return (str(number(node)),), None
    return (), None


def routine_name(reading: Reading, node: Node) -> tuple[tuple[str, ...], str | None]:
    """An ObjectWithArgs: its dotted name and name(types)."""
    parts = tuple(strings(node["objname"]))
    if node.get("args_unspecified"):
        return parts, None
    types = [bare_type(reading, t["TypeName"]) for t in node.get("objargs", ()) if "TypeName" in t]
    return parts, f"{parts[-1]}({', '.join(display(t) for t in types)})"


def bare_type(reading: Reading, node: Node) -> TypeName:
    """A type without its place: what a signature or a cast is made of."""
    return reading.type({**node, "location": -1})


def qualified(nodes: list[Node]) -> Name:
    """A list of String nodes as a name; a database in front (db.schema.name) is left out."""
    parts = strings(nodes)
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1])


def role_names(nodes: list[Node]) -> tuple[str, ...]:
    """RoleSpecs: names as they are, and "public", "current_user", "session_user" for what is none."""
    found = []
    for node in nodes:
        role = node["RoleSpec"]
        kind = role.get("roletype", "")
        found.append(role.get("rolename") or kind.removeprefix("ROLESPEC_").lower())
    return tuple(found)
