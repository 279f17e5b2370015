"""The types of columns as TypeScript: what a row holds, and what may be given for it."""

from __future__ import annotations

import re

from dsql_migrate.stubs.obligations import ColumnShape

_NUMBERS = {"smallint", "integer", "int", "int2", "int4", "real", "double precision", "float4", "float8"}
_DIGITS = {"bigint", "int8", "numeric", "decimal"}
_TIMES = {"date", "timestamp", "timestamptz", "timestamp without time zone", "timestamp with time zone"}


def family(type_sql: str) -> str:
    """One of number, digits (text to the digit), boolean, bytes, time, json, array, text."""
    if "[" in type_sql:
        return "array"
    name = " ".join(re.sub(r"\([^)]*\)", " ", type_sql.lower()).split())
    for found, names in (("number", _NUMBERS), ("digits", _DIGITS), ("time", _TIMES), ("boolean", {"boolean", "bool"}),
                         ("bytes", {"bytea"}), ("json", {"json", "jsonb"})):  # fmt: skip
        if name in names:
            return found
    return "text"


_ROW = {"number": "number", "boolean": "boolean", "bytes": "Buffer", "array": "unknown"}
_GIVEN = {
    **_ROW, "number": "number", "digits": "string | number | bigint", "time": "string | Date", "json": "unknown",
}  # fmt: skip


def of_row(column: ColumnShape, *, not_null: bool) -> str:
    """What a row holds in the column."""
    found = _ROW.get(family(column.type_sql), "string")
    return found if not_null or found == "unknown" else f"{found} | null"


def of_values(column: ColumnShape, *, not_null: bool) -> str:
    """What may be given for the column."""
    found = _GIVEN.get(family(column.type_sql), "string")
    return found if not_null or found == "unknown" else f"{found} | null"


def of_key(column: ColumnShape | None) -> str:
    """The same for a column of the primary key."""
    return _GIVEN.get(family(column.type_sql), "string") if column else "unknown"
