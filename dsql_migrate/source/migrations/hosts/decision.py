"""Which way a decision goes when the database is PostgreSQL: dialects are asked for in many ways."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_migrate.source.migrations.hosts import values
from dsql_migrate.source.migrations.hosts.languages.tree import (
    Binary,
    Call,
    Items,
    Member,
    Name,
    Node,
    Not,
    Text,
    dotted,
    plain,
)

_ASKED = ("dialect", "vendor", "adapter", "options.type", "client", "engine.name", "bind.name")
_POSTGRES = ("postgres", "postgis", "psycopg", "asyncpg", "pgdialect", "pg8000")
_OTHERS = ("mysql", "maria", "sqlite", "mssql", "sqlserver", "oracle", "cockroach", "db2", "snowflake", "redshift")
_DEPTH = 8  # variables that stand for variables


def decide(test: Node, known: Mapping[str, Node], depth: int = 0) -> bool | None:
    """Whether the test holds on PostgreSQL; None where it is about something else, or cannot be told."""
    match test:
        case Name(name=name) if name in known and depth < _DEPTH:
            return decide(known[name], known, depth + 1)
        case Not(on=on):
            found = decide(on, known, depth)
            return None if found is None else not found
        case Binary(operator="and" | "or" as operator, left=left, right=right):
            sides = (decide(left, known, depth), decide(right, known, depth))
            if (operator == "or") in sides:
                return operator == "or"
            return None if None in sides else operator == "and"
        case Binary(operator="==" | "===", left=left, right=right):
            return _is(left, right, known)
        case Binary(operator="!=" | "!==", left=left, right=right):
            found = _is(left, right, known)
            return None if found is None else not found
        case Binary(operator="in" | "not in" as operator, left=left, right=right):
            found = _is(left, right, known)
            found = _is(right, left, known) if found is None else found
            return None if found is None else found == (operator == "in")
        case Call(name="isinstance", args=(value, kind)) if "dialect" in dotted(value).lower():
            return _among(kind, known)
        case Call(name="startswith" | "startsWith" | "includes", args=(word,), on=Node() as on):
            found = _is(on, word, known)
            return _is(word, on, known) if found is None and isinstance(on, Items) else found
    return None


def _is(asked: Node, words: Node, known: Mapping[str, Node]) -> bool | None:
    """Whether PostgreSQL is what ``words`` names; None where ``asked`` is no dialect."""
    found = values.resolve(asked, known)
    path = (dotted(asked) or dotted(found)).lower()
    path = path if any(word in path for word in _ASKED) else dotted(found).lower()
    return _among(words, known) if any(word in path for word in _ASKED) else None


def _among(node: Node, known: Mapping[str, Node]) -> bool | None:
    found = values.resolve(node, known)
    several = [_postgres(item) for item in found.items] if isinstance(found, Items) else [_postgres(found)]
    return True if True in several else None if None in several or not several else False


def _postgres(node: Node) -> bool | None:
    """Whether a word or a name means PostgreSQL; None where it names no database."""
    word = plain(node).lower() if isinstance(node, Text) else ""
    if isinstance(node, Name | Member | Call):
        word = dotted(node).lower()
    if word == "pg" or any(name in word for name in _POSTGRES):
        return True
    return False if any(name in word for name in _OTHERS) else None
