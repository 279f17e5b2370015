"""Columns of a key whose type DSQL cannot have in a key."""

from __future__ import annotations

from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.rewrite.forms.choice import Situation, TypeChoice


def key(at: Situation, name: str) -> TypeChoice:
    """By the decision ``key-types``. ``name``: PostgreSQL's internal name of the type."""
    found = conversion(SourceType(name), "text")
    note = (
        "kept as hexadecimal text, which sorts alike"
        if name == "bytea"
        else "kept as the text PostgreSQL prints for it"
    )
    stop = at.want("key-types") == "blocker"
    reason = f"a key cannot hold {name}: {note}"
    return TypeChoice("text", "text", found, "DSQL207", reason, opaque=True, shown="text", blocker=stop)
