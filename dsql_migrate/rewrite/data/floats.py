"""real and double precision in the shortest form that reads back, as PostgreSQL 12 and later print them.

Older dumps hold up to 17 digits for the same values. PostgreSQL takes only digits strictly between the midpoints to the
neighbouring numbers (src/common/d2s.c), where Python's ``repr`` also takes a midpoint; hence the check of our own.
"""

from __future__ import annotations

import math
import struct
from decimal import ROUND_UP, Context, Decimal
from fractions import Fraction

_LEAST_NORMAL_REAL = 2.0**-126


def shortest_double(number: float) -> str:
    """A finite double. Without a point where it is whole and not written with an exponent."""
    text = repr(number)
    if number == 0 or (len(text) < 15 and "e" not in text):  # too few digits for a midpoint
        return text.removesuffix(".0")
    digits = sum(c.isdigit() for c in text.partition("e")[0].strip("-0."))
    return _between(number, math.nextafter(abs(number), 0.0), math.nextafter(abs(number), math.inf), digits)


def shortest_real(number: float) -> str:
    """A finite number that fits real, rounded to it. Raises OverflowError where it does not fit."""
    exact: float = struct.unpack("<f", struct.pack("<f", number))[0]
    if exact == 0:
        return "-0" if math.copysign(1.0, exact) < 0 else "0"
    bits = struct.unpack("<I", struct.pack("<f", abs(exact)))[0]
    below, above = (struct.unpack("<f", struct.pack("<I", bits + step))[0] for step in (-1, 1))
    return _between(exact, below, above, 6 if abs(exact) >= _LEAST_NORMAL_REAL else 1)


def _away_from_zero(number: float, digits: int) -> str:
    """The number with so many digits, the last one rounded up, in the form that format's ``g`` gives."""
    exact = Decimal(number)
    step = Decimal((0, (1,), exact.adjusted() - digits + 1))
    text, e, power = f"{exact.quantize(step, ROUND_UP, Context(prec=60)):.{digits}g}".partition("e")
    return f"{text}{e}{power[:1]}{power[1:].rjust(2, '0')}" if e else text


def _between(number: float, below: float, above: float, digits: int) -> str:
    """The first of the forms with ``digits`` and more digits that only this number has. The neighbours are positive."""
    exact = Fraction(abs(number))
    low = (exact + Fraction(below)) / 2
    high = exact + (exact - low) if math.isinf(above) else (exact + Fraction(above)) / 2
    for count in range(digits, 18):
        text = f"{number:.{count}g}"
        if low < abs(Fraction(text)) < high:
            return text
        up = _away_from_zero(number, count)  # below a power of two there is half the room: a tie may have to go up
        if low < abs(Fraction(up)) < high:
            return up
    return repr(number)
