"""Ranges and multiranges: DSQL has none in columns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from dsql_migrate.rewrite.data import columns_at_once, literal_forms, ranges
from dsql_migrate.rewrite.data.split import Split, Sql
from dsql_migrate.rewrite.data.values import Conversion, Convert, SourceType, column, keep
from dsql_migrate.rewrite.forms.choice import Facet, Situation, TypeChoice
from dsql_migrate.rewrite.forms.internal import internal
from dsql_migrate.rewrite.forms.json_parts import json_part
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.rewrite.forms.parts import Part, json_type, moved, part
from dsql_migrate.schema import Catalogue, Resolved
from dsql_migrate.source.facts import TypeName

_SUBTYPES = {
    "int4range": "int4",
    "int8range": "int8",
    "numrange": "numeric",
    "daterange": "date",
    "tsrange": "timestamp",
    "tstzrange": "timestamptz",
}
_MULTIRANGES = {name.replace("range", "multirange"): name for name in _SUBTYPES}
# Types whose order on DSQL is the one that they had: a text's may have followed a collation.
_ORDERED = frozenset(
    ("int2", "int4", "int8", "numeric", "float4", "float8", "date", "timestamp", "timestamptz", "time", "interval")
)
_WITHOUT_ENDS = "{0} IS NULL AND {1} IS NULL"
_KINDS = "{2} IN ('[)', '[]', '(]', '()')"


def ends_of(catalogue: Catalogue, base: Resolved) -> TypeName | None:
    """The type of a range's or multirange's ends; None where it is neither."""
    if base.user is not None and base.user.kind == "range":
        return base.user.base
    if base.kind == "base" and base.name in _SUBTYPES:
        return TypeName("pg_catalog", _SUBTYPES[base.name])
    if base.kind == "base" and base.name in _MULTIRANGES:
        return TypeName("pg_catalog", _SUBTYPES[_MULTIRANGES[base.name]])
    if base.user is None and "multirange" in base.name:
        return _of_own_multirange(catalogue, base)
    return None


def _of_own_multirange(catalogue: Catalogue, base: Resolved) -> TypeName | None:
    """PostgreSQL makes a multirange type with every range type, and names it after it."""
    for key, user in catalogue.types.items():
        if user.kind == "range" and base.schema in (None, key[0]):
            first, range_, last = key[1].partition("range")
            made = f"{first}multirange{last}" if range_ else f"{key[1]}_multirange"
            if made == base.name:
                return user.base
    return None


def is_range(catalogue: Catalogue, base: Resolved) -> bool:
    """Whether the type is a range or multirange, built in or of the script's own."""
    return base.kind == "range" or ends_of(catalogue, base) is not None


def range_(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``ranges`` or ``multiranges``; in a key text."""
    several = base.kind != "range" and base.name not in _SUBTYPES
    source = SourceType(base.name, 0, "base" if base.name in {**_SUBTYPES, **_MULTIRANGES} else "range")
    ends = ends_of(at.catalogue, base)
    if at.in_key or ends is None:
        return as_type(at, base, source, "text")
    wanted = at.want("multiranges" if several else "ranges")
    if wanted == "columns" and not at.whole:
        return _columns(at, base, ends)
    to = json_type(at, wanted)
    return as_type(at, base, source, "text") if to == "text" else _json(at, base, ends, to, several)


def _columns(at: Situation, base: Resolved, ends: TypeName) -> TypeChoice:
    """Three columns: lower and upper of the ends' type, NULL where infinite; bounds, which is NULL for no range."""
    end = part(replace(at, whole=True), ends)
    kinds = Facet("_bounds", "text", "text", "text", not_null=True, sorts=False)
    facets = (end.facet("_lower"), end.facet("_upper"), kinds)
    rest = f"{_KINDS} AND {{0}} <= {{1}}" if end.choice.internal in _ORDERED else _KINDS
    checks: tuple[str, ...] = (f"CASE coalesce({{2}}, 'empty') WHEN 'empty' THEN {_WITHOUT_ENDS} ELSE {rest} END",)
    checks += moved(end.choice.checks, 0) + moved(end.choice.checks, 1)
    loss = "range operators and exclusion"
    reason = f"DSQL has no type {base.name}: its ends and bounds are columns of their own, without {loss}"
    return TypeChoice(
        "", None, None, "DSQL101", reason, opaque=True, facets=facets, split=_split(at, base, ends, end), checks=checks,
        blocker=end.choice.blocker,
    )  # fmt: skip


def _split(at: Situation, base: Resolved, ends: TypeName, end: Part) -> Split:
    def both(which: str) -> Sql:
        return lambda expression: end.source_sql(f"{which}({expression})")

    return Split(
        f"{base.name} to columns",
        3,
        ranges.splitter(end.convert),
        ranges.joiner(end.back),
        (both("lower"), both("upper"), _bounds_sql),
        (end.target_sql, end.target_sql, column),
        "range operators and exclusion",
        _literal(at, base, ends),
        columns_at_once.ranges if end.convert is keep else None,
    )


def _bounds_sql(expression: str) -> str:
    opening = f"CASE WHEN lower_inc({expression}) THEN '[' ELSE '(' END"
    closing = f"CASE WHEN upper_inc({expression}) THEN ']' ELSE ')' END"
    return f"CASE isempty({expression}) WHEN true THEN 'empty' WHEN false THEN {opening} || {closing} END"


def _literal(at: Situation, base: Resolved, ends: TypeName) -> Convert | None:
    if base.user is None and base.name in _SUBTYPES:
        return literal_forms.printed(base.name)
    if base.kind == "base" and base.name in _MULTIRANGES:
        return literal_forms.printed(_MULTIRANGES[base.name])
    return literal_forms.printed_range(at.catalogue.resolve_type(ends).base.name)


def _json(at: Situation, base: Resolved, ends: TypeName, to: str, several: bool) -> TypeChoice:
    end = json_part(at.catalogue, ends)
    literal = _literal(at, base, ends)
    convert: Convert = partial(ranges.multirange_to_json if several else ranges.to_json, element=end.convert)
    back: Convert = partial(ranges.multirange_from_json if several else ranges.from_json, element=end.back)

    def printed(value: bytes) -> bytes:
        if several:
            return convert(ranges.each(value, literal or keep))
        return convert(literal(value) if literal is not None else value)

    target_sql: Sql = column if to == "jsonb" else lambda expression: f"({expression})::jsonb"
    loss = "range operators and the check of the bounds"
    source_sql: Sql = partial(_several_sql if several else _object_sql, end.sql)
    made = Conversion(f"{base.name} to {to}", convert, source_sql, target_sql, loss, printed, back)
    reason = f"DSQL has no type {base.name}: kept as JSON with lower, upper and bounds"
    return TypeChoice(internal(to), to, made, "DSQL101", reason, opaque=True, shown=to)


def _object_sql(end: Sql, expression: str) -> str:
    lower, upper = end(f"lower({expression})"), end(f"upper({expression})")
    made = f"'lower', {lower}, 'upper', {upper}, 'bounds', {_bounds_sql(expression)}"
    return f"CASE WHEN {expression} IS NOT NULL THEN jsonb_build_object({made}) END"


def _several_sql(end: Sql, expression: str) -> str:
    one = _object_sql(end, "u.r")
    each = f"SELECT jsonb_agg({one} ORDER BY u.n) FROM unnest({expression}) WITH ORDINALITY AS u(r, n)"
    return f"CASE WHEN {expression} IS NOT NULL THEN coalesce(({each}), '[]'::jsonb) END"
