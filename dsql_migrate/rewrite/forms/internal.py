"""PostgreSQL's internal names of the types that DDL writes otherwise."""

from __future__ import annotations

_INTERNAL = {
    "bigint": "int8",
    "integer": "int4",
    "smallint": "int2",
    "boolean": "bool",
    "double precision": "float8",
    "real": "float4",
    "character varying": "varchar",
    "character": "bpchar",
    "timestamp with time zone": "timestamptz",
}


def internal(sql: str) -> str:
    """numeric(19,2) -> numeric, bigint -> int8."""
    bare = sql.split("(")[0].strip()
    return _INTERNAL.get(bare, bare)
