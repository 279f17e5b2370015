"""Types as PostgreSQL prints them."""

from __future__ import annotations

from dsql_migrate.source.facts import TypeName, display

_ZONED = {
    "timestamp": "without time zone",
    "timestamptz": "with time zone",
    "time": "without time zone",
    "timetz": "with time zone",
}
_PLAIN = {"timestamptz": "timestamp", "timetz": "time"}


def format_type(type: TypeName) -> str:
    """A built-in type with its modifiers as PostgreSQL's format_type prints it."""
    modifiers = type.modifiers
    if type.name == "bpchar" and not modifiers and type.schema == "pg_catalog":
        modifiers = ("1",)
    if type.name == "interval" or not modifiers:
        return display(type)
    joined = ",".join(m.strip() for m in modifiers)
    if type.name in _ZONED:
        return f"{_PLAIN.get(type.name, type.name)}({joined}) {_ZONED[type.name]}"
    return f"{display(type)}({joined if type.name != 'numeric' or len(modifiers) > 1 else joined + ',0'})"
