r"""Scripts in several files: ``\i`` and ``\ir`` put in place, and the files that ``\copy`` reads.

Input is hostile: only regular files under the first script's own folder are followed, links resolved; a cycle, too
many files, or a file that would swallow what follows it is refused, and the line stays as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dsql_migrate.errors import InputError
from dsql_migrate.source.open import Segment, Source, open_source, spool
from dsql_migrate.source.script import Piece, pieces

_COMMANDS = frozenset(("\\i", "\\include", "\\ir", "\\include_relative"))
_MAYBE = re.compile(rb"\\i(?:r|nclude(?:_relative)?)?[ \t]")
_LONGEST = len(b"\\include_relative ")
_MOST_FILES = 1000  # a file that includes ten that include ten … would fill the disk
_ARGUMENT = re.compile(rb"\\\w+[ \t]+(?:'((?:[^'\\]|'')+)'|\"([^\"]+)\"|([^\s'\"`:\\]+))[ \t;]*\Z")


@dataclass(frozen=True, slots=True)
class Refused:
    """An include that was not followed: where its line stands, the file it names, and why not."""

    label: str
    line: int
    name: str
    why: str


def expand(source: Source) -> tuple[Source, tuple[Refused, ...]]:
    r"""The source with its includes in place, and the includes that were refused.

    Without includes it is the same source. Otherwise it is a new one that takes the old one over (closing it closes
    both); ``Source.place(offset, line)`` then names the file and line that a piece comes from. ``\i`` is relative to
    the first script's folder, ``\ir`` to the including file's. ``sha256`` stays the first script's.
    """
    if not _may_include(source):
        return source, ()
    flat = _Flat(source)
    found = _read(source)
    if not any(piece.keyword in _COMMANDS for piece in found.includes):
        return source, ()
    flat.add(source, found, source.base, (source.path.resolve(),) if source.path else ())
    if not flat.files:
        flat.file.close()
        return source, tuple(flat.refused)
    flat.file.flush()
    whole = Source(
        flat.file,
        source.label,
        path=source.path,
        digest=_fixed(source.sha256),
        encoding=source.encoding,
        segments=tuple(flat.segments),
    )
    source.close()
    return whole, tuple(flat.refused)


def file_under(base: Path | None, folder: Path | None, name: str) -> Path | str:
    """The file that ``name`` means seen from ``folder``, or a sentence why it is not read. ``base`` is the fence."""
    if base is None or folder is None:
        return "standard input has no folder to look in"
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(base.resolve()):
            return "it lies outside the script's folder"
        if not path.exists():
            return "there is no such file"
        return path if path.is_file() else "it is no regular file"
    except (OSError, ValueError, RuntimeError) as error:
        return f"it cannot be read: {error}"


@dataclass(slots=True)
class _Found:
    """What a pass over one file saw."""

    includes: list[Piece] = field(default_factory=list)
    last: Piece | None = None  # that is not blank


def _may_include(source: Source) -> bool:
    """A quick look for the bytes of an include: most dumps have none, and then no second pass is needed."""
    tail = b""
    for chunk in source.chunks(0, source.size):
        if _MAYBE.search(tail + chunk[:_LONGEST]) or _MAYBE.search(chunk):
            return True
        tail = chunk[-_LONGEST:]
    return False


def _read(source: Source) -> _Found:
    found = _Found()
    for piece in pieces(source):
        if piece.kind == "psql" and piece.keyword in _COMMANDS:
            found.includes.append(piece)
        if piece.kind != "blank":
            found.last = piece
    return found


def _fixed(value: str) -> Callable[[], str]:
    return lambda: value


class _Flat:
    """The one file that several become, and where each part of it comes from."""

    def __init__(self, source: Source) -> None:
        self.base = source.base.resolve() if source.base else None
        self.shown = Path(source.label).parent  # the same folder, as the user wrote it
        self.file: IO[bytes] = spool((), "include")
        self.segments: list[Segment] = []
        self.refused: list[Refused] = []
        self.files = 0
        self._size = 0
        self._line = 1

    def add(self, source: Source, found: _Found, folder: Path | None, above: tuple[Path, ...]) -> None:
        """Write a file with its includes in place. ``above``: the files that include it, against cycles."""
        at, line = 0, 1
        for piece in found.includes:
            command = piece.start + piece.body
            self._copy(source, at, command, line)
            at, line = command, piece.body_line
            if self._include(source, piece, folder, above):
                at = piece.end
        self._copy(source, at, source.size, line)

    def _include(self, source: Source, piece: Piece, folder: Path | None, above: tuple[Path, ...]) -> bool:
        name, path = self._target(piece, folder)
        why = path if isinstance(path, str) else None
        if isinstance(path, Path):
            why = self._follow(path, above)
        if why is not None:
            self.refused.append(Refused(source.label, piece.body_line, name, why))
        return why is None

    def _target(self, piece: Piece, folder: Path | None) -> tuple[str, Path | str]:
        argument = _ARGUMENT.match(piece.text[piece.body :])
        if argument is None:
            return piece.text[piece.body :].decode("utf-8", "replace"), "its file name is not a plain one"
        quoted = argument.group(1)
        raw = quoted.replace(b"''", b"'") if quoted is not None else argument.group(2) or argument.group(3)
        name = raw.decode("utf-8", "surrogateescape")
        relative = piece.keyword in ("\\ir", "\\include_relative")
        return name, file_under(self.base, folder if relative else self.base, name)

    def _follow(self, path: Path, above: tuple[Path, ...]) -> str | None:
        """Write an included file; the reason where that is refused."""
        if path in above:
            return "it includes itself"
        if self.files >= _MOST_FILES:
            return f"more than {_MOST_FILES} files"
        try:
            inner = open_source(path)
        except InputError as error:
            return error.message
        with inner:
            if self.base:
                inner.label = str(self.shown / path.relative_to(self.base))
            found = _read(inner)
            last = found.last
            if last and (last.unterminated or last.truncated):
                return "a quote or a COPY in it is never closed"
            self.files += 1
            self.add(inner, found, path.parent, (*above, path))
            if last and last.kind == "sql" and not last.terminator:
                self._write(b"\n;")  # psql sends what is left at the end of an included file
        return None

    def _copy(self, source: Source, start: int, end: int, line: int) -> None:
        if start < end:
            self.segments.append(Segment(self._size, self._line, source.label, line))
            for chunk in source.chunks(start, end):
                self._write(chunk)

    def _write(self, chunk: bytes) -> None:
        self.file.write(chunk)
        self._size += len(chunk)
        self._line += chunk.count(b"\n")
