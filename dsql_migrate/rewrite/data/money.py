"""money as numeric text. A dump does not say which locale wrote its money, so the decimal sign is read off the value.

PostgreSQL prints money with the fraction digits of ``lc_monetary`` on every value (cash_out). What decides, in order:

1. two kinds of separators: the last one is the decimal sign (``1,234.50``, ``1.234,50 €``);
2. one kind, more than once: it groups thousands, there is no fraction (``¥1,234,567``);
3. one, not followed by exactly three digits, or with 0 or more than three digits before it: the decimal sign;
4. one, followed by three digits: a thousands separator – no locale with two fraction digits prints that – unless the
   currency is one with three (the dinars, the Omani rial); without any currency sign it is refused as ambiguous.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217: currencies with three minor digits. The Arabic letter dal begins the sign of every dinar.
_THREE_DIGITS = re.compile(r"BHD|IQD|JOD|KWD|LYD|OMR|TND|د|ر\.ع")
_NUMBER = re.compile(r"[0-9](?:[0-9.,'’·\u00a0\u202f\u2009 ]*[0-9])?")
_SIMPLE = re.compile(rb"(-?)\$([0-9]{1,3}(?:,[0-9]{3})*\.[0-9]{2})")


def to_numeric(value: bytes) -> bytes:
    """The amount as PostgreSQL writes a numeric. Raises ValueError where it is no amount, or an ambiguous one."""
    simple = _SIMPLE.fullmatch(value)
    if simple:
        return simple.group(1) + simple.group(2).replace(b",", b"")
    text = value.decode("utf-8", "replace").strip()
    found = _NUMBER.search(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no amount of money")
    before, after = text[: found.start()], text[found.end() :]
    number = found.group()
    if re.search(r"[0-9]", after):
        raise ValueError(f"{text[:40]!r} is no amount of money")
    if re.fullmatch(r"(?:|.*[^\w.])[.,]", before) and number.isdigit():  # .50
        number, before = f"0{before[-1]}{number}", before[:-1]
    negative = "-" in before or "-" in after or "−" in before or ("(" in before and ")" in after)
    currency = re.sub(r"[\s()+\-−]", "", before + after)
    whole, fraction = _split(number, currency)
    if len(fraction) > 2:
        raise ValueError(f"{text[:40]!r} has more than two places: take text for this column")
    return f"{'-' * negative}{whole}{'.' * bool(fraction)}{fraction}".encode()


def to_cents(value: bytes) -> bytes:
    """The amount in hundredths. Raises ValueError as ``to_numeric`` does."""
    sign, digits = _signed(to_numeric(value))
    whole, _, fraction = digits.partition(b".")
    return _cents(sign, whole + fraction.ljust(2, b"0"))


def cents_of_number(value: bytes) -> bytes:
    """A number written in SQL, which has no locale: in hundredths, rounded as a cast to money rounds."""
    try:
        cents = (Decimal(value.decode()) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    except InvalidOperation:
        raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no amount of money") from None
    return str(cents).encode()


def of_number(value: bytes) -> bytes:
    """A number written in SQL, as a literal of the money that it is, with lc_monetary C."""
    return b"'" + of_cents(cents_of_number(value)) + b"'"


def of_cents(value: bytes) -> bytes:
    """Hundredths as PostgreSQL prints money with lc_monetary C."""
    sign, digits = _signed(value)
    digits = digits.rjust(3, b"0")
    return back(sign + digits[:-2] + b"." + digits[-2:])


def _signed(value: bytes) -> tuple[bytes, bytes]:
    return (b"-", value[1:]) if value.startswith(b"-") else (b"", value)


def _cents(sign: bytes, digits: bytes) -> bytes:
    digits = digits.lstrip(b"0")
    return sign + digits if digits else b"0"


def back(value: bytes) -> bytes:
    """The amount as PostgreSQL prints money with lc_monetary C: ``-$1,234.50``."""
    sign, digits = _signed(value)
    whole, _, fraction = digits.partition(b".")
    return sign + b"$%b.%b" % (f"{int(whole):,}".encode(), fraction.ljust(2, b"0"))


def _split(number: str, currency: str) -> tuple[str, str]:
    """(digits before the decimal sign, digits behind it)."""
    signs = re.findall(r"[^0-9]", number)
    if not signs:
        return number, ""
    last = signs[-1]
    whole, _, fraction = number.rpartition(last)
    decimal = len(signs) == 1 and _decimal(whole, fraction, last, currency, number)
    if decimal or (last in ".,·" and signs.count(last) == 1 and len(signs) > 1):
        groups = re.split(r"[^0-9]", whole)
    else:
        groups, fraction = re.split(r"[^0-9]", number), ""
    if any(len(group) not in (2, 3) for group in groups[1:]):  # 2: lakh and crore, 12,34,567.00
        raise ValueError(f"{number!r} is no amount of money: its digit groups are uneven")
    return "".join(groups), fraction


def _decimal(whole: str, fraction: str, sign: str, currency: str, number: str) -> bool:
    if sign not in ".,·":
        return False
    if len(fraction) != 3 or len(whole) > 3 or whole.strip("0") == "":
        return True
    if not currency:
        raise ValueError(f"{number!r} is ambiguous: thousands or a fraction of three digits")
    return _THREE_DIGITS.search(currency) is not None
