"""Dates and timestamps as JSON strings, as ``to_jsonb`` writes them (JsonEncodeDateTime of PostgreSQL 16: XSD form).

What comes in is PostgreSQL's ISO output or an ISO literal; anything else raises ValueError, rather than being guessed.
A timestamptz is given in UTC, because that is the time zone of DSQL (and of the sessions that verify).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_STAMP = re.compile(
    rb"\s*([0-9]{4,7})-([0-9]{1,2})-([0-9]{1,2})"
    rb"(?:[ Tt]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6})0*)?)?)?"
    rb"\s*(?:([+-])([0-9]{1,2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?|([Zz]|UTC|utc|GMT|gmt))?(\s+BC|\s+AD)?\s*"
)
_CANONICAL = re.compile(rb"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{0,5}[1-9])?)(\+00)?")
_INFINITE = {b"infinity": b'"infinity"', b"+infinity": b'"infinity"', b"-infinity": b'"-infinity"'}
_DAY = 86_400


class _Stamp(NamedTuple):
    day: int  # days since 1970-01-01
    second: int  # within the day
    fraction: bytes


def date(value: bytes) -> bytes:
    """A date: ``"2020-01-31"``, ``"0044-03-15 BC"``, ``"infinity"``."""
    special = _INFINITE.get(value.strip().lower())
    if special:
        return special
    stamp = _read(value, zone=False)
    return _json(stamp.day, b"", b"")


def timestamp(value: bytes) -> bytes:
    """A timestamp without time zone: ``"2020-01-31T10:00:00.5"``. A zone in the text is ignored, as PostgreSQL does."""
    found = _CANONICAL.fullmatch(value)
    if found:
        return b'"' + found.group(1) + b"T" + found.group(2) + b'"'
    special = _INFINITE.get(value.strip().lower())
    if special:
        return special
    stamp = _read(value, zone=False)
    return _json(stamp.day, _clock(stamp), b"")


def timestamptz(value: bytes) -> bytes:
    """A timestamp with time zone, in UTC: ``"2020-01-31T10:00:00.5+00:00"``; a text without zone means UTC."""
    found = _CANONICAL.fullmatch(value)
    if found:
        return b'"' + found.group(1) + b"T" + found.group(2) + b'+00:00"'
    special = _INFINITE.get(value.strip().lower())
    if special:
        return special
    stamp = _read(value, zone=True)
    return _json(stamp.day, _clock(stamp), b"+00:00")


def next_date(value: bytes) -> bytes:
    """The day after, without quotes; an infinite date stays."""
    if value.strip().lower() in _INFINITE:
        return value
    return _json(_read(value, zone=False).day + 1, b"", b"")[1:-1]


def _read(value: bytes, zone: bool) -> _Stamp:
    found = _STAMP.fullmatch(value)
    if found is None:
        raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r} is no date or time in ISO form")
    year, month, day = (int(part) for part in found.group(1, 2, 3))
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    if found.group(13) and found.group(13).strip() == b"BC":
        year = 1 - year
    days = _days(year, month, day)
    clock = (hour < 24 and minute < 60 and second <= 60) or (hour, minute, second) == (24, 0, 0)
    if not clock or _civil(days) != (year, month, day):
        raise ValueError(f"{value[:40].decode('utf-8', 'replace')!r}: field value out of range")
    seconds = hour * 3600 + minute * 60 + second
    if zone and found.group(8):
        offset = int(found.group(9)) * 3600 + int(found.group(10) or 0) * 60 + int(found.group(11) or 0)
        seconds += offset if found.group(8) == b"-" else -offset
    return _Stamp(days + seconds // _DAY, seconds % _DAY, (found.group(7) or b"").rstrip(b"0"))


def _clock(stamp: _Stamp) -> bytes:
    minutes, second = divmod(stamp.second, 60)
    text = b"T%02d:%02d:%02d" % (minutes // 60, minutes % 60, second)
    return text + b"." + stamp.fraction if stamp.fraction else text


def _json(day: int, clock: bytes, zone: bytes) -> bytes:
    year, month, dom = _civil(day)
    era = b"" if year > 0 else b" BC"
    return b'"%04d-%02d-%02d%b%b%b"' % (year if year > 0 else 1 - year, month, dom, clock, zone, era)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar; year 0 is 1 BC. After H. Hinnant's days_from_civil."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _civil(days: int) -> tuple[int, int, int]:
    era, of_era = divmod(days + 719_468, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1
