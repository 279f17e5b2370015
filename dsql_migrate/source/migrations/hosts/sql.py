"""SQL that remembers where in its file it came from: text that stands there, and text made of calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dsql_migrate.record import Record
from dsql_migrate.source.migrations.model import Direction, Origin, Pin, Section, Wrap


class Part(NamedTuple):
    """A run of SQL. ``start`` and ``end`` are byte offsets of what it stands for; ``as_is``: byte for byte."""

    text: str
    start: int
    end: int
    as_is: bool


class Place(NamedTuple):
    """Byte offsets in the file."""

    start: int
    end: int


class Sql(Record):
    """A piece of SQL. ``holes``: it has stand-ins for values that are known only when the program runs."""

    parts: tuple[Part, ...] = ()
    holes: int = 0

    @property
    def text(self) -> str:
        """The SQL alone."""
        return "".join(part.text for part in self.parts)

    def __add__(self, other: Sql) -> Sql:
        return Sql(self.parts + other.parts, self.holes + other.holes)

    def __bool__(self) -> bool:
        return bool(self.parts)


NOTHING = Sql()


def made(place: Place, template: str, *arguments: Sql | str) -> Sql:
    """A template with ``{}`` for each argument; its own text, and strings, are made of what stands at ``place``."""
    texts = template.split("{}") if arguments else [template]
    parts: list[Part] = []
    holes = 0
    for number, text in enumerate(texts):
        if text:
            parts.append(Part(text, place.start, place.end, False))
        if number < len(arguments):
            argument = arguments[number]
            if isinstance(argument, Sql):
                parts += argument.parts
                holes += argument.holes
            elif argument:
                parts.append(Part(argument, place.start, place.end, False))
    return Sql(tuple(parts), holes)


def joined(place: Place, separator: str, items: Iterable[Sql]) -> Sql:
    """The items with the separator between them."""
    whole: list[Part] = []
    holes = 0
    for number, item in enumerate(items):
        if number:
            whole.append(Part(separator, place.start, place.end, False))
        whole += item.parts
        holes += item.holes
    return Sql(tuple(whole), holes)


def quoted(name: Sql) -> Sql:
    """A name in double quotes, as it is."""
    return _between(name, '"', '""')


def literal(value: Sql) -> Sql:
    """A string as an SQL literal."""
    return _between(value, "'", "''")


def _between(value: Sql, mark: str, doubled: str) -> Sql:
    at = value.parts[0].start if value.parts else 0
    end = value.parts[-1].end if value.parts else at
    parts = [part if mark not in part.text else Part(part.text.replace(mark, doubled), part.start, part.end, False)
             for part in value.parts]  # fmt: skip
    return Sql((Part(mark, at, end, False), *parts, Part(mark, at, end, False)), value.holes)


def section(
    statements: Sequence[Sql], direction: Direction = "up", wrap: Wrap = "file", name: str | None = None
) -> Section:
    """The statements as one section; each ends with a semicolon on a line of its own unless it has one."""
    text = bytearray()
    pins: list[Pin] = []
    for statement in statements:
        for part in statement.parts:
            data = part.text.encode("utf-8", "replace")
            if not data:
                continue
            pin = Pin(len(text), part.start, len(data), None if part.as_is else part.end - part.start)
            last = pins[-1] if pins else None
            if (
                last
                and part.as_is
                and last.extent is None
                and (last.sql + last.length, last.file + last.length) == (pin.sql, pin.file)
            ):
                pins[-1] = Pin(last.sql, last.file, last.length + pin.length)
            else:
                pins.append(pin)
            text += data
        if not text.rstrip().endswith(b";") or b"--" in text[text.rfind(b"\n") + 1 :]:
            text += b"\n;"
        text += b"\n"
    return Section(bytes(text), Origin(tuple(pins) or (Pin(0, 0, 0),)), direction, wrap, name)
