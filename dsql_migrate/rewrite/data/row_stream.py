"""COPY data as a stream of whole rows, in large pieces, without an object a row.

The usual case costs one search for the last line end of a chunk. Only where a value may hold a line end (a backslash
before it in the text form, quotes in CSV) are the ends of the rows looked up one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dsql_migrate.rewrite.data.copy_format import CopySpec, CsvOptions, record
from dsql_migrate.rewrite.data.row_error import RowError

Chunk = bytes | memoryview

# A row is held in memory whole. DSQL takes 2 MiB; beyond this the data is damaged (a quote that never closes, say).
LARGEST_ROW = 64 << 20

_ESCAPED_END = re.compile(rb"\\\n")
_ROW_END = re.compile(rb"(?<!\\)(?:\\\\)*\n")
_TERMINATOR = re.compile(rb"(?:\A|(?<=\n))\\\.\r?\n?\Z")


@dataclass(frozen=True, slots=True)
class Rows:
    """Whole rows, one after another. The last row of all may lack its line end.

    ``ends``: where each row ends (its line end included); None: at every line end. ``count``: how many rows there are,
    where somebody has counted them.
    """

    data: bytes
    ends: tuple[int, ...] | None = None
    count: int | None = None

    def counted(self) -> int:
        """How many rows there are."""
        if self.count is not None:
            return self.count
        if self.ends is not None:
            return len(self.ends)
        return self.data.count(b"\n") + (not self.data.endswith(b"\n"))

    def lines(self) -> list[bytes]:
        """The rows without their line ends (a CR before the line feed stays)."""
        if self.ends is None:
            found = self.data.split(b"\n")
            if not found[-1]:
                found.pop()
            return found
        starts = (0, *self.ends)
        return [self.data[a:b].removesuffix(b"\n") for a, b in zip(starts, self.ends, strict=False)]


def whole_rows(chunks: Iterable[Chunk | Rows], spec: CopySpec) -> Iterator[Rows]:
    r"""The rows of COPY data in pieces of about a chunk. The header and the ``\.`` line are left out.

    What is Rows already, between other rows, goes on as it is.
    Raises RowError for a row of more than LARGEST_ROW bytes.
    """
    header = spec.header
    for found in _pieces(chunks, spec.csv):
        rows = found
        if header:
            header, rows = False, _without_first(rows)
        end = _TERMINATOR.search(rows.data, max(0, len(rows.data) - 4))
        if end:
            rows = _shortened(rows, end.start())
        if rows.data:
            yield rows


def _pieces(chunks: Iterable[Chunk | Rows], csv: CsvOptions | None) -> Iterator[Rows]:
    last = _last_csv if csv else _last_text
    held: list[bytes] = []
    size = tried = rows = 0
    for chunk in chunks:
        if isinstance(chunk, Rows):
            if size == 0:
                yield chunk
                continue
            chunk = chunk.data
        data = bytes(chunk)
        held.append(data)
        size += len(data)
        if b"\n" not in data or (csv and size < 2 * tried):  # a long row: do not look at it again for each chunk
            _bounded(size)
            continue
        whole = b"".join(held) if len(held) > 1 else data
        found, end = last(whole, csv)
        tried = size if end == 0 else 0
        rest = whole[end:]
        held, size = ([rest], len(rest)) if rest else ([], 0)
        if end:
            rows += 1
            yield found
        _bounded(size)
    if size:
        whole = b"".join(held)
        found, end = last(whole, csv)
        if end:
            yield found
        if whole[end:]:
            yield Rows(whole[end:], (len(whole) - end,))


def _bounded(size: int) -> None:
    if size > LARGEST_ROW:
        raise RowError(0, None, f"a row of more than {LARGEST_ROW >> 20} MiB: is a quote or a line end missing?")


def _last_text(data: bytes, _: CsvOptions | None) -> tuple[Rows, int]:
    """The whole rows at the start of ``data``, and where they end."""
    if _ESCAPED_END.search(data) is None:
        end = data.rfind(b"\n") + 1
        return Rows(data if end == len(data) else data[:end]), end
    ends = tuple(found.end() for found in _ROW_END.finditer(data))
    end = ends[-1] if ends else 0
    return Rows(data[:end], ends), end


def _last_csv(data: bytes, csv: CsvOptions | None) -> tuple[Rows, int]:
    assert csv is not None
    if csv.quote not in data:
        end = data.rfind(b"\n") + 1
        return Rows(data[:end]), end
    match, at, ends = record(csv).match, 0, []
    found = match(data, 0)
    while found is not None:
        at = found.end()
        ends.append(at)
        found = match(data, at)
    return Rows(data[:at], tuple(ends)), at


def _without_first(rows: Rows) -> Rows:
    first = rows.ends[0] if rows.ends is not None else (rows.data.find(b"\n") + 1 or len(rows.data))
    return Rows(rows.data[first:], None if rows.ends is None else tuple(end - first for end in rows.ends[1:]))


def _shortened(rows: Rows, size: int) -> Rows:
    return Rows(rows.data[:size], None if rows.ends is None else tuple(end for end in rows.ends if end <= size))
