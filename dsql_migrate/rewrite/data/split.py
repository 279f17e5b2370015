"""One value of the source as the values of several columns, and back again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Values = tuple[bytes | None, ...]
Sql = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Split:
    """How a value falls into ``width`` values, in the order of the columns that take them.

    ``convert`` takes the text of one value, free of COPY or SQL escapes, None for NULL, and raises ValueError on a text
    that it cannot read. ``back`` gives the text that PostgreSQL prints for the value that ``convert`` took.
    ``source_sql`` are functions, one a column, that make of the text of the source's column an expression which has the
    same value as the one that ``target_sql`` makes of the target's column, in a session with TimeZone UTC, DateStyle
    ISO and IntervalStyle postgres; None: the column is not compared. ``literal`` brings a literal of an INSERT, which
    people write in more forms than PostgreSQL prints, to a form that ``convert`` reads alike. ``many`` is
    ``convert`` of many values; None of what is not of the usual form.
    """

    name: str
    width: int
    convert: Callable[[bytes | None], Values]
    back: Callable[[Values], bytes | None]
    source_sql: tuple[Sql | None, ...] = ()
    target_sql: tuple[Sql, ...] = ()
    loss: str | None = None
    literal: Callable[[bytes], bytes] | None = None
    many: Callable[[list[bytes]], list[Values | None] | None] | None = None

    def of_literal(self, value: bytes) -> Values:
        """What a literal of an INSERT or a default falls into. Raises ValueError."""
        return self.convert(self.literal(value) if self.literal else value)
