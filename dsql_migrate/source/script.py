r"""A script cut into its pieces: SQL statements, COPY data, psql lines, and the blank rest. Streaming, in one pass.

Every byte of the source belongs to exactly one piece, in order. A statement is held in memory, COPY data never is.

What belongs to what:

* Blanks and comments belong to the piece they precede; what is left at the end is one ``blank`` piece.
* Empty statements (``;`` alone) are a ``blank`` piece too.
* A ``COPY … FROM stdin`` statement (and a ``\copy … FROM stdin`` line) takes the rest of its line with the line end,
  because its data starts on the next one; the ``copy`` piece follows directly, through its ``\.`` line.
* A quote or comment that is never closed makes one ``sql`` piece of the rest, with ``unterminated`` set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from dsql_migrate.record import Record
from dsql_migrate.source import regex, scanner
from dsql_migrate.source.open import Source

Kind = Literal["sql", "copy", "psql", "blank"]
# A hook of ``pieces``: (buffer, offset) -> (offset of the first word, end, number) of whole statements that stand
# there, blanks and no comments between them, each with its ";"; None where it knows of none.
Several = Callable[[bytes, int], tuple[int, int, int] | None]


class Piece(Record):
    """One piece of a script. Offsets are bytes of the (decoded) source, half open; ``line`` is 1-based."""

    kind: Kind
    start: int
    end: int
    line: int  # of ``start``
    text: bytes  # the whole piece; b"" for copy
    body: int = 0  # offset in text of the first byte that is neither space nor comment
    lines: int = 0  # line feeds inside
    terminator: bytes = b""  # of a statement: b";", b"\\gset" and the like, b"" at the end of the input
    stop: int = 0  # offset in text where the SQL ends: after the ";", before a psql terminator
    truncated: bool = False  # COPY data without its \. line
    unterminated: bool = False  # a quote or comment that is never closed
    statements: int = 1  # more where a hook of ``pieces`` took several at once

    @property
    def sql(self) -> bytes:
        """The statement as the server gets it: the text without a psql command that ends it."""
        return self.text[: self.stop]

    @property
    def body_line(self) -> int:
        """The line on which the statement's first word stands, from 1."""
        return self.line + self.text.count(b"\n", 0, self.body)

    @property
    def keyword(self) -> str:
        r"""The first word, lower case: ``insert``; of a psql line the command: ``\connect``; else ``""``."""
        if self.kind == "psql":
            return "\\" + scanner.command_name(self.text, self.body).decode("utf-8", "replace")
        words = leading_words(self, 1)
        return words[0] if words else ""


_NEXT_WORD = regex.compile(
    rb"(?:\s++|--[^\n\r]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+([A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+)"
)


def leading_words(piece: Piece, n: int = 4) -> tuple[str, ...]:
    """The first words of a statement, at most ``n``, lower case, comments skipped; ends at the first other token."""
    words: list[str] = []
    at = piece.body
    while len(words) < n and (found := _NEXT_WORD.match(piece.text, at)):
        words.append(found.group(1).decode("utf-8", "replace").lower())
        at = found.end()
    return tuple(words)


def pieces(source: Source, *, chunk: int = 1 << 20, several: Several | None = None) -> Iterator[Piece]:
    """Cut a source into pieces. ``chunk``: how many bytes are read at a time; the result does not depend on it.

    ``several`` is asked before each piece whether it knows whole statements there, which then make one piece.
    """
    window = _Window(source, chunk)
    line = 1
    standard = True  # standard_conforming_strings, as the script sets it
    simple = scanner.SIMPLE[standard].match
    while not window.spent:
        at = window.at
        if several is not None and standard and (met := several(window.buffer, at)):
            piece = _statements(window, line, *met)
            window.at += len(piece.text)
            line += piece.lines
            yield piece
            continue
        if found := simple(window.buffer, at):
            text = found.group()
            size = len(text)
            start = window.base + at
            lines = text.count(b"\n")
            yield Piece("sql", start, start + size, line, text, found.start(1) - at, lines, b";", size)
            window.at = at + size
            line += lines
            continue
        piece = _next_piece(window, line, standard)
        if piece.kind == "sql" and piece.text[piece.body : piece.body + 1] in _S_OR_R:
            standard = standard_strings(piece, standard)
            simple = scanner.SIMPLE[standard].match
        window.advance(piece.end)
        line += piece.lines
        yield piece
        if _reads_data(piece):
            data = _copy_data(window, line)
            line += data.lines
            yield data


