"""Ranges and multiranges: DSQL has none in columns."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.schema import Resolved


def range_(at: Situation, base: Resolved) -> TypeChoice:
    """A range of one's own, by the decision ``ranges``."""
    return as_type(at, base, SourceType(base.name, 0, "range"), "text")
