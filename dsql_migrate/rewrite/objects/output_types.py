"""The types of a query's columns, as far as its text says them: for what has to be written without an engine."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_migrate.rewrite.following.site import Site, of_view
from dsql_migrate.rewrite.forms.shown import format_type
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, dotted
from dsql_migrate.rewrite.quoting import qualified
from dsql_migrate.schema.model import View
from dsql_migrate.schema.types import canonical
from dsql_migrate.source.facts import TypeName
from dsql_migrate.source.terms import Term

Shown = tuple[tuple[str, str, str], ...]  # by column: name, type as DDL has it, PostgreSQL's name of its base type
_Type = tuple[str, str]

_TEXT, _BIGINT, _NUMERIC = ("text", "text"), ("bigint", "int8"), ("numeric", "numeric")
_DOUBLE = ("double precision", "float8")
# What PostgreSQL's aggregates and functions give back (manual, 9.4 and 9.21), whatever they are called with …
_ALWAYS: Mapping[str, _Type] = {
    "count": _BIGINT, "row_number": _BIGINT, "rank": _BIGINT, "dense_rank": _BIGINT,
    "string_agg": _TEXT, "lower": _TEXT, "upper": _TEXT, "concat": _TEXT, "concat_ws": _TEXT,
    "initcap": _TEXT, "to_char": _TEXT, "bool_or": ("boolean", "bool"), "bool_and": ("boolean", "bool"),
    "every": ("boolean", "bool"), "length": ("integer", "int4"),
}  # fmt: skip
# … and by the type of their argument.
_SUM: Mapping[str, _Type] = {
    "int2": _BIGINT, "int4": _BIGINT, "int8": _NUMERIC, "numeric": _NUMERIC, "float4": ("real", "float4"),
    "float8": _DOUBLE,
}  # fmt: skip
_AVG: Mapping[str, _Type] = {
    "int2": _NUMERIC, "int4": _NUMERIC, "int8": _NUMERIC, "numeric": _NUMERIC, "float4": _DOUBLE, "float8": _DOUBLE
}  # fmt: skip
_SAME = frozenset(("int2", "int4", "int8", "float4", "float8", "date"))  # max() of one is one, and it has no modifier


def output_types(plan: Plan, view: View) -> Shown | None:
    """The columns of a view; None where its text does not say the type of one of them."""
    site = of_view(plan, view)
    query = next((t for t in site.terms.walk() if t.kind == "query"), None) if site else None
    names = view.columns if len(view.columns) == len(view.outputs) else view.outputs
    if site is None or query is None or len(names) != len(query.outputs) or len(set(names)) != len(names):
        return None
    found = []
    for name, (_, term) in zip(names, query.outputs, strict=True):
        type = _type(site, term) if term.scope == query.scope else None  # else UNION: the types of all sides decide
        if name is None or type is None:
            return None
        found.append((name, *type))
    return tuple(found)


def plain_columns(plan: Plan, view: View) -> dict[str, ColumnPlan]:
    """The columns of a view that are columns of a table as they are, each with that one's plan."""
    site = of_view(plan, view)
    query = next((t for t in site.terms.walk() if t.kind == "query"), None) if site else None
    names = view.columns if len(view.columns) == len(view.outputs) else view.outputs
    if site is None or query is None or len(names) != len(query.outputs):
        return {}
    found = {}
    for name, (_, term) in zip(names, query.outputs, strict=True):
        column = site.column(term) if term.scope == query.scope else None
        if name is not None and column is not None:
            found[name] = column
    return found


def _type(site: Site, term: Term) -> _Type | None:
    if term.kind == "column":
        column = site.column(term)
        return _of_column(site.plan, column) if column is not None else None
    if term.kind == "cast" and term.type is not None:
        return _named(site.plan, term.type)
    if term.kind != "call" or (len(term.parts) > 1 and term.parts[0] != "pg_catalog"):
        return None
    site.with_path()
    if len(term.parts) == 1 and site.plan.catalogue.routines_named(None, term.name):
        return None
    if term.name in _ALWAYS:
        return _ALWAYS[term.name]
    argument = _type(site, term.terms[0]) if term.terms else None
    if argument is None:
        return None
    if term.name in ("max", "min"):
        return argument if argument[1] in _SAME else _NUMERIC if argument[1] == "numeric" else None
    return {"sum": _SUM, "avg": _AVG}.get(term.name, {}).get(argument[1])


def _of_column(plan: Plan, planned: ColumnPlan) -> _Type | None:
    choice, type = planned.choice, planned.column.type
    if planned.facets or choice.elements is not None:
        return None
    if planned.identity is not None or plan.catalogue.resolve_type(type).kind == "serial":
        return _BIGINT
    if choice.sql is not None:
        return (choice.shown or choice.sql, choice.internal) if choice.references is None else None
    return _named(plan, type)


def _named(plan: Plan, type: TypeName) -> _Type | None:
    """A type that is written out: DSQL's own, or a domain that comes along."""
    resolved = plan.catalogue.resolve_type(type)
    if resolved.dimensions or resolved.name == "interval" or type.setof:
        return None
    user = resolved.user
    if user is not None:
        there = user.kind == "domain" and f"domain:{dotted(user.key)}" not in plan.excluded
        known = resolved.base.name in plan.target.types and not resolved.arrays
        return (qualified(plan.place(user.key)), resolved.base.name) if there and known else None
    if resolved.kind != "base" or resolved.name not in plan.target.types:
        return None
    return format_type(canonical(type)), resolved.name