class _Window:
    """The part of the source under the eye: ``buffer`` from ``at`` on; it grows by doubling, so all work is linear."""

    __slots__ = ("_chunk", "_next", "at", "base", "buffer", "final", "source")

    def __init__(self, source: Source, chunk: int) -> None:
        self.source = source
        self.buffer = b""
        self.base = 0  # offset in the source of buffer[0]
        self.at = 0  # offset in buffer of the next piece
        self.final = source.size == 0
        self._chunk = chunk
        self._next = 0

    @property
    def spent(self) -> bool:
        return self.final and self.at >= len(self.buffer)

    def grow(self) -> None:
        kept = self.buffer[self.at :]
        wanted = max(self._chunk, len(kept))
        fresh = self.source.read(self._next, self._next + wanted)
        self._next += len(fresh)
        self.final = self._next >= self.source.size or not fresh
        self.base += self.at
        self.at = 0
        self.buffer = kept + fresh

    def advance(self, offset: int) -> None:
        """Go on at an offset of the source inside the window."""
        self.at = offset - self.base


def _next_piece(window: _Window, line: int, standard: bool) -> Piece:
    while True:
        piece = _scan(window, line, standard)
        if piece is not None:
            return piece
        window.grow()


def _scan(window: _Window, line: int, standard: bool) -> Piece | None:
    """The piece at the window's offset; None where the window is too short to tell."""
    buffer, at, final = window.buffer, window.at, window.final
    body = scanner.skip_blanks(buffer, at, final)
    if body is None:
        return None
    start = window.base + at
    if body == len(buffer):
        return _whole("blank", start, line, buffer[at:], body - at)
    first = buffer[body]
    if first == 0x5C:
        return _psql_line(window, line, body)
    if first == 0x3B:
        empty = scanner.empty_statements_end(buffer, body, final)
        return _whole("blank", start, line, buffer[at:empty], body - at) if empty is not None else None
    met = scanner.statement_end(buffer, body, final, standard)
    if met is None:
        return None
    end = met.end
    if first in b"cC" and copies_from_stdin(buffer[body : met.stop]):
        stop = scanner.line_end(buffer, end, final)
        if stop is None:
            return None
        end = min(stop + 1, len(buffer))
    text = buffer[at:end]
    lines = text.count(b"\n")
    return Piece(
        "sql", start, window.base + end, line, text, body - at, lines, met.terminator, met.stop - at, False,
        met.unterminated,
    )  # fmt: skip


def _psql_line(window: _Window, line: int, body: int) -> Piece | None:
    buffer, at, final = window.buffer, window.at, window.final
    end = scanner.command_line_end(buffer, body, final)
    if end is None:
        return None
    if scanner.command_name(buffer, body) == b"copy" and copies_from_stdin(buffer[body + 1 : end]):
        stop = scanner.line_end(buffer, end, final)
        if stop is None:
            return None
        end = min(stop + 1, len(buffer))
    return _whole("psql", window.base + at, line, buffer[at:end], body - at)


def _statements(window: _Window, line: int, body: int, end: int, count: int) -> Piece:
    text = window.buffer[window.at : end]
    start, size, lines = window.base + window.at, len(text), text.count(b"\n")
    return Piece("sql", start, start + size, line, text, body - window.at, lines, b";", size, statements=count)


def _whole(kind: Kind, start: int, line: int, text: bytes, body: int) -> Piece:
    return Piece(kind, start, start + len(text), line, text, body, text.count(b"\n"), b"", len(text))


_STANDARD = regex.compile(
    rb"(?:set\s+(?:session\s+|local\s+)?standard_conforming_strings\s*(?:=|\bto\b)\s*'?(\w+)'?"
    rb"|reset\s+(?:standard_conforming_strings|all)\b)",
    re.IGNORECASE,
)
_S_OR_R = (b"s", b"S", b"r", b"R")
_OFF = frozenset(b"off of false fals fal fa f no n 0".split())  # parse_bool takes prefixes


