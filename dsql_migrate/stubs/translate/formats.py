"""Texts with places in them: messages of RAISE, and format() whose arguments are known."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_migrate.source import regex
from dsql_migrate.stubs.code.values import Asked, Constant, Formatted, Query, Value
from dsql_migrate.stubs.naming import identifier
from dsql_migrate.stubs.translate.binding import joined, kind_of_value
from dsql_migrate.stubs.translate.kinds import LITERAL, TEXT

_MARK = regex.compile(r"%(?:(%)|(\d+\$)?([sIL]))")
_SHOWN = frozenset({"text", "integer", "uuid", "numeric", "boolean"})  # every language writes these as PostgreSQL does


def message(text: str, values: Sequence[Value]) -> Value:
    """A format of RAISE, each % with its value in its place; %% is a percent sign."""
    parts: list[Value] = []
    left = list(values)
    plain = ""
    at = 0
    while at < len(text):
        if text[at] == "%" and text[at + 1 : at + 2] == "%":
            plain, at = plain + "%", at + 2
        elif text[at] == "%" and left:
            value = left.pop(0)
            if isinstance(value, Constant) and not isinstance(value.value, bool):
                plain += "<NULL>" if value.value is None else str(value.value)
            else:
                parts += [Constant(plain, TEXT)] if plain else []
                parts.append(shown(value))
                plain = ""
            at += 1
        else:
            plain, at = plain + text[at], at + 1
    if not parts:
        return Constant(plain, TEXT)
    return Formatted((*parts, *([Constant(plain, TEXT)] if plain else [])))


def shown(value: Value) -> Value:
    """A value as text: as it is where all languages write it alike, else the database writes it."""
    kind = kind_of_value(value)
    if kind.family in _SHOWN or not kind.sql or kind == LITERAL or kind.family == "record":
        return value
    if isinstance(value, Asked):
        head, *rest = value.query.pieces
        plain = str(head).removeprefix("SELECT ")
        return Asked(Query(joined([f"SELECT CAST(({plain}", *rest, ") AS text)"])), TEXT)
    return Asked(Query(("SELECT CAST(CAST(", value, f" AS {kind.sql}) AS text)")), TEXT)


def formatted(values: Sequence[Value]) -> Value | None:
    """format(text, …) where all of it is known; None where it is not."""
    if not all(isinstance(value, Constant) for value in values):
        return None
    known = [value.value for value in values if isinstance(value, Constant)]
    text, arguments = known[0], known[1:]
    if not isinstance(text, str):
        return None
    made, done, next_ = "", 0, 0
    for mark in _MARK.finditer(text):
        made += text[done : mark.start()]
        done = mark.end()
        if mark.group(1):
            made += "%"
            continue
        at = int(mark.group(2)[:-1]) - 1 if mark.group(2) else next_
        next_ = at + 1
        if at >= len(arguments) or isinstance(arguments[at], bool):
            return None
        made += _one(mark.group(3), arguments[at])
    rest = text[done:]
    return None if "%" in rest else Constant(made + rest, TEXT)


def _one(kind: str, value: str | int | bool | None) -> str:
    if kind == "I":
        return identifier(str(value))
    if kind == "L":
        return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"
    return "" if value is None else str(value)
