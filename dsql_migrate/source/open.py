"""Opening an input: a script, a compressed script, a pg_dump archive, or standard input, as random-access UTF-8 bytes.

What is no plain UTF-8 file is spooled to a temporary file that has no name and is gone when the Source is closed.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self, cast

from dsql_migrate.errors import InputError
from dsql_migrate.record import Record
from dsql_migrate.source import archive, encoding, regex
from dsql_migrate.source.untranslated import Untranslated

Progress = Callable[[int, int | None], None]  # bytes read so far, bytes in all where that is known

CHUNK = 1 << 20
HEAD = 1 << 16


class Segment(Record):
    """From byte ``start`` (line ``line``) on, the source holds what stands in ``label`` from line ``origin`` on.

    ``flat``: all of it was made of that one line.
    """

    start: int
    line: int
    label: str
    origin: int
    flat: bool = False

    def of(self, line: int) -> tuple[str, int]:
        """The file and its line for a line of the source in this segment."""
        return self.label, self.origin if self.flat else line - self.line + self.origin


class Source:
    """One input as UTF-8 bytes without a byte order mark. Reads share no position: any number may be interleaved."""

    def __init__(
        self,
        file: IO[bytes],
        label: str,
        *,
        path: Path | None = None,
        skip: int = 0,
        digest: Callable[[], str],
        encoding: str | None = None,
        segments: tuple[Segment, ...] = (),
    ) -> None:
        self.label = label
        self.path = path  # the file as named by the user; None for standard input
        self.base = path.absolute().parent if path else None  # where \\i and \\copy look for their files
        self.encoding = encoding  # of the original, where it was not UTF-8
        self.segments = segments
        self.about: dict[str, object] = {}  # what the ledger says of an input that is no script of PostgreSQL's
        self.asked: tuple[tuple[str, str], ...] = ()  # decisions that making a script of it took: (key, id)
        self.untranslated: tuple[Untranslated, ...] = ()  # what stands in the input, and in no statement
        self._file = file
        self._skip = skip
        self.size = max(os.fstat(file.fileno()).st_size - skip, 0)
        self._digest = digest

    def read(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` to ``end``, fewer where the source ends before."""
        wanted = min(end, self.size) - start
        if wanted <= 0:
            return b""
        parts = []
        at = start + self._skip
        while wanted > 0:
            part = os.pread(self._file.fileno(), wanted, at)
            if not part:
                break
            parts.append(part)
            at += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def chunks(self, start: int, end: int, size: int = CHUNK) -> Iterator[bytes]:
        """The same bytes, at most ``size`` at a time."""
        end = min(end, self.size)
        while start < end:
            part = self.read(start, min(start + size, end))
            if not part:
                return
            start += len(part)
            yield part

    @property
    def sha256(self) -> str:
        """Of the original bytes (of a directory archive: of its files, in order of their names), in hexadecimal."""
        return self._digest()

    def place(self, offset: int, line: int) -> tuple[str, int]:
        """The file and its line for a byte offset on ``line``: another file's where the script includes one."""
        if not self.segments:
            return self.label, line
        at = bisect_right(self.segments, offset, key=lambda segment: segment.start) - 1
        return self.segments[max(at, 0)].of(line)

    def at_line(self, line: int) -> tuple[str, int]:
        """The same for a line alone: the last file of which it has a part."""
        if not self.segments:
            return self.label, line
        at = bisect_right(self.segments, line, key=lambda segment: segment.line) - 1
        return self.segments[max(at, 0)].of(line)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_source(path: str | os.PathLike[str], *, progress: Progress | None = None) -> Source:
    """Open an input by its path, ``-`` for standard input. The caller closes it.

    ``progress`` is called while something is spooled. Raises InputError where the input cannot be read.
    """
    name = os.fspath(path)
    if name == "-":
        return _open_stream(sys.stdin.buffer, "<stdin>", None, progress)
    if not name:
        raise InputError("the name of the input is empty")
    where = Path(name)
    try:
        if where.is_dir():
            text = archive.restored_directory(where, name)
            return _open_script(text, name, where, lambda: _digest_of_directory(where), progress)
        file = where.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InputError(f"{name}: {_reason(error)}") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        with file:
            return _open_stream(file, name, where, progress)
    return _open_file(file, name, where, lambda: _digest_of_file(where), progress)


def open_spooled(file: IO[bytes], label: str) -> Source:
    """A Source of a script in a nameless temporary file, which it takes over. Raises InputError."""
    return _open_script(file, label, None, lambda: _digest_of_open(file), None)


class TextSource(Source):
    """A Source of bytes at hand: no file is behind it."""

    def __init__(self, data: bytes, label: str) -> None:
        self.label = label
        self.path = self.base = self.encoding = None
        self.segments = ()
        self.about = {}
        self.asked = ()
        self.untranslated = ()
        self.size = len(data)
        self._data = data

    def read(self, start: int, end: int) -> bytes:
        """The bytes from ``start`` to ``end``, fewer where the source ends before."""
        return self._data[max(start, 0) : max(end, 0)]

    @property
    def sha256(self) -> str:
        """Of the bytes, in hexadecimal."""
        from hashlib import sha256

        return sha256(self._data).hexdigest()

    def close(self) -> None:
        """Nothing to close."""


def source_of(data: bytes, label: str = "<text>") -> Source:
    """A Source of bytes at hand (UTF-8), for short texts."""
    return TextSource(data, label)


