"""From a span in a piece to lines, columns and the line's text, without holding the source in memory."""

from __future__ import annotations

from dsql_migrate.record import Record
from dsql_migrate.source.facts import Span
from dsql_migrate.source.open import Source
from dsql_migrate.source.script import Piece

_WIDTH = 160  # characters of a line that a frame shows
_KEPT = 4 * _WIDTH  # bytes kept of what stands before a piece on its line


class Position(Record):
    """Lines and columns from 1, columns in characters. ``path`` is that of the included file where there is one."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    frame: str
    frame_offset: int


class Positions:
    """Follows the pieces of one source: it knows what stands on a piece's first line before the piece."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._before = b""  # the end of what stands there
        self._width = 0  # characters of all that stands there
        self._read = -1, b""  # the end of a piece, and what stands behind it on its line

    def advance(self, piece: Piece) -> None:
        """Go past a piece."""
        if not piece.text:  # COPY data: ends with a line feed
            self._before, self._width = b"", 0
            return
        at = piece.text.rfind(b"\n")
        rest = piece.text[at + 1 :]
        if at >= 0:
            self._before, self._width = b"", 0
        self._before = (self._before + rest)[-_KEPT:]
        self._width += _characters(rest)

    def of(self, span: Span, piece: Piece) -> Position:
        """Where a span of the piece stands."""
        text, start, end = piece.text, span.start, span.end
        begin = text.rfind(b"\n", 0, start) + 1  # of the line; 0: it begins before the piece, or with it
        line = piece.line + (text.count(b"\n", 0, start) if begin else 0)
        path, line = self._source.place(piece.start + start, line)
        before = text[begin:start]
        column = (0 if begin else self._width) + _characters(before) + 1
        marked = text[start:end]
        if marked.isascii() and b"\n" not in marked:
            end_line, end_column = line, column + len(marked)
        else:
            end_line, end_column = line + marked.count(b"\n"), self._column(text, end)
        frame, cut = self._frame(before if begin else self._before + before, piece, start, column)
        return Position(path, line, column, end_line, end_column, frame, cut)

    def _column(self, text: bytes, offset: int) -> int:
        at = text.rfind(b"\n", 0, offset)
        before = self._width if at < 0 else 0
        return before + _characters(text[at + 1 : offset]) + 1

    def _frame(self, left: bytes, piece: Piece, offset: int, column: int) -> tuple[str, int]:
        """The line around an offset, cut to a width, and how many characters were cut in front.

        ``left`` is what stands before the offset on its line.
        """
        end = piece.text.find(b"\n", offset)
        right = piece.text[offset : min(end, offset + _KEPT) if end >= 0 else offset + _KEPT]
        if end < 0 and len(right) < _KEPT:
            right = (right + self._behind(piece))[:_KEPT]
        before = left[-_KEPT:].decode("utf-8", "replace")
        after = right.rstrip(b"\r").decode("utf-8", "replace")
        if column - 1 + len(after) <= _WIDTH and len(before) == column - 1:
            return before + after, 0
        before = before[-_WIDTH // 2 :] if column - 1 > _WIDTH // 2 else before
        return before + after[: _WIDTH - len(before)], column - 1 - len(before)

    def _behind(self, piece: Piece) -> bytes:
        """What stands behind a piece on its last line; read once for all that is found in the piece."""
        if self._read[0] != piece.end:
            self._read = piece.end, self._source.read(piece.end, piece.end + _KEPT).partition(b"\n")[0]
        return self._read[1]


def _characters(text: bytes) -> int:
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace"))
