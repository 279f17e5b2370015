"""Types that DSQL has, their length and precision within its bounds."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import Conversion, SourceType, conversion, rounded_numeric
from dsql_migrate.rewrite.forms.choice import NumericUse, Situation, TypeChoice
from dsql_migrate.schema import Resolved

NUMERIC_SCALE = 18  # digits behind the point where a bare numeric has no rows to choose by
NUMERIC_PRECISION = 38
DSQL_NUMERIC = "numeric(18,6)"  # what DSQL makes of a bare numeric


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
    return _bare(at, same)


def _bare(at: Situation, same: Conversion | None) -> TypeChoice:
    """numeric without a precision, by the decision ``bare-numeric``."""
    option = at.want("bare-numeric")
    if option == "dsql":
        rounded = rounded_numeric(6)
        reason = "what DSQL reads a bare numeric as: rounded to six places"
        return TypeChoice("numeric", DSQL_NUMERIC, rounded, "DSQL111", reason, shown=DSQL_NUMERIC)
    if option == "text":
        text = conversion(SourceType("numeric"), "text")
        reason = "DSQL reads a bare numeric as numeric(18,6); text: exact at any size"
        return TypeChoice("text", "text", text, "DSQL111", reason, opaque=True, shown="text")
    use, widest = at.numeric or NumericUse(), at.target.limit("numeric-precision")
    scale = max(NUMERIC_SCALE, use.scale)
    precision = min(max(NUMERIC_PRECISION, use.integer_digits + scale), widest)
    sql = f"numeric({precision},{min(scale, precision)})"  # values that do not fit are told before the load
    return TypeChoice("numeric", sql, same, "DSQL111", "DSQL reads a bare numeric as numeric(18,6)", shown=sql)
