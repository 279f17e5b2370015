"""Arrays: DSQL has none in columns."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.internal import internal
from dsql_migrate.schema import Resolved


def array(at: Situation, resolved: Resolved) -> TypeChoice:
    """By the decision ``arrays``; in a key text."""
    element = resolved.base
    kind = element.kind if element.kind in ("enum", "composite", "range") else "base"
    dimensions = max(resolved.dimensions, element.dimensions)
    to = "text" if at.in_key else at.want("arrays")
    found = conversion(SourceType(element.name, dimensions, kind), to)
    return TypeChoice(internal(to), to, found, "DSQL102", f"array: {at.target.losses['[]']}", opaque=True)