def standard_strings(piece: Piece, before: bool) -> bool:
    """Whether plain strings are free of backslash escapes after this statement (the default since PostgreSQL 9.1)."""
    found = _STANDARD.match(piece.text, piece.body)
    if found is None:
        return before
    return found.group(1) is None or found.group(1).lower() not in _OFF


# COPY data --------------------------------------------------------------------------------------------------------

# One token of a COPY statement, as group 1, with the blanks and comments before it.
COPY_TOKEN = regex.compile(
    rb"(?:\s++|--[^\n\r]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
    rb"([A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+|(?:[uU]&)?\"(?:[^\"]|\"\")*+\"|'(?:[^']|'')*+'|[^\s])"
)

_COPY = regex.compile(rb"(?i:copy)(?![A-Za-z0-9_$\x80-\xff])")
_NO_COPY = frozenset((b"'", b'"', b"$", b"\\"))  # an unclosed quote, a query with a dollar quote


def copies_from_stdin(statement: bytes) -> bool:
    """Whether a statement (from its first word on) is a COPY that reads the lines after it."""
    if _COPY.match(statement) is None:
        return False
    depth = 0
    previous = b""
    for found in COPY_TOKEN.finditer(statement):
        token = found.group(1).lower()
        if depth == 0 and previous == b"from":
            return token in (b"stdin", b"stdout")  # copy_file_name takes either
        if token in _NO_COPY or (token == b"/" and statement.startswith(b"*", found.end())):
            return False
        if token == b"(":
            depth += 1
        elif token == b")":
            depth -= 1
        previous = token
    return False


def _reads_data(piece: Piece) -> bool:
    """Whether COPY data follows this piece; its first word was looked at once already, so most pieces cost nothing."""
    at = piece.body
    text = piece.text
    if piece.kind == "sql":
        return text[at : at + 1] in (b"c", b"C") and text.endswith(b"\n") and copies_from_stdin(piece.sql[at:])
    return piece.kind == "psql" and text.endswith(b"\n") and text.startswith(b"\\copy", at)


_LAST_LINE = regex.compile(rb"\n\\\.\r?\n")
_LAST_LINE_OF_ALL = regex.compile(rb"\n\\\.\r?(?:\n|\Z)")  # the source may end without a line feed


def _copy_data(window: _Window, line: int) -> Piece:
    r"""The data lines from the window's offset through ``\.``: searched, counted and let go, one chunk at a time.

    psql ends the data at a line that is exactly ``\.``, in CSV too, even inside quotes (handleCopyIn in copy.c).
    """
    start = window.base + window.at
    lines = 0
    first = True  # the line feed before the first line is not in the data
    while True:
        buffer, at = window.buffer, window.at
        if first and (end := _opening_end(buffer, at, window.final)):
            return _closed(window, start, line, end, 0)
        found = (_LAST_LINE_OF_ALL if window.final else _LAST_LINE).search(buffer, at)
        if found:
            return _closed(window, start, line, found.end(), lines)
        if window.final:
            lines += buffer.count(b"\n", at)
            window.at = len(buffer)
            return Piece("copy", start, window.base + len(buffer), line, b"", 0, lines, truncated=True)
        keep = max(at, len(buffer) - 4)  # a \. line may be cut in two
        if keep > at:
            lines += buffer.count(b"\n", at, keep)
            first = False
            window.at = keep
        window.grow()


def _opening_end(buffer: bytes, at: int, final: bool) -> int:
    r"""The end of a ``\.`` line that stands where the data would start; 0 where there is none."""
    for mark in (b"\\.\n", b"\\.\r\n"):
        if buffer.startswith(mark, at):
            return at + len(mark)
    return len(buffer) if final and buffer[at : at + 4] in (b"\\.", b"\\.\r") else 0


def _closed(window: _Window, start: int, line: int, end: int, lines: int) -> Piece:
    lines += window.buffer.count(b"\n", window.at, end)
    window.at = end
    return Piece("copy", start, window.base + end, line, b"", 0, lines)
