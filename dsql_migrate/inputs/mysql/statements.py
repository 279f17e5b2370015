"""A MySQL script cut into statements by MySQL's lexical rules. Streamed: one statement at a time is in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from dsql_migrate.source.open import Source

_CHUNK = 1 << 20
# No server is of version 99.99.99: what mariadb-dump puts behind it ("enable the sandbox mode") is for its own client.
_BLANK = re.compile(rb"(?:\s++|--(?=[\s\0-\x20]|\Z)[^\n]*+|#[^\n]*+|/\*(?!M?!(?!999999))(?:[^*]++|\*(?!/))*+\*/)*+")
_DELIMITER = re.compile(rb"(?i)delimiter[ \t]+(\S+)[^\n]*(?:\n|\Z)")
_EXECUTED = re.compile(rb"/\*M?!\d*")
_HIDDEN = re.compile(
    rb"'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\"|`(?:[^`]++|``)*+`"
    rb"|(?P<comment>--(?=\s|\Z)[^\n]*+|#[^\n]*+|/\*(?!M?!(?!999999))(?:[^*]++|\*(?!/))*+\*/)"
    rb"|(?P<open>/\*M?!\d*)|(?P<close>\*/)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its delimiter. ``body``: offset of its first word; ``line``: that word's, from 1."""

    text: bytes
    body: int
    line: int
    first_line: int  # of ``text``
    closed: bool  # False: a quote or comment in it is never closed

    @property
    def executed(self) -> bytes:
        """The statement with what stands in ``/*!40101 … */`` bare, and without comments; lines and offsets stay."""
        return bare(self.text[self.body :])

    @property
    def words(self) -> tuple[str, ...]:
        """Its first words, in small letters."""
        head = bare(self.text[self.body : self.body + 400])
        return tuple(word.decode("ascii").lower() for word in re.findall(rb"[A-Za-z_]+", head)[:4])


def bare(text: bytes) -> bytes:
    """What the server runs of a text: version comments opened, other comments blanked."""

    def put(found: re.Match[bytes]) -> bytes:
        if found.lastgroup is None:
            return found.group()
        return re.sub(rb"[^\n]", b" ", found.group())

    return _HIDDEN.sub(put, text)


@lru_cache(maxsize=8)
def _skip(first: bytes) -> re.Pattern[bytes]:
    """What may stand before a delimiter that begins with this byte."""
    stops = re.escape(bytes(sorted({*b"'\"`#/-", *first})))
    others = b"".join(rb"|" + re.escape(bytes([byte])) for byte in b"/-" if byte not in first)
    return re.compile(
        rb"(?:[^" + stops + rb"]++|'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\"|`(?:[^`]++|``)*+`"
        rb"|--(?=\s)[^\n]*+|#[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/" + others + rb")*+",
        re.DOTALL,
    )


def statements(source: Source) -> Iterator[Statement]:
    """The statements of a MySQL script, in order. What is no statement (DELIMITER, comments at the end) is left out."""
    buffer, read, line, delimiter = b"", 0, 1, b";"
    while True:
        final = read >= source.size
        blank = _BLANK.match(buffer)
        start = blank.end() if blank else 0
        command = _DELIMITER.match(buffer, start)
        if command is not None and (final or command.end() < len(buffer)):
            delimiter = command.group(1)
            line += buffer.count(b"\n", 0, command.end())
            buffer = buffer[command.end() :]
            continue
        end = _end(buffer, start, delimiter) if start < len(buffer) else None
        if end is None and not final:
            more = source.read(read, read + max(_CHUNK, len(buffer)))
            read += len(more)
            buffer += more
            continue
        if start >= len(buffer):
            return
        stop = len(buffer) if end is None else end
        rest = _skip(delimiter[:1]).match(buffer, start)
        open_end = end is None and rest is not None and rest.end() < len(buffer)
        text = buffer[:stop]
        at = line + text.count(b"\n", 0, start)
        yield Statement(text, start, at, line, not open_end)
        after = stop + (len(delimiter) if end is not None else 0)
        line += buffer.count(b"\n", 0, after)
        buffer = buffer[after:]


def _end(buffer: bytes, at: int, delimiter: bytes) -> int | None:
    """Where the delimiter of the statement at ``at`` stands; None where the buffer ends before."""
    skip = _skip(delimiter[:1]).match
    while True:
        found = skip(buffer, at)
        at = found.end() if found else at
        if buffer.startswith(delimiter, at):
            return at
        if at >= len(buffer) or buffer[at] != delimiter[0]:
            return None
        at += 1
