"""Arrays: DSQL has none in columns."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.internal import internal
from dsql_migrate.schema import Resolved


def array(at: Situation, resolved: Resolved) -> TypeChoice:
    """By the decision ``arrays``; in a key text, and so is an array of domains that are arrays."""
    element = resolved.base
    kind = element.kind if element.kind in ("enum", "composite", "range") else "base"
    dimensions = resolved.arrays[0]
    to = "text" if at.in_key or len(resolved.arrays) > 1 else at.want("arrays")
    found = conversion(SourceType(element.name, dimensions, kind), to)
    return TypeChoice(internal(to), to, found, "DSQL102", f"array: {at.target.losses['[]']}", opaque=True)
