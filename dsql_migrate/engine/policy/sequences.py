"""Sequences and identity columns: bigint, with a CACHE that is said."""

from __future__ import annotations

from typing import Any

from dsql_migrate.engine.policy.queries import require_own_schema
from dsql_migrate.engine.policy.verdict import Case, Refusal, integer, options, relation, words
from dsql_migrate.source.parse import Node

_OPTIONS = frozenset(
    ["as", "cache", "cycle", "increment", "maxvalue", "minvalue", "start", "restart", "owned_by", "sequence_name"]
)


def create_sequence(case: Case, node: Node) -> None:
    """Judge CREATE SEQUENCE. Raises Refusal."""
    case.need("sequences", "unsupported statement: CreateSeq")
    require_own_schema(relation(node["sequence"]))
    if node["sequence"].get("relpersistence", "p") != "p":
        raise Refusal("TEMPORARY or UNLOGGED not supported for CREATE SEQUENCE")
    require_options(case, node.get("options"), "CREATE SEQUENCE")
    case.within("sequences", case.catalog.count("sequences") + 1)


def alter_sequence(case: Case, node: Node) -> None:
    """Judge ALTER SEQUENCE. Raises Refusal."""
    case.need("sequences", "unsupported statement: AlterSeq")
    require_own_schema(relation(node["sequence"]))
    require_options(case, node.get("options"), None)


def identity(case: Case, constraint: Node, kind: str | None) -> None:
    """Judge GENERATED … AS IDENTITY on a column of that type (None: not known). Raises Refusal."""
    case.need("identity-columns", "identity column is not supported")
    if kind is not None and kind != "int8":
        shown = case.target.types[kind].display if kind in case.target.types else kind
        raise Refusal(f"datatype {shown} not supported, identity column type must be bigint")
    require_options(case, constraint.get("options"), "identity column")
    case.within("sequences", case.catalog.count("sequences") + 1)


def require_options(case: Case, items: Any, what: str | None) -> None:
    """Judge the options; ``what`` names the object where a CACHE has to be among them. Raises Refusal."""
    least = case.target.limit("identity-cache-min")
    cached = False
    for name, argument in options(items):
        if name not in _OPTIONS:
            raise Refusal(f"sequence option {name} not supported")
        if name == "as" and words(argument["TypeName"].get("names", ()))[-1] != "int8":
            raise Refusal("unsupported sequence type: it must be bigint")
        if name == "cache":
            cached = True
            size = integer(argument)
            if size is not None and size != 1 and size < least:
                message = case.target.limits["identity-cache-min"].message or "CACHE ({cache}) not supported"
                raise Refusal(message.format(cache=size))
    if what is not None and not cached:
        raise Refusal(
            f"{what} is not supported without an explicit cache size."
            f" please define CACHE greater than or equal to {least} or equal to 1"
        )
