"""bytea as hexadecimal text, for the key columns of targets that take no bytea in a key."""

from __future__ import annotations

import re

_HEX = re.compile(rb"[0-9a-f]*")
_ANY = re.compile(rb"\\(\\|[0-3][0-7][0-7])?")


def to_hex(value: bytes) -> bytes:
    r"""Lower-case hex digits without prefix, from the hex form (``\x…``) or the older escape form (``\000``, ``\\``).

    Raises ValueError where the text is neither.
    """
    if value.startswith(b"\\x"):
        digits = value[2:]
        if _HEX.fullmatch(digits) and len(digits) % 2 == 0:
            return digits
        try:
            return bytes.fromhex(digits.decode("ascii")).hex().encode()
        except (ValueError, UnicodeDecodeError):
            raise ValueError("no hexadecimal bytea") from None
    return _ANY.sub(_byte, value).hex().encode()


def from_hex(value: bytes) -> bytes:
    r"""Hex digits as bytea prints them: ``\x…``."""
    return b"\\x" + value


def _byte(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    if code is None:
        raise ValueError("no bytea: a backslash stands alone")
    return b"\\" if code == b"\\" else bytes((int(code, 8),))
