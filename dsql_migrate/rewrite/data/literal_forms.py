"""Hand-written literals brought to the form that PostgreSQL prints, for types whose column becomes text on DSQL.

COPY data comes from PostgreSQL's own output and needs none of this; an INSERT may say ``'[1,5]'`` for the range that
PostgreSQL prints as ``[1,6)``, or ``'10.0.0.1/32'`` for the address ``10.0.0.1``. A form that is not known here is left
as it is: the comparison with the source then shows it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import partial

from dsql_migrate.rewrite.data import hstore, json_text, ranges, temporal

Form = Callable[[bytes], bytes]

_BOUND = rb'(?:"((?:[^"\\]|\\.|"")*)"|([^,"\\()\[\]]*))'
_RANGE = re.compile(rb"\s*([\[(])" + _BOUND + rb"," + _BOUND + rb"([\])])\s*", re.DOTALL)


def inet(value: bytes, network: bool = False) -> bytes:
    """inet without the mask of a single host; cidr (``network``) always with its mask."""
    text = value.decode("ascii", "replace").strip()
    if ":" in text and "." in text:  # ::ffff:1.2.3.4, which Python prints in another way
        return value
    try:
        found = ipaddress.ip_interface(text)
    except ValueError:
        return value
    host = found.network.prefixlen == found.max_prefixlen
    return str(found.ip if host and not network else found).encode()


def macaddr(value: bytes) -> bytes:
    """Lower-case hex pairs with colons."""
    digits = re.sub(rb"[:.-]", b"", value.strip()).lower()
    if re.fullmatch(rb"(?:[0-9a-f]{12}|[0-9a-f]{16})", digits) is None:
        return value
    return b":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def _range(value: bytes, bound: Form, following: Callable[[bytes], bytes] | None = None) -> bytes:
    """A range, its bounds in printed form; ``following`` gives the next value of a discrete type: [a,b] is [a,b+1)."""
    if value.strip().lower() == b"empty":
        return b"empty"
    found = _RANGE.fullmatch(value)
    if found is None:
        return value
    opening, low_quoted, low, high_quoted, high, closing = found.groups()
    try:
        lower = _printed(low_quoted, low, bound)
        upper = _printed(high_quoted, high, bound)
        if following and opening == b"(" and lower[-1:].isdigit():  # neither absent nor infinity
            opening, lower = b"[", following(lower)
        if following and closing == b"]" and upper[-1:].isdigit():
            closing, upper = b")", following(upper)
    except ValueError:
        return value
    if lower and lower == upper and (opening, closing) != (b"[", b"]"):
        return b"empty"
    return b"".join((opening if lower else b"(", _quoted(lower), b",", _quoted(upper), closing if upper else b")"))


def _printed(quoted: bytes | None, bare: bytes | None, bound: Form) -> bytes:
    if quoted is not None:
        return bound(re.sub(rb'\\(.)|""', lambda m: m.group(1) or b'"', quoted, flags=re.DOTALL))
    return bound(bare) if bare and bare.strip() else b""


def _quoted(bound: bytes) -> bytes:
    return b'"' + bound + b'"' if b" " in bound else bound


def _date(value: bytes) -> bytes:
    return temporal.date(value)[1:-1]


def _timestamp(value: bytes) -> bytes:
    return temporal.timestamp(value)[1:-1].replace(b"T", b" ")


def _timestamptz(value: bytes) -> bytes:
    return temporal.timestamptz(value)[1:-1].replace(b"T", b" ").replace(b"+00:00", b"+00")


def _numeric(value: bytes) -> bytes:
    return json_text.numeric(value).strip(b'"')


_LEXEME = re.compile(
    rb"\s*(?:'((?:[^'\\]|''|\\.)*)'|((?:[^\s:'\\]|\\.)+))(?::([0-9]+[A-Da-d*]?(?:,[0-9]+[A-Da-d*]?)*))?(?=\s|\Z)",
    re.DOTALL,
)
_WEIGHTS = b"DCBA"
_FARTHEST, _MOST = 16_383, 255  # of the positions of a word (tsvector.c)


def tsvector(value: bytes) -> bytes:
    """The words in the order of their bytes, each once, with its positions in order; ``*`` is the weight A."""
    words: dict[bytes, dict[int, int]] = {}
    at = 0
    while value[at:].strip():
        found = _LEXEME.match(value, at)
        if found is None:
            return value
        quoted, bare, places = found.groups()
        word = re.sub(rb"\\(.)|''", lambda m: m.group(1) or b"'", bare if quoted is None else quoted, flags=re.DOTALL)
        positions = words.setdefault(word, {})
        for place in places.split(b",") if places else ():
            weight = _WEIGHTS.find(place[-1:].upper().replace(b"*", b"A")) if not place.isdigit() else 0
            position = min(int(place.rstrip(b"ABCDabcd*")), _FARTHEST)
            positions[position] = max(weight, positions.get(position, 0))
        at = found.end()
    return b" ".join(_word(word, positions) for word, positions in sorted(words.items()))


def _word(word: bytes, positions: dict[int, int]) -> bytes:
    shown = b"'" + word.replace(b"\\", b"\\\\").replace(b"'", b"''") + b"'"
    places = [b"%d" % at + (_WEIGHTS[w : w + 1] if w else b"") for at, w in sorted(positions.items())[:_MOST]]
    return shown + b":" + b",".join(places) if places else shown


_FORMS: dict[str, Form] = {
    "hstore": lambda value: hstore.from_json(hstore.to_json(value)),
    "tsvector": tsvector,
    "numeric": _numeric,
    "inet": inet,
    "cidr": partial(inet, network=True),
    "macaddr": macaddr,
    "int4range": partial(_range, bound=json_text.integer, following=lambda v: b"%d" % (int(v) + 1)),
    "int8range": partial(_range, bound=json_text.integer, following=lambda v: b"%d" % (int(v) + 1)),
    "daterange": partial(_range, bound=_date, following=temporal.next_date),
    "numrange": partial(_range, bound=json_text.numeric),
    "tsrange": partial(_range, bound=_timestamp),
    "tstzrange": partial(_range, bound=_timestamptz),
}


_BOUNDS: dict[str, Form] = {
    "int2": json_text.integer,
    "int4": json_text.integer,
    "int8": json_text.integer,
    "numeric": json_text.numeric,
    "float8": lambda value: json_text.float8(value).strip(b'"'),
    "float4": lambda value: json_text.float4(value).strip(b'"'),
    "date": _date,
    "timestamp": _timestamp,
    "timestamptz": _timestamptz,
}


def printed_range(subtype: str) -> Form:
    """Brings a literal of a range of one's own to its printed form. ``subtype``: of its ends."""
    return partial(_range, bound=_BOUNDS[subtype]) if subtype in _BOUNDS else _same_ends


def _same_ends(value: bytes) -> bytes:
    """A range whose ends have one form only."""
    lower, upper, bounds = ranges.parts(value)
    if lower is not None and lower == upper and bounds != b"[]":
        return b"empty"
    return ranges.text((lower, upper, bounds)) or value


def printed(type_name: str) -> Form | None:
    """Brings a literal of the type to its printed form; None for types whose other forms are not known here."""
    return _FORMS.get(type_name)
