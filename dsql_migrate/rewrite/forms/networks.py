"""Addresses of networks and of network cards: DSQL has no types for them."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.schema import Resolved

# What PostgreSQL prints (inet_net_ntop.c, mac.c, mac8.c), in a form that a person reads: it takes every address, and
# refuses names, missing parts and other letters, not every number that is too large.
_ADDRESS = r"(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)"
_MASK = r"/\d{1,3}"


def _condition(pattern: str) -> str:
    return "{} ~ '" + _braced(f"^{pattern}$") + "'"


def _braced(pattern: str) -> str:
    """For ``TypeChoice.checks``, where single braces stand for a name."""
    return pattern.replace("{", "{{").replace("}", "}}")


def _pairs(count: int) -> str:
    return _condition(f"([0-9a-f]{{2}}:){{{count - 1}}}[0-9a-f]{{2}}")


_CONDITIONS = {
    "inet": _condition(f"{_ADDRESS}({_MASK})?"),
    "cidr": _condition(_ADDRESS + _MASK),
    "macaddr": _pairs(6),
    "macaddr8": _pairs(8),
}


def address(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``network-addresses``: text, with a CHECK of the form that PostgreSQL prints."""
    checks = (_CONDITIONS[base.name],) if at.want("network-addresses") == "check" else ()
    return as_type(at, base, SourceType(base.name), "text", checks=checks)