def spool(chunks: Iterable[bytes], label: str, seen: Callable[[bytes], None] | None = None) -> IO[bytes]:
    """The bytes in a nameless temporary file. ``seen`` is called with every chunk. Raises InputError."""
    import tempfile  # this and hashlib where they are used: a linted file needs neither, and starting must be quick

    file = tempfile.TemporaryFile()  # noqa: SIM115 – it lives as long as its Source
    try:
        for chunk in chunks:
            file.write(chunk)
            if seen:
                seen(chunk)
        file.flush()
    except OSError as error:
        file.close()
        raise InputError(f"{label}: cannot spool to {tempfile.gettempdir()}: {_reason(error)}") from None
    except BaseException:
        file.close()
        raise
    return cast(IO[bytes], file)


def _open_stream(stream: BinaryIO, label: str, path: Path | None, progress: Progress | None) -> Source:
    """A Source of something that can be read only once; its digest is taken on the way."""
    from hashlib import sha256

    digest = sha256()
    done = 0

    def seen(chunk: bytes) -> None:
        nonlocal done
        digest.update(chunk)
        done += len(chunk)
        if progress:
            progress(done, None)

    return _open_file(spool(_read_all(stream, label), label, seen), label, path, digest.hexdigest, None)


def _open_file(
    file: IO[bytes], label: str, path: Path | None, digest: Callable[[], str], progress: Progress | None
) -> Source:
    """A Source of an open regular file, which it takes over. Peels compression and archives off first."""
    try:
        for _ in range(3):  # tar in gzip in gzip: no input has a reason for more
            inner = _unpacked(file, label, progress)
            if inner is None:
                return _open_script(file, label, path, digest, progress)
            file.close()
            file = inner
        raise InputError(f"{label}: compressed too many times over")
    except BaseException:
        file.close()
        raise


def _unpacked(file: IO[bytes], label: str, progress: Progress | None) -> IO[bytes] | None:
    """What a compressed file or an archive holds, spooled; None where the file is neither."""
    head = os.pread(file.fileno(), HEAD, 0)
    stream = archive.decompressed(file, head, label)
    if stream is not None:
        return spool(_read_all(stream, label), label, _watch(file, progress))
    if archive.is_archive(head, label):
        return archive.restored(file, label)
    return None


def _open_script(
    file: IO[bytes], label: str, path: Path | None, digest: Callable[[], str], progress: Progress | None
) -> Source:
    head = os.pread(file.fileno(), HEAD, 0)
    skip, codec = encoding.byte_order_mark(head)
    if codec in (None, "utf-8") and b"\0" in head:
        raise InputError(f"{label} is not a SQL script or a pg_dump archive")
    try:
        name, chunks = _decoded(file, head)
        if chunks is None:
            return _standard(Source(file, label, path=path, skip=skip, digest=digest), head)
        text = spool(chunks, label, _watch(file, progress))
    except InputError as error:
        raise InputError(f"{label}: {error.message}", error.hint) from None
    file.close()
    return _standard(Source(text, label, path=path, digest=digest, encoding=name), head)


_STANDARD_OFF = regex.compile(
    rb"standard_conforming_strings\s*(?:=|\bto\b)\s*'?(?:off|of|f|false|no|n|0)\b", re.IGNORECASE
)


def _standard(source: Source, head: bytes) -> Source:
    """The source, or the same for standard strings where it says at its beginning that it has others."""
    if _STANDARD_OFF.search(head) is None:
        return source
    from dsql_migrate.source.strings import standard_chunks

    text = spool(standard_chunks(source), source.label)
    found = Source(text, source.label, path=source.path, digest=source._digest, encoding=source.encoding)
    source.close()
    return found


def _decoded(file: IO[bytes], head: bytes) -> tuple[str, Iterator[bytes] | None]:
    """The name of the script's encoding, and its bytes as UTF-8; None for these where they can stay as they are."""
    skip, codec = encoding.byte_order_mark(head)
    if codec is not None:
        recoded = None if codec == "utf-8" else encoding.to_utf8(_file_chunks(file, skip), codec, codec.upper())
        return codec.upper(), recoded
    declared = encoding.declared_encoding(head)
    if declared is None or (codec := encoding.python_codec(declared[0])) is None:
        return "UTF8", None
    text = encoding.to_utf8(_file_chunks(file, 0), codec, declared[0])
    return declared[0], encoding.declare_utf8(text, head, declared, codec)


def _watch(file: IO[bytes], progress: Progress | None) -> Callable[[bytes], None] | None:
    """Reports how far ``file`` has been read."""
    if progress is None:
        return None
    report, size = progress, os.fstat(file.fileno()).st_size
    return lambda _: report(min(file.tell(), size), size)


def _file_chunks(file: IO[bytes], start: int) -> Iterator[bytes]:
    file.seek(start)
    while chunk := file.read(CHUNK):
        yield chunk


def _read_all(stream: IO[bytes], label: str) -> Iterator[bytes]:
    """The bytes of a stream. Raises InputError where it is damaged."""
    import lzma
    import zlib

    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except EOFError:
        raise InputError(f"{label}: the compressed data ends too early", "the file is cut off; copy it again") from None
    except (OSError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"{label}: cannot be read: {error}") from None


def _digest_of_file(path: Path) -> str:
    from hashlib import file_digest

    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path}: {_reason(error)}") from None


def _digest_of_open(file: IO[bytes]) -> str:
    from hashlib import sha256

    digest, at = sha256(), 0
    while chunk := os.pread(file.fileno(), CHUNK, at):
        digest.update(chunk)
        at += len(chunk)
    return digest.hexdigest()


def _digest_of_directory(path: Path) -> str:
    from hashlib import sha256

    digest = sha256()
    for file in sorted(entry for entry in path.iterdir() if entry.is_file()):
        digest.update(f"{_digest_of_file(file)}  {file.name}\n".encode())
    return digest.hexdigest()


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
