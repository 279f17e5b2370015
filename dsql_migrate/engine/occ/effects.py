"""What a statement changed, as the database told it; and PostgreSQL's text of a row, taken apart.

Triggers on every table report each statement's changes as a notice with SQLSTATE DQ001 and a JSON message. A row stands
in it as PostgreSQL writes a composite value (``record_out`` in its rowtypes.c): fields between parentheses and commas,
NULL as nothing, and quotes around what is empty or holds a quote, a backslash, a parenthesis, a comma or white space.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_FIELD = re.compile(r'(?:"((?:[^"\\]++|""|\\\\)*+)"|([^",()\\]*+))([,)])')


@dataclass(frozen=True, slots=True)
class Effect:
    """The rows of one table that one statement changed: directly, or by a foreign key's action.

    relation: the table's oid. op: ``I`` inserted, ``U`` updated, ``D`` deleted. xid: the transaction's 64-bit id.
    old, new: the rows before and after as PostgreSQL's text of the whole row; those of an update are paired by
    position. size: bytes of the new rows. rows: how many rows changed.
    """

    relation: int
    op: str
    xid: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    size: int
    rows: int


def effect_of(message: bytes | str) -> Effect:
    """The effect that a notice's message tells of. ValueError where the message is not one."""
    try:
        told = json.loads(message)
        op, old, new = told["o"], _rows(told.get("o_")), _rows(told.get("n"))
        if not {"I": not old, "U": len(old) == len(new), "D": not new}.get(op):
            raise ValueError(f"{op!r} with {len(old)} rows before and {len(new)} after")
        return Effect(_whole(told["r"]), op, _whole(told["x"]), old, new, _whole(told["b"]), _whole(told["c"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"not the notice of an effect: {error!r}") from None


def fields(record: str) -> list[str | None]:
    """The fields of a row's text, in order: None for NULL. ValueError where it is not PostgreSQL's text of a row.

    The row of a table without columns and the row of one NULL are both ``()``: this gives one NULL.
    """
    if len(record) < 2 or record[0] != "(" or record[-1] != ")":
        raise ValueError("the text of a row stands between parentheses")
    if '"' not in record:
        # Without a quote nothing is escaped, so every comma ends a field: the usual case, and the fast one.
        body = record[1:-1]
        if "(" in body or ")" in body or "\\" in body:
            raise ValueError("a parenthesis or a backslash outside quotes in the text of a row")
        return [field or None for field in body.split(",")]
    found: list[str | None] = []
    at = 1
    end = len(record)
    while match := _FIELD.match(record, at):
        quoted, plain, closing = match.groups()
        found.append((plain or None) if quoted is None else _unescaped(quoted))
        at = match.end()
        if closing == ")":
            if at == end:
                return found
            break
    raise ValueError(f"the text of a row cannot be read from character {at} on")


def _unescaped(quoted: str) -> str:
    if '"' in quoted:
        quoted = quoted.replace('""', '"')
    return quoted.replace("\\\\", "\\") if "\\" in quoted else quoted


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"not a whole number: {value!r}")
    return value


def _rows(value: Any) -> tuple[str, ...]:
    rows = tuple(value or ())
    if isinstance(value, str) or not all(isinstance(row, str) for row in rows):
        raise ValueError("not a list of rows")
    return rows
