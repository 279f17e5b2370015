"""Types that DSQL does not have: the nearest one that it has, with what that costs."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.internal import internal
from dsql_migrate.schema import Resolved

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


def nearest(at: Situation, base: Resolved) -> TypeChoice:
    """The nearest type by ``rules/types.yaml``, where no decision is about it."""
    return as_type(at, base, SourceType(base.name), at.target.nearest.get(base.name, "text"))


def as_type(at: Situation, base: Resolved, source: SourceType, to: str) -> TypeChoice:
    """The type ``to``, or text where no conversion leads there."""
    found = conversion(source, to)
    if found is None:
        to, found = "text", conversion(source, "text")
    loss = at.target.losses.get(base.name) or (found.loss if found else None) or "the value is kept as text"
    same = base.name in _SAME_USE
    return TypeChoice(
        internal(to), to, found, "DSQL101", f"DSQL has no type {base.name}: {loss}", opaque=not same, shown=to
    )
