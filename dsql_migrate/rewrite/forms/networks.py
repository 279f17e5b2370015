"""Addresses of networks and of network cards: DSQL has no types for them."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.schema import Resolved

# What PostgreSQL prints (inet_net_ntop.c, mac.c, mac8.c): lower case, IPv6 with one run of zeros left out as "::".
_NOT = r":[^:]|.*[^:]:(/|$)|.*:::|.*::.*::|[^:]*/(3[3-9]|[4-9]\d|1\d\d)"  # ":" alone at an end, "::" twice, IPv4/33
_FOUR = r"(::(ffff:)?)?((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?=\d)|(?=/|$))){4}"
_SIX = r"(([0-9a-f]{1,4}:){7}|(?=.*::)([0-9a-f]{0,4}:){2,7})[0-9a-f]{0,4}"
_MASK = r"/([1-9]?\d|1[01]\d|12[0-8])"


def _condition(mask: str) -> str:
    return "{} ~ '" + _braced(f"^(?!{_NOT})({_FOUR}|{_SIX}){mask}$") + "'"


def _braced(pattern: str) -> str:
    """For ``TypeChoice.checks``, where single braces stand for a name."""
    return pattern.replace("{", "{{").replace("}", "}}")


def _pairs(count: int) -> str:
    return "{} ~ '" + _braced(f"^([0-9a-f]{{2}}:){{{count - 1}}}[0-9a-f]{{2}}$") + "'"


_CONDITIONS = {
    "inet": _condition(f"({_MASK})?"),
    "cidr": _condition(_MASK),
    "macaddr": _pairs(6),
    "macaddr8": _pairs(8),
}


def address(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``network-addresses``: text, with a CHECK of the form that PostgreSQL prints."""
    checks = (_CONDITIONS[base.name],) if at.want("network-addresses") == "check" else ()
    return as_type(at, base, SourceType(base.name), "text", checks=checks)
