"""Which form a column gets on DSQL: its own type where DSQL has it, else the one decided on, or the nearest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dsql_migrate.rewrite.forms.arrays import array
from dsql_migrate.rewrite.forms.bits import bits
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.composites import composite
from dsql_migrate.rewrite.forms.documents import hstore, ltree, xml
from dsql_migrate.rewrite.forms.enums import enum
from dsql_migrate.rewrite.forms.geometry import geometry
from dsql_migrate.rewrite.forms.keys import key
from dsql_migrate.rewrite.forms.letter_case import citext, collated
from dsql_migrate.rewrite.forms.money import money
from dsql_migrate.rewrite.forms.nearest import nearest
from dsql_migrate.rewrite.forms.networks import address
from dsql_migrate.rewrite.forms.ranges import is_range, range_
from dsql_migrate.rewrite.forms.sizes import sized
from dsql_migrate.schema import Catalogue, Resolved
from dsql_migrate.source.facts import TypeName

_DECIDED: Mapping[str, Callable[[Situation, Resolved], TypeChoice]] = {
    **dict.fromkeys(("bit", "varbit"), bits),
    **dict.fromkeys(("inet", "cidr", "macaddr", "macaddr8"), address),
    **dict.fromkeys(("geometry", "geography"), geometry),
    "citext": citext,
    "hstore": hstore,
    "ltree": ltree,
    "money": money,
    "xml": xml,
}


_TEXT = frozenset({"text", "varchar", "bpchar"})


def choose(at: Situation, type: TypeName) -> TypeChoice:
    """The form of a column or domain of this type."""
    found = _chosen(at, type)
    if not found.blocker:
        return found
    return replace(found, reason=f"the migration stops here, as was decided: {found.reason}")


def _chosen(at: Situation, type: TypeName) -> TypeChoice:
    resolved = at.catalogue.resolve_type(type)
    if resolved.arrays:
        return array(at, resolved)
    base = resolved.base
    if resolved.kind == "domain":
        return _domain(at, resolved) if at.target.has("domains") else _without_domain(at, resolved)
    if base.kind == "serial":
        return _serial(at, base.name)
    if base.kind == "enum":
        return enum(at, base)
    if base.kind == "composite":
        return composite(at, base)
    if is_range(at.catalogue, base):
        return range_(at, base)
    known = at.target.types.get(base.name) if base.kind == "base" or base.name in at.target.types else None
    if known is None:
        return _DECIDED.get(base.name, nearest)(at, base)
    if at.in_key and not known.key:
        return key(at, base.name)
    found = sized(at, base)
    return collated(at, found) if at.ignores_case and base.name in _TEXT else found


def _domain(at: Situation, resolved: Resolved) -> TypeChoice:
    """The domain stays, over what lies under it; what is decided about that is decided for the domain."""
    user = resolved.user
    assert user is not None
    id = f"domain:{user.key[0]}.{user.key[1]}"
    under = replace(at, whole=True, want=lambda key, of=None: at.want(key, of or id))
    found = choose(under, _written(resolved.base))
    return found if at.in_key and found.rule == "DSQL207" else replace(found, sql=None, shown=None, checks=())


def _serial(at: Situation, name: str) -> TypeChoice:
    """An identity column takes over, which is bigint; before DSQL had those, a number that the application gives."""
    if at.target.has("identity-columns"):
        return TypeChoice("int8", None, None, "DSQL401", "DSQL has no serial types")
    internal, sql = _NUMBERS[name]
    return TypeChoice(internal, sql, None, "DSQL401", "DSQL has no serial types on this day", shown=sql)


_NUMBERS = {"smallserial": ("int2", "smallint"), "serial": ("int4", "integer"), "bigserial": ("int8", "bigint")}


def _without_domain(at: Situation, resolved: Resolved) -> TypeChoice:
    """Before DSQL had domains: the type that lies under it."""
    base = resolved.base
    under = choose(at, _written(base))
    if under.sql is not None:
        return under
    known = at.target.types.get(base.name)
    sql = (known.display if known else base.name) + (f"({','.join(base.modifiers)})" if base.modifiers else "")
    reason = "DSQL has no domains on this day: the type under it"
    return replace(under, sql=sql, rule="DSQL529", reason=reason, shown=None)


def _written(base: Resolved) -> TypeName:
    """What lies under a domain, as a type name that resolves to the same."""
    if base.user is not None:
        return TypeName(base.user.key[0], base.user.key[1], base.modifiers, base.dimensions)
    return TypeName(base.schema, base.name, base.modifiers, base.dimensions)


def numeric_columns(catalogue: Catalogue, types: Mapping[str, TypeName]) -> list[str]:
    """Names of the columns whose type is a bare numeric, domains looked through."""
    found = []
    for name, type in types.items():
        base = catalogue.resolve_type(type).base
        if base.kind == "base" and base.name == "numeric" and not base.modifiers and not base.dimensions:
            found.append(name)
    return found
