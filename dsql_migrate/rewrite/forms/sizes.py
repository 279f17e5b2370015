"""Types that DSQL has, their length and precision within its bounds."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.rewrite.forms.choice import NumericUse, Situation, TypeChoice
from dsql_migrate.schema import Resolved

NUMERIC_SCALE = 18  # digits behind the point where a bare numeric has no rows to choose by
NUMERIC_PRECISION = 38


def sized(at: Situation, base: Resolved) -> TypeChoice:
    """A type DSQL has; its length and precision within DSQL's bounds."""
    name, modifiers = base.name, base.modifiers
    same = conversion(SourceType(name), name)
    known = at.target.types[name]
    size = int(modifiers[0]) if modifiers and modifiers[0].isdigit() else None
    if known.max_length is not None and size is not None and size > known.max_length:
        reason = f"DSQL takes {known.display}(n) up to {known.max_length}"
        return TypeChoice("text", "text", conversion(SourceType(name), "text"), "DSQL704", reason, shown="text")
    if name != "numeric":
        return TypeChoice(name, conversion=same)
    widest = at.target.limit("numeric-precision")
    if size is not None:
        if size <= widest:
            return TypeChoice(name, conversion=same)
        scale = min(int(modifiers[1]) if len(modifiers) > 1 else 0, at.target.limit("numeric-scale"))
        sql = f"numeric({widest},{scale})"
        return TypeChoice(name, sql, same, "DSQL705", f"DSQL takes numeric up to {widest} digits", shown=sql)
    use = at.numeric or NumericUse()
    scale = max(NUMERIC_SCALE, use.scale)
    precision = min(max(NUMERIC_PRECISION, use.integer_digits + scale), widest)
    sql = f"numeric({precision},{min(scale, precision)})"
    return TypeChoice(name, sql, same, "DSQL111", "DSQL reads a bare numeric as numeric(18,6)", shown=sql)
