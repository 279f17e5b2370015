"""How the recorder of the cluster's answers printed a value: decoded by its driver (pgx), then by Go's `%v`.

From a value in PostgreSQL's text form and its type to the texts that may stand in the record for it.
"""

import contextlib
import ipaddress
import json
import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

BOOL, BYTEA, JSON, JSONB, RECORD, UUID = 16, 17, 114, 3802, 2249, 2950
FLOATS, NUMERIC = (700, 701), 1700
INET = 869
DATE, TIMESTAMP, TIMESTAMPTZ = 1082, 1114, 1184
# The record's description does not say how these are printed: as PostgreSQL shows them, or as the driver does.
_UNTOLD = frozenset((BYTEA, JSON, JSONB, NUMERIC, DATE, *FLOATS))
# of each array type: the type of its elements
ARRAYS = {
    **{1000: 16, 1001: 17, 1005: 21, 1007: 23, 1016: 20, 1009: 25, 1015: 1043, 1014: 1042, 1021: 700, 1022: 701},
    **{1231: 1700, 2951: 2950, 1115: 1114, 1185: 1184, 1182: 1082, 1041: 869, 199: 114, 3807: 3802, 1003: 19, 1028: 26},
}


def forms(value: str | None, kind: int) -> set[str]:
    """All texts that the record may hold for this value of the type with this OID."""
    if value is None:
        return {"NULL"}
    found = {value} if kind in _UNTOLD else set()
    with contextlib.suppress(ValueError, InvalidOperation):
        found.add(shown(value, kind))
    return found or {value}


def shown(value: str | None, kind: int) -> str:
    """The text that the recorder's driver makes of a value. Raises ValueError where the value is not of that type."""
    if value is None:
        return "<nil>"
    if kind in ARRAYS:
        return "[" + " ".join(shown(one, ARRAYS[kind]) for one in items(value, "{", "}")) + "]"
    if kind == RECORD:
        return "[" + " ".join("<nil>" if one is None else one for one in items(value, "(", ")")) + "]"
    if kind == BOOL:
        return {"t": "true", "f": "false"}[value]
    if kind == UUID:
        return _octets(uuid.UUID(value).bytes)
    if kind == BYTEA and value.startswith("\\x"):
        return _octets(bytes.fromhex(value[2:]))
    if kind == INET:
        return str(ipaddress.ip_interface(value))
    if kind in FLOATS:
        return _number(float(value))
    if kind == NUMERIC:
        return f"{Decimal(value):f}"
    if kind in (DATE, TIMESTAMP, TIMESTAMPTZ):
        moment = _moment(value)
        fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
        return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    if kind in (JSON, JSONB):
        return _decoded(json.loads(value))
    return value


def items(value: str, start: str, end: str) -> list[str | None]:
    """The parts of an array or a row in text form, one level deep; None is NULL. Raises ValueError."""
    if not (value.startswith(start) and value.endswith(end)):
        raise ValueError(value)
    found: list[str | None] = []
    part, quoted, at = "", False, 1
    while at < len(value) - 1:
        character = value[at]
        if character == '"':
            close = _closing(value, at)
            part += re.sub(r'\\(.)|""', lambda pair: pair[1] or '"', value[at + 1 : close], flags=re.S)
            quoted, at = True, close
        elif character == ",":
            found.append(_item(part, quoted, start))
            part, quoted = "", False
        else:
            part += character
        at += 1
    return [*found, _item(part, quoted, start)] if len(value) > 2 else []


def _closing(value: str, start: int) -> int:
    """Where the quote that opens at `start` is closed; backslashes and doubled quotes stand for themselves."""
    at = start + 1
    while value[at] != '"' or value[at + 1 : at + 2] == '"':
        at += 2 if value[at] in '\\"' else 1
    return at


def _item(part: str, quoted: bool, start: str) -> str | None:
    """In an array the word NULL is one; in a row it is nothing at all."""
    null = part.upper() == "NULL" if start == "{" else part == ""
    return None if null and not quoted else part


def _octets(value: bytes) -> str:
    return "[" + " ".join(map(str, value)) + "]"


def _number(value: float) -> str:
    """Go prints the shortest digits that give the number back, and an exponent below 1e-4 and from 1e21 on."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[str(value)]
    if value and not 1e-4 <= abs(value) < 1e21:
        return re.sub(r"e([+-])(\d)$", r"e\g<1>0\2", repr(value))
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def _moment(value: str) -> datetime:
    text = re.sub(r"([+-]\d\d)$", r"\1:00", value)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _decoded(value: Any) -> str:
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_decoded(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(_decoded, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return _number(float(value))
    return "<nil>" if value is None else str(value)
