"""Values of keys as text that is equal exactly where PostgreSQL finds the values equal.

A key's values are compared as text. Most types have one text for one value; for the others this makes one, so that a
numeric 1.0 meets 1.00, and the real in a child meets the double precision in its parent. Only types that may stand in
a key of DSQL's, or in a column that references one, are of interest.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import isfinite

Canonical = Callable[[str], str]


def canonical(type_name: str) -> Canonical | None:
    """The function that gives the one text of a value of this type (PostgreSQL's internal name), from any of its texts.

    None where each value of the type has one text only, and for types that are not known.
    """
    return _BY_TYPE.get(type_name)


def _numeric(text: str) -> str:
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text
    return text


def _double(text: str) -> str:
    # As digits without exponent, for a key of another numeric type may be compared with it.
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return _numeric(format(number, "f")) if number.is_finite() and number else "0" if not number else text


def _real(text: str) -> str:
    # PostgreSQL compares a real with a double precision as doubles: 0.1 is then 0.10000000149011612.
    try:
        number = float(text)
        return _double(repr(struct.unpack("f", struct.pack("f", number))[0])) if isfinite(number) else text
    except (ValueError, OverflowError):
        return text


def _padded(text: str) -> str:
    return text.rstrip(" ")


def _date(text: str) -> str:
    day, era = (text[:-3], " BC") if text.endswith(" BC") else (text, "")
    return f"{day} 00:00:00{era}" if day[-1:].isdigit() else text


def _instant(text: str) -> str:
    if text.endswith(("+00", "+00 BC")):
        return text.replace("+00", "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    moment = moment.astimezone(UTC)
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction}"


_BY_TYPE: dict[str, Canonical] = {
    "numeric": _numeric,
    "float4": _real,
    "float8": _double,
    "bpchar": _padded,
    "date": _date,
    "timestamptz": _instant,
}
