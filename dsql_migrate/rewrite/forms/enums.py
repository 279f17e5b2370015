"""Enums: DSQL has none."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.schema import Resolved


def enum(at: Situation, base: Resolved) -> TypeChoice:
    """By the decision ``enums`` about the type."""
    user = base.user
    assert user is not None
    found = conversion(SourceType(base.name, 0, "enum"), "text")
    option = at.want("enums", f"type:{user.key[0]}.{user.key[1]}")
    if option == "lookup-table":
        reason = "the enum is text now, which refers to the table of its values"
        return TypeChoice("text", "text", found, "DSQL107", reason, shown="text", references=user.key)
    if option == "domain":
        return TypeChoice("text", None, found, "DSQL107", "the enum is a domain over text now")
    values = ", ".join(literal(v).strip() for v in user.values)
    checks = (f"{{}} IN ({values.replace('{', '{{').replace('}', '}}')})",) if values else ()
    reason = "the enum is text with a CHECK now"
    return TypeChoice("text", "text", found, "DSQL107", reason, shown="text", checks=checks)
