"""Where findings and their fixes stand, in the units of other tools: for that the files are read once more.

A file may have changed meanwhile, or may not be what was linted (a compressed dump, another encoding, an included
script, standard input), so nothing is taken from it unless the finding's line and column agree with it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import stat
from itertools import pairwise
from types import TracebackType
from typing import Self

from dsql_migrate.lint.finding import Edit, Finding
from dsql_migrate.record import Record

_MARK = b"\xef\xbb\xbf"
_FAR = 1 << 20  # bytes of one line that are looked at: a script without line ends must not cost its square


class Place(Record):
    """A place in a file: line and columns from 1. ``byte_column`` counts bytes of UTF-8."""

    line: int
    column: int
    byte_column: int


class Texts:
    """The files of a run's findings, mapped into memory one at a time; a context manager."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._data: mmap.mmap | bytes = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open(None)

    def of(self, finding: Finding) -> Text | None:
        """The text that the finding was made in; None where it is not at hand as it was."""
        if finding.path != self._path:
            self._open(finding.path)
        skip = len(_MARK) if self._data[: len(_MARK)] == _MARK else 0
        for first in sorted({skip, 0}, reverse=True):  # offsets count from behind a byte order mark
            text = Text(self._data, first, finding.start, finding.line)
            if text.agrees(finding):
                return text
        return None

    def _open(self, path: str | None) -> None:
        if isinstance(self._data, mmap.mmap):
            self._data.close()
        self._path, self._data = path, b""
        if path is None:
            return
        with contextlib.suppress(OSError, ValueError):  # ValueError: an empty file, or no such name
            if not stat.S_ISREG(os.stat(path).st_mode):
                return  # a pipe has been read, and to open it again would wait for ever
            with open(path, "rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class Text:
    """A file's bytes, of which one offset is known to stand on one line. Offsets count from byte ``first`` on."""

    __slots__ = ("_anchor", "_data", "_first", "_line")

    def __init__(self, data: mmap.mmap | bytes, first: int, anchor: int, line: int) -> None:
        self._data, self._first, self._anchor, self._line = data, first, anchor, line

    def place(self, offset: int) -> Place:
        """Line and columns of a byte offset."""
        line = self._line
        if offset >= self._anchor:
            line += self.bytes(self._anchor, offset).count(b"\n")
        else:
            line -= self.bytes(offset, self._anchor).count(b"\n")
        before = self.bytes(self._line_start(offset), offset)
        return Place(line, len(before.decode("utf-8", "replace")) + 1, len(before) + 1)

    def bytes(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` to ``end``."""
        return self._data[self._first + start : self._first + end]

    def agrees(self, finding: Finding) -> bool:
        """Whether the finding stands here: its columns and the text of its line are those of the file."""
        if self._first + finding.end > len(self._data):
            return False
        at = self._line_start(finding.start)
        if finding.start - at >= _FAR or finding.end - finding.start >= _FAR:
            return False
        start, end = self.place(finding.start), self.place(finding.end)
        if (start.column, end.line, end.column) != (finding.column, finding.end_line, finding.end_column):
            return False
        line = self.bytes(at, finding.start + _FAR).partition(b"\n")[0]
        return line.decode("utf-8", "replace").startswith(finding.frame, finding.frame_offset)

    def _line_start(self, offset: int) -> int:
        """Where the line of an offset starts, or a place too far before it."""
        end = self._first + offset
        start = max(end - _FAR, self._first)
        return max(self._data.rfind(b"\n", start, end) + 1, start) - self._first


def replacements(finding: Finding) -> tuple[Edit, ...]:
    """The edits of a fix that needs no person, in the order of the text; none where they overlap."""
    if finding.fix is None or finding.fix.applicability == "manual":
        return ()
    edits = tuple(sorted(finding.fix.edits, key=lambda edit: (edit.start, edit.end)))
    apart = all(one.end <= other.start for one, other in pairwise(edits))
    return edits if apart else ()
