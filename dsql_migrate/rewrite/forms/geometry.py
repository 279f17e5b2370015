"""geometry and geography of PostGIS: DSQL has neither."""

from __future__ import annotations

from dsql_migrate.rewrite.data.geometry import geometry_conversion
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.schema import Resolved

_TYPES = {"wkb": "bytea", "geojson": "jsonb"}
_EFFECTS = {
    "bytea": "extended well-known binary",
    "jsonb": "GeoJSON",
    "text": "extended well-known binary in hexadecimal",
}


def geometry(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``geometry``; in a key text, for DSQL has neither bytea nor JSON there."""
    option = at.want("geometry")
    to = "text" if at.in_key else _TYPES.get(option, "text")
    srid = next((int(m) for m in base.modifiers if m.isdigit()), None)
    found = geometry_conversion(base.name, to, srid)
    reason = f"DSQL has no type {base.name}: {_EFFECTS[to]}; without {found.loss}"
    stop = option == "blocker"
    return TypeChoice(to, to, found, "DSQL101", reason, opaque=True, shown=to, blocker=stop)
