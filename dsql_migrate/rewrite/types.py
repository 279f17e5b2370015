"""Which type a column gets on DSQL: its own where DSQL has it, else the nearest one, with what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dsql_migrate.rewrite.data.values import Conversion, SourceType, conversion
from dsql_migrate.schema import Catalogue, Resolved
from dsql_migrate.schema.model import Key
from dsql_migrate.source.facts import TypeName
from dsql_migrate.target import Target

_INTERNAL = {
    "bigint": "int8",
    "integer": "int4",
    "smallint": "int2",
    "boolean": "bool",
    "double precision": "float8",
    "real": "float4",
    "character varying": "varchar",
    "character": "bpchar",
    "timestamp with time zone": "timestamptz",
}
# Types whose values an expression may go on using as before once they are stored as the nearest type.
_SAME_USE = frozenset(
    {
        "money",
        "citext",
        "name",
        "char",
        "varchar",
        "bpchar",
        "numeric",
        "oid",
        "xid",
        "serial",
        "bigserial",
        "smallserial",
    }
)
NUMERIC_SCALE = 18  # digits behind the point where a bare numeric has no rows to choose by
NUMERIC_PRECISION = 38


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """What a column becomes. ``sql``: what to write in place of the type, None where it stays.

    ``internal``: PostgreSQL's internal name of the base type that the column then has.
    """

    internal: str
    sql: str | None = None
    conversion: Conversion | None = None
    rule: str | None = None
    reason: str = ""
    opaque: bool = False  # expressions over the column no longer mean what they meant
    shown: str | None = None  # how format_type prints the type on the target, where it is not the written one


@dataclass(frozen=True, slots=True)
class NumericUse:
    """What the rows hold in a bare numeric column: digits before and behind the point, at most."""

    integer_digits: int = 0
    scale: int = 0


NumericUses = Mapping[tuple[Key, str], NumericUse]  # by the key of a table and the name of its column


def choose(
    catalogue: Catalogue, target: Target, type: TypeName, *, in_key: bool = False, numeric: NumericUse | None = None
) -> TypeChoice:
    """The type a column or domain of this type gets on the target's day.

    ``in_key``: a primary or unique key holds it.
    """
    resolved = catalogue.resolve_type(type)
    if resolved.dimensions or resolved.base.dimensions:
        return _array(resolved, target, in_key)
    base = resolved.base
    if resolved.kind == "domain" and not target.has("domains"):
        return _without_domain(catalogue, target, resolved, in_key)
    if resolved.kind == "domain":
        under = choose(catalogue, target, _written(base, resolved), in_key=in_key, numeric=numeric)
        return replace(under, sql=None, rule=under.rule, shown=None) if not in_key or under.rule != "DSQL207" else under
    if base.kind == "serial":
        return TypeChoice("int8", None, None, "DSQL401", "DSQL has no serial types")
    if base.kind == "enum":
        found = conversion(SourceType(base.name, 0, "enum"), "text")
        if not target.has("domains"):
            return TypeChoice("text", "text", found, "DSQL107", "the enum is text with a CHECK now", shown="text")
        return TypeChoice("text", None, found, "DSQL107", "the enum is a domain over text now")
    if base.kind in ("composite", "range"):
        return _nearest(
            base, target, SourceType(base.name, 0, "composite" if base.kind == "composite" else "range"), "text"
        )
    known = target.types.get(base.name) if base.kind == "base" or base.name in target.types else None
    if known is None:
        return _nearest(base, target, SourceType(base.name), target.nearest.get(base.name, "text"))
    if in_key and not known.key:
        return _key(base.name)
    return _bounded(base, target, numeric)


def _without_domain(catalogue: Catalogue, target: Target, resolved: Resolved, in_key: bool) -> TypeChoice:
    """Before DSQL had domains: the type that lies under it."""
    under = choose(catalogue, target, _written(resolved.base, resolved), in_key=in_key)
    if under.sql is not None:
        return under
    base = resolved.base
    known = target.types.get(base.name)
    sql = (known.display if known else base.name) + (f"({','.join(base.modifiers)})" if base.modifiers else "")
    return replace(
        under, sql=sql, rule="DSQL529", reason="DSQL has no domains on this day: the type under it", shown=None
    )


def _written(base: Resolved, outer: Resolved) -> TypeName:
    """What lies under a domain, as a type name that resolves to the same."""
    if base.user is not None:
        return TypeName(base.user.key[0], base.user.key[1], base.modifiers, base.dimensions)
    return TypeName(base.schema, base.name, base.modifiers, base.dimensions)


def internal(sql: str) -> str:
    """numeric(19,2) -> numeric, bigint -> int8."""
    bare = sql.split("(")[0].strip()
    return _INTERNAL.get(bare, bare)


def _array(resolved: Resolved, target: Target, in_key: bool) -> TypeChoice:
    element = resolved.base
    kind = element.kind if element.kind in ("enum", "composite", "range") else "base"
    dimensions = max(resolved.dimensions, element.dimensions)
    to = "text" if in_key else target.nearest["[]"]
    source = SourceType(element.name, dimensions, kind)
    found = conversion(source, to)
    return TypeChoice(internal(to), to, found, "DSQL102", f"array: {target.losses['[]']}", opaque=True)


def _nearest(base: Resolved, target: Target, source: SourceType, to: str) -> TypeChoice:
    found = conversion(source, to)
    if found is None:
        to, found = "text", conversion(source, "text")
    loss = target.losses.get(base.name) or (found.loss if found else None) or "the value is kept as text"
    same = base.name in _SAME_USE
    return TypeChoice(
        internal(to), to, found, "DSQL101", f"DSQL has no type {base.name}: {loss}", opaque=not same, shown=to
    )


def _key(name: str) -> TypeChoice:
    found = conversion(SourceType(name), "text")
    note = (
        "kept as hexadecimal text, which sorts alike"
        if name == "bytea"
        else "kept as the text PostgreSQL prints for it"
    )
    return TypeChoice("text", "text", found, "DSQL207", f"a key cannot hold {name}: {note}", opaque=True, shown="text")


def _bounded(base: Resolved, target: Target, numeric: NumericUse | None) -> TypeChoice:
    """A type DSQL has; its length and precision within DSQL's bounds."""
    name, modifiers = base.name, base.modifiers
    same = conversion(SourceType(name), name)
    known = target.types[name]
    size = int(modifiers[0]) if modifiers and modifiers[0].isdigit() else None
    if known.max_length is not None and size is not None and size > known.max_length:
        reason = f"DSQL takes {known.display}(n) up to {known.max_length}"
        return TypeChoice("text", "text", conversion(SourceType(name), "text"), "DSQL704", reason, shown="text")
    if name != "numeric":
        return TypeChoice(name, conversion=same)
    widest = target.limit("numeric-precision")
    if size is not None:
        if size <= widest:
            return TypeChoice(name, conversion=same)
        scale = min(int(modifiers[1]) if len(modifiers) > 1 else 0, target.limit("numeric-scale"))
        sql = f"numeric({widest},{scale})"
        return TypeChoice(name, sql, same, "DSQL705", f"DSQL takes numeric up to {widest} digits", shown=sql)
    use = numeric or NumericUse()
    scale = max(NUMERIC_SCALE, use.scale)
    precision = min(max(NUMERIC_PRECISION, use.integer_digits + scale), widest)
    sql = f"numeric({precision},{min(scale, precision)})"
    return TypeChoice(name, sql, same, "DSQL111", "DSQL reads a bare numeric as numeric(18,6)", shown=sql)


def numeric_columns(catalogue: Catalogue, types: Mapping[str, TypeName]) -> list[str]:
    """Names of the columns whose type is a bare numeric, domains looked through."""
    found = []
    for name, type in types.items():
        base = catalogue.resolve_type(type).base
        if base.kind == "base" and base.name == "numeric" and not base.modifiers and not base.dimensions:
            found.append(name)
    return found
