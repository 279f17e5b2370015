"""A script put together of parts of other files, with the file and line that each of its lines comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from dsql_migrate.source.open import Segment, Source, spool
from dsql_migrate.source.untranslated import Untranslated


class Spool:
    """A script while it is written; ``source`` makes it one to read."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._file: IO[bytes] = spool((), label)
        self._size = 0
        self._line = 1
        self._segments: list[Segment] = []
        self.untranslated: list[Untranslated] = []

    def put(self, text: bytes) -> None:
        """Write on; what the text is from, ``at`` has said."""
        self._file.write(text)
        self._size += len(text)
        self._line += text.count(b"\n")

    def at(self, label: str, line: int, *, flat: bool = False) -> None:
        """What is written from here on comes from ``line`` of a file, line by line; with ``flat`` all from that one."""
        last = self._segments[-1] if self._segments else None
        if last is not None and last.label == label and last.flat == flat:
            if line == (last.origin if flat else last.origin + self._line - last.line):
                return
            if last.start == self._size:
                self._segments.pop()
        self._segments.append(Segment(self._size, self._line, label, line, flat))

    def source(self, digest: Callable[[], str], about: dict[str, object]) -> Source:
        """The script as a Source, which takes the file over."""
        self._file.flush()
        segments = tuple(self._segments) or (Segment(0, 1, self._label, 1),)
        found = Source(self._file, self._label, digest=digest, segments=segments)
        found.about |= about
        found.untranslated = tuple(self.untranslated)
        return found

    def close(self) -> None:
        """Throw away what was written."""
        self._file.close()
