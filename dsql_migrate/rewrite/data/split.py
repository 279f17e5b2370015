"""One value of the source as the values of several columns, and back again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Values = tuple[bytes | None, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """How a value falls into ``width`` values, in the order of the columns that take them.

    ``convert`` takes the text of one value, free of COPY or SQL escapes, None for NULL, and raises ValueError on a text
    that it cannot read. ``back`` gives the text that PostgreSQL prints for the value that ``convert`` took.
    ``source_sql`` are the expressions, one a column, that make the same of the source's column (``{}`` stands for it),
    in a session with TimeZone UTC, DateStyle ISO and IntervalStyle postgres; an empty one is not compared.
    """

    name: str
    width: int
    convert: Callable[[bytes | None], Values]
    back: Callable[[Values], bytes | None]
    source_sql: tuple[str, ...] = ()
    loss: str | None = None
