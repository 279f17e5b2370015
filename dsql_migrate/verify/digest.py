"""An order-free digest of rows, computed in the server in one pass.

Each row becomes one text, injectively: ``ROW(c1, c2, …)::text`` over canonical column texts (record output quotes and
doubles what needs it, and tells NULL from the empty string). The digest is the two 64-bit halves of the texts' MD5,
each summed over all rows modulo 2^64. A sum sees repeated rows, which an exclusive-or would not. The row order, the
physical layout and the server's version play no part. MD5 guards against accident here, not against forgery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

_MODULO = 1 << 64

# How text output must look for the digest to mean the same on both sides. Set on every connection that digests.
SESSION = (
    "SET search_path = pg_catalog",
    "SET TimeZone = 'UTC'",  # timestamptz by instant
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 1",  # shortest text that reads back to the same float
    "SET bytea_output = 'hex'",
)

# Types by object id, as the driver reports them (pg_type.dat; these never change).
_NUMERIC, _JSON, _JSONB = 1700, 114, 3802
_NUMERIC_ARRAY, _JSON_ARRAY = 1231, 199
_TEXT = 25


@dataclass(frozen=True, slots=True)
class Digest:
    """Of a set of rows; add digests of disjoint sets to get that of their union."""

    rows: int = 0
    high: int = 0
    low: int = 0

    def __add__(self, other: Digest) -> Digest:
        return Digest(self.rows + other.rows, (self.high + other.high) % _MODULO, (self.low + other.low) % _MODULO)

    @property
    def text(self) -> str:
        """32 hexadecimal digits; zeros for no rows."""
        return f"{self.high:016x}{self.low:016x}"


def canonical(expression: str, oid: int) -> str:
    """SQL for the canonical text of an expression whose type has this object id.

    numeric by value (1.50 is 1.5), json as jsonb prints it (key order, spaces, repeated keys), arrays of both as
    jsonb; all else by its text output under the SESSION settings.
    """
    if oid == _NUMERIC:
        return f"trim_scale({expression})::text"
    if oid == _JSON:
        return f"({expression})::jsonb::text"
    if oid in (_NUMERIC_ARRAY, _JSON_ARRAY):
        return f"to_jsonb({expression})::text"
    return expression if oid == _TEXT else f"({expression})::text"


def expression_types(connection: psycopg.Connection[Any], expressions: Sequence[str], relation: str) -> list[int]:
    """The type (object id) of each expression over a relation (SQL after FROM); domains give their base type."""
    if not expressions:
        return []
    cursor = connection.execute(f"SELECT {', '.join(expressions)} FROM {relation} LIMIT 0".encode())
    return [column.type_code for column in cursor.description or ()]


def digest_rows(connection: psycopg.Connection[Any], expressions: Sequence[str], relation: str) -> Digest:
    """The digest of the expressions over every row of a relation (SQL after FROM: ``ONLY "public"."film"``).

    Raises psycopg.Error where the server cannot evaluate one of them.
    """
    types = expression_types(connection, expressions, relation)
    texts = [canonical(e, t) for e, t in zip(expressions, types, strict=True)]
    return _sum(connection, f"ROW({', '.join(texts)})::text", relation)


def digest_text_rows(connection: psycopg.Connection[Any], relation: str) -> Digest:
    """The digest of a view's rows, each by the text of its columns."""
    description = connection.execute(f"SELECT * FROM {relation} LIMIT 0".encode()).description or []
    names = [f"c{n}" for n in range(len(description))]
    texts = [canonical(f"v.{name}", column.type_code) for name, column in zip(names, description, strict=True)]
    source = f"(SELECT * FROM {relation}) AS v({', '.join(names)})" if names else relation
    return _sum(connection, f"ROW({', '.join(texts)})::text", source)


def _sum(connection: psycopg.Connection[Any], row: str, relation: str) -> Digest:
    # OFFSET 0 keeps the planner from evaluating md5 twice.
    query = (
        "SELECT count(*), sum(('x' || substr(h, 1, 16))::bit(64)::bigint), sum(('x' || substr(h, 17))::bit(64)::bigint)"
        f" FROM (SELECT md5({row}) AS h FROM {relation} OFFSET 0) AS hashes"
    )
    found = connection.execute(query.encode()).fetchone()
    rows, high, low = found if found is not None else (0, 0, 0)
    return Digest(int(rows), int(high or 0) % _MODULO, int(low or 0) % _MODULO)


def quoted(*names: str) -> str:
    """Names as SQL: every part in double quotes, joined by dots."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
