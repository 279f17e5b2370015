"""Functions of dates and times: https://dev.mysql.com/doc/refman/8.0/en/date-and-time-functions.html."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dsql_migrate.inputs.mysql.meaning.kinds import (
    COUNT,
    DATE,
    DATETIME,
    INTEGER,
    OTHER,
    PLUS,
    TEXT,
    TIMES,
    Function,
    Kind,
    Told,
    Untranslatable,
    Value,
    cast,
    numbered,
    wrapped,
)

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")
_UNITS = {  # unit of MySQL: PostgreSQL's, and how many of it
    "microsecond": ("microsecond", 1), "second": ("second", 1), "minute": ("minute", 1), "hour": ("hour", 1),
    "day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "quarter": ("month", 3), "year": ("year", 1),
}  # fmt: skip
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_FIELDS = {
    "year": "YEAR", "quarter": "QUARTER", "month": "MONTH", "day": "DAY", "dayofmonth": "DAY", "dayofyear": "DOY",
    "hour": "HOUR", "minute": "MINUTE", "second": "SECOND", "weekofyear": "WEEK",
}  # fmt: skip
# Marks of DATE_FORMAT: https://dev.mysql.com/doc/refman/8.0/en/date-and-time-functions.html#function_date-format
_MARKS = {
    "Y": "YYYY", "y": "YY", "m": "MM", "c": "FMMM", "M": "FMMonth", "b": "Mon", "d": "DD", "e": "FMDD", "D": "FMDDth",
    "j": "DDD", "W": "FMDay", "a": "Dy", "H": "HH24", "k": "FMHH24", "h": "HH12", "I": "HH12", "l": "FMHH12", "i": "MI",
    "s": "SS", "S": "SS", "f": "US", "p": "AM", "T": "HH24:MI:SS", "r": "HH12:MI:SS AM", "v": "IW", "x": "IYYY",
}  # fmt: skip
_UNSAID = frozenset("UuVXw")  # weeks that begin on Sunday, the number of a day from 0


def moment(value: Value, told: Told) -> Value:
    """A value as a timestamp without time zone. Raises Untranslatable."""
    kind = value.kind
    if kind.name in ("datetime", "null"):
        return value
    if kind.name == "timestamp":
        told.changing = told.changing or "a time in the time zone of the session"
        return cast(value, "TIMESTAMP", replace(DATETIME, whole=kind.whole))
    if kind.name == "date":
        return cast(value, "TIMESTAMP", DATETIME)
    if isinstance(value.constant, str) and (_DAY.match(value.constant) or _MOMENT.match(value.constant)):
        return cast(value, "TIMESTAMP", DATETIME)
    raise Untranslatable(f"a time taken from a {kind.name} value")


def day(value: Value, told: Told) -> Value:
    """A value as a date. Raises Untranslatable."""
    if value.kind.name in ("date", "null"):
        return value
    return cast(moment(value, told), "DATE", DATE)


def _now(clock: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        told.changing = told.changing or "the time of the day"
        digits = arguments[0].constant if arguments else 0
        unit = {0: "second", 3: "milliseconds"}.get(digits) if isinstance(digits, int) else None
        kind = replace(DATETIME, whole=digits == 0)
        if digits == 6:
            return Value(clock, kind, OTHER if " " in clock else 10, nullable=False)
        if unit is None:
            raise Untranslatable("the time with other than 0, 3 or 6 digits of a second")
        return Value(f"DATE_TRUNC('{unit}', {clock})", kind, nullable=False)

    return said


def _today(clock: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        told.changing = told.changing or "the day"
        return Value(clock, DATE, nullable=False)

    return said


def _clock(arguments: Sequence[Value], told: Told) -> Value:
    return Value(f"CAST({_now('LOCALTIMESTAMP')(arguments, told).sql} AS TIME)", Kind("time"), nullable=False)


def _field(name: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        return part(name, arguments[0], told)

    return said


def part(name: str, value: Value, told: Told) -> Value:
    """YEAR(), EXTRACT(YEAR FROM …) and the like. Raises Untranslatable."""
    of_day = name in ("hour", "minute", "second")
    if name not in _FIELDS:
        raise Untranslatable(f"EXTRACT({name.upper()}) is not known")
    if (value.kind.name == "time" and of_day) or (value.kind.name == "date" and not of_day):
        inner = value
    else:
        inner = moment(value, told)
    found = f"EXTRACT({_FIELDS[name]} FROM {inner.sql})"
    return Value(f"CAST({f'FLOOR({found})' if name == 'second' else found} AS INTEGER)", replace(COUNT, small=True))


def _weekday(name: str, shift: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        inner = arguments[0] if arguments[0].kind.name == "date" else moment(arguments[0], told)
        return Value(f"CAST(EXTRACT({name} FROM {inner.sql}) AS INTEGER) {shift}", COUNT, PLUS)

    return said


def _week(arguments: Sequence[Value], told: Told) -> Value:
    if len(arguments) < 2 or arguments[1].constant != 3:
        raise Untranslatable("WEEK() other than by ISO 8601, mode 3")
    return part("weekofyear", arguments[0], told)


def _formatted(template: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        return format_of(arguments[0], template, told)

    return said


def format_of(value: Value, template: str, told: Told) -> Value:
    """DATE_FORMAT with a literal. Raises Untranslatable for marks that PostgreSQL has no way for."""
    told.changing = told.changing or "TO_CHAR"
    parts = [_mark(m.group()) for m in re.finditer(r"%.|[^%]+|%", template, re.DOTALL)]
    shown = "".join(parts).replace("'", "''")
    quote = "E" if "\\" in shown else ""
    shown = shown.replace("\\", "\\\\") if quote else shown
    return Value(f"TO_CHAR({moment(value, told).sql}, {quote}'{shown}')", TEXT)


def _mark(mark: str) -> str:
    letter = mark[1:]
    if mark.startswith("%") and letter in _MARKS:
        return _MARKS[letter]
    if mark.startswith("%") and letter in _UNSAID and letter:
        raise Untranslatable(f"DATE_FORMAT() with {mark}")
    text = letter if mark.startswith("%") and letter else mark
    if not any(c.isalnum() or c in '"\\' for c in text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _date_format(arguments: Sequence[Value], told: Told) -> Value:
    if not isinstance(arguments[1].constant, str):
        raise Untranslatable("DATE_FORMAT() whose format is no literal")
    return format_of(arguments[0], arguments[1].constant, told)


def _date(arguments: Sequence[Value], told: Told) -> Value:
    return day(arguments[0], told)


def _time(arguments: Sequence[Value], told: Told) -> Value:
    value = arguments[0]
    if value.kind.name == "time":
        return value
    return cast(moment(value, told), "TIME", replace(Kind("time"), whole=value.kind.whole))


def _days_between(arguments: Sequence[Value], told: Told) -> Value:
    a, b = day(arguments[0], told), day(arguments[1], told)
    return Value(f"{wrapped(a, PLUS)} - {wrapped(b, TIMES)}", replace(INTEGER, small=True), PLUS)


def between(unit: str, start: Value, end: Value, told: Told) -> Value:
    """TIMESTAMPDIFF: whole units from ``start`` to ``end``. Raises Untranslatable."""
    a, b = moment(start, told), moment(end, told)
    if unit in _SECONDS:
        seconds = f"EXTRACT(EPOCH FROM {wrapped(b, PLUS)} - {wrapped(a, TIMES)})"
        each = f" / {_SECONDS[unit]}" if unit != "second" else ""
        return Value(f"CAST(TRUNC({seconds}{each}) AS BIGINT)", INTEGER)
    if unit in _MONTHS:
        age = f"AGE({b.sql}, {a.sql})"
        months = f"EXTRACT(YEAR FROM {age}) * 12 + EXTRACT(MONTH FROM {age})"
        if unit == "year":
            return Value(f"CAST(EXTRACT(YEAR FROM {age}) AS BIGINT)", INTEGER)
        whole = f"TRUNC(({months}) / 3)" if unit == "quarter" else months
        return Value(f"CAST({whole} AS BIGINT)", INTEGER)
    raise Untranslatable(f"TIMESTAMPDIFF() in {unit.upper()}")


def moved(value: Value, amount: Value, unit: str, sign: str, told: Told) -> Value:
    """DATE_ADD, DATE_SUB and ``+ INTERVAL``: a date stays one where only days are added. Raises Untranslatable."""
    if unit not in _UNITS:
        raise Untranslatable(f"INTERVAL … {unit.upper()}")
    count = numbered(amount)
    if count.kind.name != "integer":
        raise Untranslatable("an interval that is no whole number")
    own, times = _UNITS[unit]
    days = own in ("day", "month", "year")
    if value.constant is not None:
        raise Untranslatable("an interval added to a text: its result is a text in MySQL")
    if isinstance(count.constant, int):
        interval = f"INTERVAL '{count.constant * times} {own}'"
    else:
        interval = f"{wrapped(count, TIMES)} * INTERVAL '{times} {own}'"
    if value.kind.name == "date" and days:
        if own == "day" and isinstance(count.constant, int) and count.constant >= 0:
            return Value(f"{wrapped(value, PLUS)} {sign} {count.constant * times}", DATE, PLUS)
        return Value(f"CAST({wrapped(value, PLUS)} {sign} {interval} AS DATE)", DATE)
    inner = moment(value, told)
    kind = replace(DATETIME, whole=inner.kind.whole and unit != "microsecond")
    return Value(f"{wrapped(inner, PLUS)} {sign} {interval}", kind, PLUS)


def _add(sign: str, days: bool) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        parts = arguments[1].parts
        if parts is not None:
            return moved(arguments[0], *parts, sign, told)
        if not days:
            raise Untranslatable("DATE_ADD() without INTERVAL")
        return moved(arguments[0], arguments[1], "day", sign, told)

    return said


def _last_day(arguments: Sequence[Value], told: Told) -> Value:
    inner = moment(arguments[0], told)
    return Value(f"CAST(DATE_TRUNC('month', {inner.sql}) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)", DATE)


def _to_days(arguments: Sequence[Value], told: Told) -> Value:
    inner = wrapped(day(arguments[0], told), PLUS)
    return Value(f"{inner} - DATE '0001-01-01' + 366", replace(COUNT, small=True), PLUS)


def _unix(arguments: Sequence[Value], told: Told) -> Value:
    if not arguments:
        told.changing = told.changing or "the time of the day"
        return Value("CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP)) AS BIGINT)", COUNT, nullable=False)
    value = arguments[0]
    if not value.kind.whole:
        raise Untranslatable("UNIX_TIMESTAMP() of a time with fractions of a second")
    if value.kind.name == "timestamp":
        return Value(f"CAST(EXTRACT(EPOCH FROM {value.sql}) AS BIGINT)", COUNT)
    told.changing = told.changing or "a time in the time zone of the session"
    epoch = f"CAST(EXTRACT(EPOCH FROM CAST({moment(value, told).sql} AS TIMESTAMPTZ)) AS BIGINT)"
    return Value(f"CASE WHEN {epoch} < 0 THEN 0 ELSE {epoch} END", COUNT)


def _from_unix(arguments: Sequence[Value], told: Told) -> Value:
    count = numbered(arguments[0])
    if count.kind.name != "integer":
        raise Untranslatable("FROM_UNIXTIME() of what is no integer")
    told.changing = told.changing or "a time in the time zone of the session"
    inner = count.sql if count.kind.positive else f"CASE WHEN {wrapped(count, OTHER)} >= 0 THEN {count.sql} END"
    made = Value(f"CAST(TO_TIMESTAMP({inner}) AS TIMESTAMP)", DATETIME)
    return made if len(arguments) == 1 else _date_format((made, arguments[1]), told)


def _seconds(arguments: Sequence[Value], told: Told) -> Value:
    value = arguments[0]
    if value.kind.name != "time":
        raise Untranslatable("TIME_TO_SEC() of what is no time")
    return Value(f"CAST(FLOOR(EXTRACT(EPOCH FROM {value.sql})) AS BIGINT)", COUNT)


FUNCTIONS: dict[str, tuple[Function, int, int]] = {
    **{name: (_now("LOCALTIMESTAMP"), 0, 1) for name in ("now", "current_timestamp", "localtime", "localtimestamp")},
    "sysdate": (_now("CAST(CLOCK_TIMESTAMP() AS TIMESTAMP)"), 0, 1),
    "utc_timestamp": (_now("CURRENT_TIMESTAMP AT TIME ZONE 'UTC'"), 0, 1),
    **{name: (_today("CURRENT_DATE"), 0, 0) for name in ("curdate", "current_date")},
    "utc_date": (_today("CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS DATE)"), 0, 0),
    **dict.fromkeys(("curtime", "current_time"), (_clock, 0, 1)),
    **{name: (_field(name), 1, 1) for name in _FIELDS},
    "dayofweek": (_weekday("DOW", "+ 1"), 1, 1),
    "weekday": (_weekday("ISODOW", "- 1"), 1, 1),
    "week": (_week, 1, 2),
    "dayname": (_formatted("%W"), 1, 1),
    "monthname": (_formatted("%M"), 1, 1),
    "date_format": (_date_format, 2, 2),
    "date": (_date, 1, 1),
    "time": (_time, 1, 1),
    "datediff": (_days_between, 2, 2),
    "date_add": (_add("+", False), 2, 2),
    "date_sub": (_add("-", False), 2, 2),
    "adddate": (_add("+", True), 2, 2),
    "subdate": (_add("-", True), 2, 2),
    "last_day": (_last_day, 1, 1),
    "to_days": (_to_days, 1, 1),
    "unix_timestamp": (_unix, 0, 1),
    "from_unixtime": (_from_unix, 1, 2),
    "time_to_sec": (_seconds, 1, 1),
}
