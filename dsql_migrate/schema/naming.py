"""The names PostgreSQL gives to constraints, indexes and sequences that the author did not name.

Source: PostgreSQL 16, src/backend/commands/indexcmds.c (makeObjectName, ChooseRelationName, ChooseIndexName).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

LIMIT = 63  # bytes of an identifier; PostgreSQL cuts longer ones


def cut(name: str, limit: int = LIMIT) -> str:
    """The first bytes of a name, never cut inside a character, as PostgreSQL truncates identifiers."""
    data = name.encode("utf-8", "surrogateescape")
    return name if len(data) <= limit else data[:limit].decode("utf-8", "ignore")


def compose(first: str, second: str | None, label: str | None) -> str:
    """first_second_label within 63 bytes; the longer of the first two is shortened, as makeObjectName does."""
    overhead = (1 if second else 0) + (len(label) + 1 if label else 0)
    one, two = len(first.encode()), len((second or "").encode())
    while one + two > LIMIT - overhead:
        if one > two:
            one -= 1
        else:
            two -= 1
    parts = [cut(first, one)]
    if second:
        parts.append(cut(second, two))
    if label:
        parts.append(label)
    return "_".join(parts)


def choose(first: str, second: str | None, label: str, taken: Callable[[str], bool]) -> str:
    """A free name: the composed one, or with 1, 2, 3 … behind the label. ``taken`` says of a name that it is not."""
    name = compose(first, second, label)
    number = 0
    while taken(name):
        number += 1
        name = compose(first, second, f"{label}{number}")
    return name


def columns_part(columns: Iterable[str]) -> str:
    """a_b_c, as PostgreSQL joins the key columns of an index or a foreign key into its name."""
    return cut("_".join(columns), LIMIT)


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """expr, expr -> expr, expr1: what ChooseIndexColumnNames does with keys that are called the same."""
    found: list[str] = []
    for name in names:
        number, free = 0, name
        while free in found:
            number += 1
            suffix = str(number)
            free = cut(name, LIMIT - len(suffix)) + suffix
        found.append(free)
    return tuple(found)
