"""Columns of a composite type: DSQL has none."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.schema import Resolved


def composite(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``composites``."""
    return as_type(at, base, SourceType(base.name, 0, "composite"), "text")
