"""money: DSQL has none."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.schema import Resolved

NUMERIC = "numeric(19,2)"  # money is eight bytes of cents: 17 digits and two


def money(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``money``."""
    option = at.want("money")
    if option == "numeric":
        return as_type(at, base, SourceType(base.name), NUMERIC)
    said = {"bigint": "whole cents", "text": "the text that it prints"}[option]
    return as_type(at, base, SourceType(base.name), option, opaque=True, said=said)
