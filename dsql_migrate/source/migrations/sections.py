"""Sections out of the bytes of a file, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsql_migrate.source import scanner
from dsql_migrate.source.migrations.model import IDENTITY, Direction, Migration, Origin, Pin, Section, Unread, Wrap

Range = tuple[int, int]  # byte offsets, half open


def whole(content: bytes, wrap: Wrap, direction: Direction = "up") -> Migration:
    """A file that is one section."""
    return Migration((Section(content, IDENTITY, direction, wrap),))


def part(
    content: bytes, start: int, end: int, wrap: Wrap, direction: Direction = "up", name: str | None = None
) -> Section:
    """The bytes from ``start`` to ``end`` as a section."""
    if start == 0 and end == len(content):
        return Section(content, IDENTITY, direction, wrap, name)
    return Section(content[start:end], Origin((Pin(0, start, end - start),)), direction, wrap, name)


def joined(
    content: bytes,
    ranges: Iterable[Range],
    wrap: Wrap,
    direction: Direction = "up",
    name: str | None = None,
    between: bytes = b"\n",
) -> Section:
    """Several ranges of the file as one section, with ``between`` after each of them but the last."""
    sql = bytearray()
    pins: list[Pin] = []
    for start, end in ranges:
        if pins:
            sql += between
        pins.append(Pin(len(sql), start, end - start))
        sql += content[start:end]
    return Section(bytes(sql), Origin(tuple(pins)), direction, wrap, name)


def lines(content: bytes, start: int = 0) -> Iterator[Range]:
    """The lines from an offset on, each with its line feed."""
    size = len(content)
    while start < size:
        at = content.find(b"\n", start)
        end = size if at < 0 else at + 1
        yield start, end
        start = end


def split(
    content: bytes,
    start: int,
    end: int,
    delimiter: bytes,
    wrap: Wrap,
    direction: Direction = "up",
    name: str | None = None,
) -> Section:
    """A range whose statements end with another delimiter than ``;``, as one section in which they end with one."""
    ranges: list[Range] = []
    at = start
    while (met := content.find(delimiter, at, end)) >= 0:
        ranges.append((at, met))
        at = met + len(delimiter)
    ranges.append((at, end))
    return joined(content, ranges, wrap, direction, name, b"\n;\n")


def unheard(content: bytes, end: int, reason: str) -> tuple[Unread, ...]:
    """What stands before the first mark of the tool, where that is more than blanks and comments."""
    at = scanner.skip_blanks(content[:end], 0, final=True)
    return () if at is None or at >= end else (Unread(at, end, reason),)
