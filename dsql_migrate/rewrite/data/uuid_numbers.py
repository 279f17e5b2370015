"""Whole numbers as UUIDs that hold them, and back.

The layout is a UUID of version 8 (RFC 9562, 5.8), ``hhhhhhhh-nnnn-8hhh-8hhh-nnnnnnnnnnnn``: the sixteen digits n are
the 64-bit number in hexadecimal (a negative one in two's complement), the fourteen digits h the first of the MD5 of the
key's name, so that numbers of two keys never meet. UUIDs of one key sort as their numbers do, from zero on.
"""

from __future__ import annotations

import hashlib
import re

from dsql_migrate.rewrite.data.values import Conversion

_BITS = 1 << 64
_NUMBER = re.compile(rb"\s*[+-]?[0-9]{1,19}\s*")


def digits_of(name: str) -> str:
    """The fourteen constant digits of a key: ``name`` is schema.table.column of the source."""
    return hashlib.md5(name.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()[:14]


def uuid_of(number: int, digits: str) -> str:
    """The UUID that holds a number of 64 bits."""
    held = f"{number % _BITS:016x}"
    return f"{digits[:8]}-{held[:4]}-8{digits[8:11]}-8{digits[11:14]}-{held[4:]}"


def number_of(uuid: str) -> int:
    """The number that a UUID of ``uuid_of`` holds."""
    held = int(uuid[9:13] + uuid[24:36], 16)
    return held - _BITS if held >= _BITS // 2 else held


def conversion_of(digits: str) -> Conversion:
    """Numbers to UUIDs, for the rows, for SQL over the source's column, and back."""

    def convert(value: bytes) -> bytes:
        if _NUMBER.fullmatch(value) is None:
            raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no whole number")
        return uuid_of(int(value), digits).encode()

    def source_sql(expression: str) -> str:
        held = f"lpad(to_hex(({expression})::bigint), 16, '0')"
        constant = f"'-8{digits[8:11]}-8{digits[11:14]}-'"
        return f"('{digits[:8]}-' || substr({held}, 1, 4) || {constant} || substr({held}, 5))::uuid"

    def back(value: bytes) -> bytes:
        return str(number_of(value.decode())).encode()

    return Conversion("number to uuid", convert, source_sql, loss="arithmetic", back=back)


def number_sql(column: str) -> str:
    """SQL over a UUID column that gives its number again."""
    text = f"({column})::text"
    return f"('x' || substr({text}, 10, 4) || substr({text}, 25))::bit(64)::bigint"
