"""Single values as JSON text, as PostgreSQL's ``to_jsonb`` writes them (source: json.c and jsonb.c of PostgreSQL 16).

Every function takes the text of one value, as COPY or an array literal holds it, and returns JSON. They raise
ValueError on a text that is no value of the type.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from dsql_migrate.rewrite.data.floats import shortest_double, shortest_real

_SPECIAL = re.compile(rb'["\\\x00-\x1f]')
_ESCAPES = {b'"': b'\\"', b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t", b"\b": b"\\b", b"\f": b"\\f"}
_CANONICAL_INTEGER = re.compile(rb"-?(?:0|[1-9][0-9]*)")
_CANONICAL_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_DECIMAL = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,6}))?")
_NOT_FINITE = {
    b"nan": b'"NaN"',
    **dict.fromkeys((b"infinity", b"inf", b"+infinity", b"+inf"), b'"Infinity"'),
    **dict.fromkeys((b"-infinity", b"-inf"), b'"-Infinity"'),
}
# numeric holds up to 131072 digits before the point: a larger exponent is refused before it becomes a huge string.
_NUMERIC_EXPONENT = 131_072


def string(value: bytes) -> bytes:
    """A JSON string; UTF-8 stays as it is."""
    if _SPECIAL.search(value) is None:
        return b'"' + value + b'"'
    return b'"' + _SPECIAL.sub(_escape, value) + b'"'


def _escape(found: re.Match[bytes]) -> bytes:
    character = found.group()
    return _ESCAPES.get(character) or b"\\u%04x" % character[0]


def integer(value: bytes) -> bytes:
    """A whole number, in the form that PostgreSQL prints."""
    if _CANONICAL_INTEGER.fullmatch(value):
        return value if value != b"-0" else b"0"
    text = value.strip()
    try:
        return b"%d" % int(text, 10 if text.lstrip(b"+-").isdigit() else 0)
    except ValueError:
        raise _refused("integer", value) from None


def numeric(value: bytes) -> bytes:
    """A number with its digits as they are (jsonb keeps trailing zeros); NaN and the infinities become strings."""
    if _CANONICAL_NUMBER.fullmatch(value):
        return value
    return _not_finite(value) or _plain(value.strip(), "numeric")


def float8(value: bytes) -> bytes:
    """A double in its shortest form, which is what PostgreSQL 12 and later print; older dumps hold 17 digits."""
    if len(value) <= 15 and _CANONICAL_NUMBER.fullmatch(value) and not (b"." in value and value.endswith(b"0")):
        return value
    special = _not_finite(value)
    if special:
        return special
    try:
        return shortest_double(_finite(float(value))).encode()
    except ValueError:
        raise _refused("double precision", value) from None


def float4(value: bytes) -> bytes:
    """A single precision number in its shortest form."""
    if len(value) <= 6 and _CANONICAL_NUMBER.fullmatch(value) and not (b"." in value and value.endswith(b"0")):
        return value
    special = _not_finite(value)
    if special:
        return special
    try:
        return shortest_real(_finite(float(value))).encode()
    except (ValueError, OverflowError):
        raise _refused("real", value) from None


def boolean(value: bytes) -> bytes:
    """true or false, from any spelling that PostgreSQL reads: prefixes of true, false, yes, no; on, off, 1, 0."""
    if value == b"t":
        return b"true"
    if value == b"f":
        return b"false"
    word = value.strip().lower()
    if word and (b"true".startswith(word) or b"yes".startswith(word) or word in (b"on", b"1")):
        return b"true"
    if word and (b"false".startswith(word) or b"no".startswith(word) or word in (b"of", b"off", b"0")):
        return b"false"
    raise _refused("boolean", value)


def document(value: bytes) -> bytes:
    """A json or jsonb value, embedded as it is."""
    check_document(value)
    return value


def check_document(value: bytes) -> None:
    """Raises ValueError where the text is no JSON that jsonb can hold: it has no NUL character."""
    try:
        read = json.loads(value, parse_constant=_no_constant, parse_int=len, parse_float=len)
        if b"\\ud" in value.lower():
            json.dumps(read, ensure_ascii=False).encode()  # fails on half a surrogate pair, as jsonb does
    except RecursionError:
        return  # nested deeper than can be looked at here: PostgreSQL decides
    except ValueError:
        raise _refused("json", value) from None
    if b"\\u0000" in value and re.search(rb"(?<!\\)(?:\\\\)*\\u0000", value):
        raise ValueError("jsonb cannot hold the character \\u0000")


def canonical(value: bytes) -> bytes:
    """JSON as jsonb prints it (jsonb.c): short keys first, the last of equal keys, digits of numbers as written.

    Raises ValueError where it is none; what is nested too deep for a look stays as it is.
    """
    try:
        return _printed(json.loads(value, parse_int=_Digits, parse_float=_Digits, parse_constant=_no_constant))
    except RecursionError:
        return value


class _Digits(str):
    """A number as it is written."""


def _printed(item: Any) -> bytes:
    if isinstance(item, dict):
        pairs = sorted(((key.encode(), held) for key, held in item.items()), key=lambda pair: (len(pair[0]), pair[0]))
        return b"{" + b", ".join(string(key) + b": " + _printed(held) for key, held in pairs) + b"}"
    if isinstance(item, list):
        return b"[" + b", ".join(map(_printed, item)) + b"]"
    if isinstance(item, _Digits):
        number = numeric(item.encode())
        return number[1:] if number.startswith(b"-") and not number.strip(b"-0.") else number  # numeric has no -0
    if isinstance(item, str):
        return string(item.encode())
    return b"null" if item is None else b"true" if item else b"false"


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(number: float) -> float:
    if number - number != 0:
        raise ValueError("out of range")
    return number


def _not_finite(value: bytes) -> bytes | None:
    return _NOT_FINITE.get(value.strip().lower())


def _plain(text: bytes, type_name: str) -> bytes:
    """A decimal number without exponent, sign plus or missing digits."""
    found = _DECIMAL.fullmatch(text)
    if found is None or abs(int(found.group(1) or 0)) > _NUMERIC_EXPONENT:
        raise _refused(type_name, text)
    try:
        return format(Decimal(text.decode()), "f").encode()
    except InvalidOperation:  # pragma: no cover - the pattern admits nothing that Decimal refuses
        raise _refused(type_name, text) from None


def _refused(type_name: str, value: bytes) -> ValueError:
    shown = value[:40].decode("utf-8", "replace")
    return ValueError(f"{shown!r} is no value of type {type_name}")
