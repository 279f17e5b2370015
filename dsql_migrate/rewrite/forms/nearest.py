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


def as_type(
    at: Situation,
    base: Resolved,
    source: SourceType,
    to: str,
    *,
    checks: tuple[str, ...] = (),
    opaque: bool | None = None,
    blocker: bool = False,
    said: str | None = None,
) -> TypeChoice:
    """The type ``to``, or text where no conversion leads there.

    ``said``: what to say of it, in place of what is lost. ``opaque``: whether expressions lose their meaning, where
    the type alone does not say it.
    """
    found = conversion(source, to)
    if found is None:
        to, found = "text", conversion(source, "text")
    nearest = at.target.nearest.get(base.name, "text")
    loss = at.target.losses.get(base.name) if to == nearest else None
    loss = loss or (found.loss if found else None) or "the value is kept as text"
    if opaque is None:
        opaque = base.name not in _SAME_USE
    reason = f"DSQL has no type {base.name}: {to}, with a CHECK of its form" if checks else None
    reason = reason or f"DSQL has no type {base.name}: {said or loss}"
    return TypeChoice(
        internal(to), to, found, "DSQL101", reason, opaque=opaque, shown=to, checks=checks, blocker=blocker
    )
