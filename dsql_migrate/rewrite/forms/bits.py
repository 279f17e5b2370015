"""bit and bit varying: DSQL has neither."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.forms.nearest import as_type
from dsql_migrate.schema import Resolved


def bits(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``bit-strings``: text, with a CHECK of its digits and their number."""
    checks: tuple[str, ...] = ()
    if at.want("bit-strings") == "check":
        size = base.modifiers[0] if base.modifiers else "1" if base.name == "bit" else None
        length = "" if size is None else f" AND char_length({{}}) {'=' if base.name == 'bit' else '<='} {size}"
        checks = ("{} ~ '^[01]*$'" + length,)
    return as_type(at, base, SourceType(base.name), "text", checks=checks)
