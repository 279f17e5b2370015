"""COPY data cut into blocks that one DSQL transaction takes. Rows that need no conversion are never looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dsql_migrate.rewrite.data.copy_format import CopySpec
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.row_limits import LongRow, SizeLimits, long_row
from dsql_migrate.rewrite.data.row_stream import Chunk, Rows, whole_rows

TEXT = CopySpec()


@dataclass(frozen=True, slots=True)
class Block:
    r"""Rows for one COPY: write ``data``, then ``\.`` and ``newline``.

    ``newline`` is the rows' own line end: PostgreSQL refuses a ``\.`` line that ends in another way than the rows.
    ``complete`` is False where the last row has no line end (the input was cut short).
    """

    rows: int
    data: tuple[bytes, ...]
    size: int
    newline: bytes = b"\n"
    complete: bool = True
    long_rows: tuple[LongRow, ...] = ()


def copy_blocks(
    chunks: Iterable[Chunk | Rows],
    spec: CopySpec = TEXT,
    *,
    max_rows: int,
    max_bytes: int,
    limits: SizeLimits | None = None,
) -> Iterator[Block]:
    r"""Blocks of at most ``max_rows`` rows and ``max_bytes`` bytes; a row larger than that is a block of its own.

    The blocks' data, put together, is the input without its header (``spec.header``: write COPY without HEADER) and
    without its ``\.`` line. Needs memory for a block and a chunk. A RowError (see whole_rows), of ``chunks`` too, is
    raised once the rows before it have been yielded.
    """
    held: list[bytes] = []
    rows = size = done = 0
    long: list[LongRow] = []
    newline: bytes | None = None

    def block() -> Block:
        return Block(rows, tuple(held), size, newline or b"\n", held[-1].endswith(b"\n"), tuple(long))

    error: RowError | None = None
    parts = whole_rows(chunks, spec)
    while True:
        try:
            part = next(parts)
        except StopIteration:
            break
        except RowError as found:
            error = found
            break
        cuts = _Cuts(part)
        if newline is None:
            newline = b"\r\n" if part.data[: cuts.after(0, 1)].endswith(b"\r\n") else b"\n"
        at = 0
        while at < len(part.data):
            count, end = cuts.take(at, max_rows - rows, max(0, max_bytes - size))
            if count == 0 and rows == 0:
                count, end = 1, cuts.after(at, 1)
            if count:
                if limits:
                    long += _long_rows(part, at, end, cuts, done + rows, spec, limits)
                held.append(part.data[at:end])
                rows, size, at = rows + count, size + end - at, end
            if at < len(part.data) or rows >= max_rows:
                yield block()
                done, rows, size = done + rows, 0, 0
                held, long = [], []
    if rows:
        yield block()
    if error:
        raise error


class _Cuts:
    """Where rows end in one piece of whole rows."""

    def __init__(self, rows: Rows) -> None:
        self.data = rows.data
        self.ends = rows.ends
        self.average = max(1, len(self.data) // max(1, rows.counted()))

    def take(self, at: int, rows: int, size: int) -> tuple[int, int]:
        """(rows, end) of as many rows from ``at`` on as fit into both limits."""
        end = self.after(at, rows)
        if end - at <= size:
            return self.between(at, end) if end == len(self.data) else rows, end
        end = self.before(at, at + size)
        return (self.between(at, end), end) if end > at else (0, at)

    def after(self, at: int, rows: int) -> int:
        """The end of the ``rows``-th row from ``at`` on, or of the last one."""
        if self.ends is not None:
            index = bisect_right(self.ends, at) + rows - 1
            return self.ends[min(index, len(self.ends) - 1)]
        return _nth_line_end(self.data, at, rows, self.average)

    def before(self, at: int, limit: int) -> int:
        """The last row end in (at, limit], or 0."""
        if self.ends is not None:
            index = bisect_right(self.ends, limit)
            return self.ends[index - 1] if index else 0
        return self.data.rfind(b"\n", at, limit) + 1

    def between(self, at: int, end: int) -> int:
        """The rows from ``at`` to ``end``, both row ends."""
        if self.ends is not None:
            return bisect_right(self.ends, end) - bisect_right(self.ends, at)
        return _count(self.data, at, end)


def _count(data: bytes, at: int, end: int) -> int:
    return data.count(b"\n", at, end) + (end > at and data[end - 1] != 10)


def _nth_line_end(data: bytes, at: int, n: int, average: int) -> int:
    """Behind the n-th line feed from ``at`` on, or the end: guessed by the average row, then corrected."""
    size, position, found = len(data), at, 0
    for _ in range(8):
        missing = n - found
        if -16 < missing < 16:
            break
        guess = min(size, max(at, position + missing * average))
        if guess == position:
            break
        found += data.count(b"\n", position, guess) if guess > position else -data.count(b"\n", guess, position)
        position = guess
    while found >= n:
        position = data.rfind(b"\n", at, position)
        found -= 1
        if found < n:
            return position + 1
    while found < n:
        position = data.find(b"\n", position) + 1
        if position == 0:
            return size
        found += 1
    return position


def _long_rows(
    part: Rows, at: int, end: int, cuts: _Cuts, done: int, spec: CopySpec, limits: SizeLimits
) -> Iterator[LongRow]:
    """Rows from ``at`` to ``end`` that exceed a limit: one jump to a row end for every ``smallest`` bytes."""
    smallest = limits.smallest
    position = at
    while end - position > smallest:
        jump = cuts.before(position, position + smallest)
        if jump > position:
            position = jump
            continue
        stop = cuts.after(position, 1)
        row = part.data[position:stop].rstrip(b"\r\n")
        found = long_row(0, row, spec, limits)
        if found is not None:
            yield replace(found, row=done + cuts.between(at, position) + 1)
        position = stop
