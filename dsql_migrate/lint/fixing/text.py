"""A file's bytes as the linter sees them (UTF-8 without a byte order mark), and the way back to what stands on disk."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_migrate.errors import InputError
from dsql_migrate.source.encoding import byte_order_mark, declared_encoding, python_codec

MOST = 64 << 20  # bytes: a file is held several times over while it is fixed
_HEAD = 1 << 16


class Unfixable(Exception):
    """A file that is linted but cannot be edited; the text says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """``raw`` is the file; ``content`` the same as UTF-8 without the byte order ``mark``. No ``codec``: it is UTF-8."""

    raw: bytes
    content: bytes
    mark: bytes = b""
    codec: str | None = None

    def encoded(self, content: bytes) -> bytes:
        """The bytes of the file with another content. Raises Unfixable where its encoding has no such character."""
        if self.codec is None:
            return self.mark + content
        try:
            return self.mark + content.decode("utf-8").encode(self.codec)
        except UnicodeError:
            raise Unfixable(f"the fixed text cannot be written in {self.codec}") from None


def text_of(raw: bytes) -> Text:
    """The text of a file. Raises Unfixable for what is no plain text, or would not come back to the same bytes."""
    if len(raw) > MOST:
        raise Unfixable(f"it is larger than {MOST >> 20} MiB; a dump is what dsql-migrate rewrite is for")
    size, codec = byte_order_mark(raw[:4])
    mark, body = raw[:size], raw[size:]
    if codec in (None, "utf-8"):
        if b"\0" in body[:_HEAD] or body.startswith((b"PGDMP", b"\x1f\x8b")):
            raise Unfixable("it is no text file")
        declared = declared_encoding(body[:_HEAD])
        try:
            codec = python_codec(declared[0]) if declared else None
        except InputError as error:
            raise Unfixable(error.message) from None
        if codec is None:
            return Text(raw, body, mark)
    try:
        text = Text(raw, body.decode(codec).encode("utf-8"), mark, codec)
    except UnicodeError:
        raise Unfixable(f"its bytes are no {codec}") from None
    if text.encoded(text.content) != raw:
        raise Unfixable(f"its bytes would not come back the same from {codec}")
    return text


def line_ending(content: bytes) -> str:
    """The line ending that most lines of a text have."""
    return "\r\n" if content.count(b"\r\n") * 2 > content.count(b"\n") else "\n"
