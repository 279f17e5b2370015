"""Text that is compared without regard to case: citext, and columns of a collation that ignores case."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.schema import Resolved

_REASON = {
    "lower": "keys and indexes are on lower(…); a query compares lower(…) too",
    "text": "comparison tells upper and lower case apart",
}


def citext(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``case-insensitive-text``."""
    option = at.want("case-insensitive-text")
    found = conversion(SourceType(base.name), "text")
    reason = f"DSQL has no type citext: text, and {_REASON[option]}"
    return TypeChoice("text", "text", found, "DSQL101", reason, shown="text", folded=option == "lower")


def collated(at: Situation, choice: TypeChoice) -> TypeChoice:
    """A text column whose collation ignores case, by the same decision."""
    from dataclasses import replace

    option = at.want("case-insensitive-text")
    reason = f"DSQL compares by bytes: {_REASON[option]}"
    return replace(choice, rule="DSQL103", reason=reason, folded=option == "lower")
