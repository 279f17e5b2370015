"""The bytes of one input that fits in memory: offsets to lines and columns and back."""

from __future__ import annotations

from bisect import bisect_right


class SourceText:
    """One input's bytes, with its line starts found once. Lines end with LF; a CR before it is no part of the line."""

    __slots__ = ("_starts", "data", "path")

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self._starts: list[int] | None = None

    @property
    def line_starts(self) -> list[int]:
        """The byte offset at which each line starts; the first is 0."""
        if self._starts is None:
            starts = [0]
            at = self.data.find(b"\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.data.find(b"\n", at + 1)
            self._starts = starts
        return self._starts

    def line_column(self, offset: int) -> tuple[int, int]:
        """The line and the column of a byte offset, both from 1; the column counts characters, not bytes."""
        offset = min(max(offset, 0), len(self.data))
        line = bisect_right(self.line_starts, offset)
        before = self.data[self.line_starts[line - 1] : offset]
        return line, 1 + (len(before) if before.isascii() else len(before.decode("utf-8", "surrogateescape")))

    def line_text(self, line: int) -> str:
        """The text of a line (from 1) without its end; empty for a line that is not there."""
        starts = self.line_starts
        if not 1 <= line <= len(starts):
            return ""
        end = starts[line] - 1 if line < len(starts) else len(self.data)
        raw = self.data[starts[line - 1] : end]
        return raw.removesuffix(b"\r").decode("utf-8", "replace")
