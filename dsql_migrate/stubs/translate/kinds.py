"""Types by their SQL: to which family of values one belongs, and when a value of one may stand for another."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_migrate.source import regex
from dsql_migrate.stubs.code.values import Family, Kind

_MODIFIER = regex.compile(r"\s*\([^()]*\)")
_FAMILIES: dict[str, tuple[Family, int]] = {
    "boolean": ("boolean", 0), "bool": ("boolean", 0),
    "smallint": ("integer", 16), "int2": ("integer", 16), "smallserial": ("integer", 16),
    "integer": ("integer", 32), "int": ("integer", 32), "int4": ("integer", 32), "serial": ("integer", 32),
    "bigint": ("integer", 64), "int8": ("integer", 64), "bigserial": ("integer", 64),
    "numeric": ("numeric", 0), "decimal": ("numeric", 0), "dec": ("numeric", 0),
    "real": ("float", 0), "float4": ("float", 0), "double precision": ("float", 0), "float8": ("float", 0),
    "float": ("float", 0),
    "text": ("text", 0), "character varying": ("text", 0), "varchar": ("text", 0), "name": ("text", 0),
    "uuid": ("uuid", 0), "bytea": ("bytea", 0), "json": ("json", 0), "jsonb": ("json", 0),
    "date": ("date", 0), "interval": ("interval", 0),
    "time": ("time", 0), "time without time zone": ("time", 0),
    "timestamp": ("timestamp", 0), "timestamp without time zone": ("timestamp", 0),
    "timestamptz": ("timestamptz", 0), "timestamp with time zone": ("timestamptz", 0),
    "record": ("record", 0),
}  # fmt: skip
BOOLEAN = Kind("boolean", "boolean")
INTEGER = Kind("integer", "integer", 32)
BIGINT = Kind("bigint", "integer", 64)
NUMERIC = Kind("numeric", "numeric")
TEXT = Kind("text", "text")
TIMESTAMPTZ = Kind("timestamp with time zone", "timestamptz")
RECORD = Kind("record", "record")
UNKNOWN = Kind("", "other")  # nobody knows it; a bound value of it is not cast
LITERAL = Kind("unknown", "other")  # of a string that takes its type from where it stands


def kind_of(type_sql: str, types: Mapping[str, str] | None = None) -> Kind:
    """The kind of a type. ``types``: for names of domains and enums, the type whose values theirs are."""
    plain = " ".join(_MODIFIER.sub("", type_sql).replace("pg_catalog.", "").lower().split())
    if not plain:
        return UNKNOWN
    if plain.endswith("]") or plain.endswith(" array") or plain.startswith("_"):
        return Kind(type_sql, "array")
    family, bits = _FAMILIES.get(plain, ("other", 0))
    if family == "other" and types:
        base = types.get(type_sql) or types.get(type_sql.replace('"', ""))
        if base is not None:
            return Kind(type_sql, *_of(base))
    return Kind(type_sql, family, bits)


def _of(base: str) -> tuple[Family, int]:
    found = kind_of(base)
    return found.family, found.bits


def length(kind: Kind) -> int | None:
    """n of varchar(n); None where there is no limit."""
    found = regex.compile(r"\((\d+)\)").search(kind.sql) if kind.family == "text" else None
    return int(found.group(1)) if found else None


def same(one: Kind, other: Kind) -> bool:
    """Whether a value of one may stand where one of the other is wanted, as it is."""
    if one.family != other.family or one.family in ("other", "array"):
        return one.sql == other.sql != ""
    if one.family == "integer":
        return one.bits <= other.bits
    if one.family in ("text", "boolean", "uuid", "bytea", "date", "record"):
        return length(other) is None or (length(one) is not None and (length(one) or 0) <= (length(other) or 0))
    plain = other.sql == _MODIFIER.sub("", other.sql)
    return one.sql == other.sql or (plain and (one.family != "json" or one.sql == other.sql))
