"""Values of expressions: their SQL, and what is known of their type. No parser here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dsql_migrate.rewrite.quoting import literal

# How tightly an operator of PostgreSQL binds: https://www.postgresql.org/docs/16/sql-syntax-lexical.html (4.1.6)
OR, AND, NOT, IS, COMPARED, LIKE, OTHER, PLUS, TIMES, SIGN, ATOM = range(11)

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?\Z")
_TIMES = frozenset(("date", "datetime", "timestamp"))
_NUMBERS = frozenset(("integer", "decimal", "float"))


class Untranslatable(ValueError):
    """What has no exact meaning in PostgreSQL, or none that is known; the message says what."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A type. ``name``: integer, decimal, float, boolean, text, enum, bytes, bits, date, datetime, timestamp, time,
    json, interval, geometry, null, or unknown.
    """

    name: str = "unknown"
    loose: bool = False  # text: compared without looking at case
    exact: bool = False  # text under BINARY or a collation of bytes: compared byte by byte, whatever the other side is
    utf8: bool = True  # text: its bytes in MySQL are UTF-8
    small: bool = False  # an integer that PostgreSQL has in less than 64 bits
    positive: bool = False  # a number that is never below zero
    scale: int | None = None  # decimal: digits behind the point
    long: bool = False  # a quotient that has more digits here than MySQL shows
    padded: bool = False  # text: PostgreSQL fills it up with blanks
    whole: bool = True  # a time without fractions of a second
    stored: bool = False  # a boolean that is a column's, not a condition's 0 or 1
    labels: tuple[str, ...] = ()  # of an enum

    @property
    def number(self) -> bool:
        return self.name in _NUMBERS

    @property
    def time(self) -> bool:
        """Whether it has a day: date, datetime, timestamp."""
        return self.name in _TIMES


UNKNOWN, NULL, TEXT, BOOLEAN = Kind(), Kind("null"), Kind("text"), Kind("boolean")
INTEGER, FLOAT, DATE, DATETIME = Kind("integer"), Kind("float"), Kind("date"), Kind("datetime")
COUNT = Kind("integer", positive=True)
BYTES, JSON = Kind("bytes"), Kind("json")


@dataclass(frozen=True, slots=True)
class Value:
    """An expression of PostgreSQL. ``constant``: the value of a literal; ``parts``: amount and unit of an interval."""

    sql: str
    kind: Kind = UNKNOWN
    binds: int = ATOM
    constant: str | int | None = None
    nullable: bool = True
    hexadecimal: bool = False  # a text that has hexadecimal digits only, two a byte
    parts: tuple[Value, str] | None = None


@dataclass(slots=True)
class Told:
    """What a translation has to say of itself."""

    folded: bool = False  # texts are compared in small letters
    cased: bool = False  # UPPER, LOWER
    changing: str | None = None  # what a setting or the clock changes: no value for a generated column or an index


Function = Callable[[Sequence[Value], Told], Value]


@dataclass(frozen=True, slots=True)
class Relation:
    """What a table or view has: columns by their names in small letters, as they are declared."""

    columns: dict[str, tuple[str, Kind]] = field(default_factory=dict)


def wrapped(value: Value, least: int = ATOM) -> str:
    """Its SQL, in parentheses where it binds less."""
    return value.sql if value.binds >= least else f"({value.sql})"


def call(name: str, kind: Kind, *arguments: Value) -> Value:
    """A function of PostgreSQL."""
    return Value(f"{name}({', '.join(a.sql for a in arguments)})", kind)


def cast(value: Value, type: str, kind: Kind) -> Value:
    """CAST."""
    return Value(f"CAST({value.sql} AS {type})", kind, nullable=value.nullable)


def number(of: int | str) -> Value:
    """A number literal."""
    text = str(of)
    scale = len(text.partition(".")[2])
    kind = Kind("decimal", scale=scale) if scale else Kind("integer")
    constant: int | str = text if scale else int(text)
    binds = SIGN if text.startswith("-") else ATOM
    return Value(text, replace(kind, positive=not text.startswith("-")), binds, constant, nullable=False)


def string(of: str) -> Value:
    """A text literal."""
    return Value(literal(of).strip(), TEXT, constant=of, nullable=False)


def texted(value: Value, told: Told) -> Value:
    """The text that MySQL makes of a value. Raises Untranslatable."""
    kind = value.kind
    if kind.name in ("text", "null", "unknown"):
        return value
    if isinstance(value.constant, int):
        return string(str(value.constant))
    if kind.name in ("integer", "boolean", "decimal"):
        return cast(shown(value), "TEXT", TEXT)
    if kind.name in ("date", "datetime", "timestamp", "time") and kind.whole:
        told.changing = told.changing or "the text of a time"
        plain = cast(value, "TIMESTAMP", DATETIME) if kind.name == "timestamp" else value
        return cast(plain, "TEXT", TEXT)
    if kind.name == "enum":
        told.changing = told.changing or "the text of an enum"
        return cast(value, "TEXT", replace(TEXT, loose=kind.loose, exact=kind.exact))
    raise Untranslatable(f"the text of {_called(kind)} is not the same in PostgreSQL")


def numbered(value: Value) -> Value:
    """The number that a value is: a condition is 0 or 1. Raises Untranslatable."""
    kind = value.kind
    if kind.name == "boolean":
        return cast(value, "INTEGER", Kind("integer", small=True, positive=True))
    if kind.name == "text" and isinstance(value.constant, str) and _NUMBER.match(value.constant):
        return number(value.constant)
    if kind.number or kind.name in ("null", "unknown"):
        return value
    raise Untranslatable(f"{_called(kind)} taken for a number, as only MySQL does")


def condition(value: Value) -> Value:
    """A condition: a number is true unless it is 0. Raises Untranslatable."""
    kind = value.kind
    if kind.name in ("boolean", "null", "unknown"):
        return value
    if isinstance(value.constant, int):
        return Value("TRUE" if value.constant else "FALSE", BOOLEAN, nullable=False)
    if kind.number:
        return Value(f"{wrapped(value, OTHER)} <> 0", BOOLEAN, COMPARED)
    raise Untranslatable(f"{_called(kind)} taken for a condition, as only MySQL does")


def shown(value: Value) -> Value:
    """A value as a query of MySQL shows it: conditions as 0 and 1, quotients with four more digits."""
    kind = value.kind
    if kind.name == "boolean" and not kind.stored:
        return numbered(value)
    if kind.long:
        scale = kind.scale or 0
        return Value(f"ROUND({value.sql}, {scale})", replace(kind, long=False))
    return value


def assigned(value: Value, kind: Kind, told: Told) -> Value:
    """A value for a column of a kind. Raises Untranslatable."""
    if value.kind.name == "null":
        return value
    if kind.name == "boolean":
        return condition(value)
    if kind.name == "text" and value.kind.name not in ("text", "unknown"):
        return texted(value, told)
    if kind.number and value.kind.name not in ("unknown", "text"):
        return shown(numbered(value))
    return shown(value)


def one_kind(values: Sequence[Value], told: Told) -> tuple[list[Value], Kind]:
    """Values that become one column of a result: branches of CASE, arguments of COALESCE. Raises Untranslatable."""
    real = [v.kind for v in values if v.kind.name != "null"]
    if not real:
        return list(values), NULL
    names = {kind.name for kind in real}
    if "unknown" in names:
        return [shown(v) for v in values], UNKNOWN
    if "text" in names or "enum" in names or (len(names) > 1 and not _akin(names)):
        if names & {"bytes", "bits", "json", "geometry"}:
            raise Untranslatable("values of different types in one result")
        texts = [texted(v, told) for v in values]
        loose = any(t.kind.loose for t in texts) and not any(t.kind.exact for t in texts)
        return texts, Kind("text", loose=loose, utf8=all(t.kind.utf8 for t in texts))
    if names <= {"integer", "decimal", "float", "boolean"}:
        if names == {"boolean"} and all(kind.stored for kind in real):
            return list(values), real[0]
        numbers = [v if v.kind.name == "null" else numbered(v) for v in values]
        return numbers, _widest([v.kind for v in numbers if v.kind.name != "null"])
    if names <= _TIMES and len(names) > 1:
        plain = [v if v.kind.name == "null" else cast(v, "TIMESTAMP", DATETIME) for v in values]
        return plain, Kind("datetime", whole=all(kind.whole for kind in real))
    return list(values), real[0]


def _akin(names: set[str]) -> bool:
    return names <= {"integer", "decimal", "float", "boolean"} or names <= _TIMES


def _widest(kinds: Sequence[Kind]) -> Kind:
    positive = all(kind.positive for kind in kinds)
    for name in ("float", "decimal"):
        found = [kind for kind in kinds if kind.name == name]
        if found:
            scales = [kind.scale for kind in found if kind.scale is not None]
            return Kind(name, positive=positive, scale=max(scales, default=None), long=any(k.long for k in found))
    return Kind("integer", positive=positive, small=all(kind.small for kind in kinds))


def _called(kind: Kind) -> str:
    article = "an" if kind.name[0] in "aeiou" else "a"
    called = {"bytes": "bytes", "json": "a JSON document", "datetime": "a time", "timestamp": "a time"}
    return called.get(kind.name, f"{article} {kind.name}")
