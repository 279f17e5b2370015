"""Values too large for one column of DSQL, cut into parts."""

from __future__ import annotations

from dsql_migrate.rewrite.data.bytea import to_hex
from dsql_migrate.rewrite.data.elements import Apart


def value_bytes(value: bytes, *, binary: bool) -> int:
    """What a value takes, given as PostgreSQL prints it. Raises ValueError for what is no bytea (``binary``)."""
    return len(to_hex(value)) // 2 if binary else len(value)


def in_parts(most: int, part: int, *, binary: bool, left: bytes | None) -> Apart:
    """Cuts values of more than ``most`` bytes into parts of ``part`` characters (bytes, where it is ``binary``).

    ``left`` stays in the place of such a value. Raises ValueError for what is no bytea, or no UTF-8.
    """

    def apart(value: bytes) -> tuple[bytes | None, list[tuple[int, bytes | None]]]:
        if binary:
            digits = to_hex(value)
            if len(digits) <= 2 * most:
                return value, []
            cut = [b"\\x" + digits[at : at + 2 * part] for at in range(0, len(digits), 2 * part)]
        elif len(value) <= most:
            return value, []
        else:
            text = value.decode()
            cut = [text[at : at + part].encode() for at in range(0, len(text), part)]
        return left, list(enumerate(cut, 1))

    return apart
