"""PostgreSQL's wire protocol 3.0: framing, and the few messages that the gateway makes or reads itself.

Protocol: PostgreSQL documentation, chapter "Frontend/Backend Protocol". All is bytes; no input or output here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

INTERNAL = "pg_dsql"  # the name of our own prepared statement and portal on each backend connection
_INT = struct.Struct("!i")
_TEXT = 25  # oid of text

SYNC = b"S\0\0\0\4"
TERMINATE = b"X\0\0\0\4"
COPY_DONE = b"c\0\0\0\4"
PARSE_COMPLETE = b"1\0\0\0\4"
NO_DATA = b"n\0\0\0\4"
EMPTY_QUERY = b"I\0\0\0\4"


class ProtocolError(Exception):
    """The client sent what no client may send: the connection ends with FATAL 08P01."""


def message(kind: bytes, body: bytes) -> bytes:
    """One message: its type, its length, its body."""
    return kind + _INT.pack(len(body) + 4) + body


def query(sql: bytes) -> bytes:
    """A simple query."""
    return message(b"Q", sql + b"\0")


def parse(name: bytes, sql: bytes, rest: bytes = b"\0\0") -> bytes:
    """Parse: ``rest`` is the count and the oids of the parameters' types."""
    return message(b"P", name + b"\0" + sql + b"\0" + rest)


def internal(*statements: bytes) -> bytes:
    """Statements of ours by the extended protocol, up to Sync; after one that fails the others are not run.

    They use a statement and a portal of our own name, so that the client's unnamed ones stay (a simple query would drop
    them), and close them, so that nothing shows in pg_prepared_statements.
    """
    name = INTERNAL.encode() + b"\0"
    closing = message(b"C", b"P" + name) + message(b"C", b"S" + name)
    parts = [closing]  # one that has failed is still there
    for sql in statements:
        parts += (
            message(b"P", name + sql + b"\0\0\0"),
            message(b"B", name + name + b"\0\0\0\0\0\0"),
            message(b"E", name + b"\0\0\0\0"),
            closing,
        )
    return b"".join((*parts, SYNC))


def bound(bind: bytes) -> tuple[bytes | None, ...]:
    """The values of a Bind message's parameters, as they were sent (text is the same in both formats)."""
    _, at = text_at(bind, 5)
    _, at = text_at(bind, at)
    try:
        (formats,) = struct.unpack_from("!h", bind, at)
        at += 2 + 2 * formats
        (count,) = struct.unpack_from("!h", bind, at)
        at += 2
        values: list[bytes | None] = []
        for _ in range(count):
            (length,) = _INT.unpack_from(bind, at)
            at += 4
            values.append(None if length < 0 else bind[at : at + length])
            at += max(length, 0)
    except struct.error:
        return ()  # the server will say what is wrong with it
    return tuple(values)


def error(sqlstate: str, text: str, detail: str | None = None, severity: str = "ERROR") -> bytes:
    """An ErrorResponse."""
    fields = [("S", severity), ("V", severity), ("C", sqlstate), ("M", text)]
    fields += [("D", detail)] if detail else []
    return message(b"E", b"".join(key.encode() + _clean(value) for key, value in fields) + b"\0")


def warning(sqlstate: str, text: str) -> bytes:
    """A NoticeResponse of severity WARNING."""
    return b"N" + error(sqlstate, text, severity="WARNING")[1:]


def ready(status: str) -> bytes:
    """ReadyForQuery with the transaction's status: I, T or E."""
    return b"Z\0\0\0\5" + status.encode()


def complete(tag: str) -> bytes:
    """CommandComplete."""
    return message(b"C", tag.encode() + b"\0")


def parameter(name: str, value: str) -> bytes:
    """ParameterStatus."""
    return message(b"S", _clean(name) + _clean(value))


def described(names: Sequence[str]) -> bytes:
    """RowDescription of text columns."""
    columns = b"".join(_clean(name) + struct.pack("!ihihih", 0, 0, _TEXT, -1, -1, 0) for name in names)
    return message(b"T", struct.pack("!h", len(names)) + columns)


def row(values: Iterable[bytes | None]) -> bytes:
    """DataRow."""
    given = list(values)
    body = b"".join(b"\xff\xff\xff\xff" if value is None else _INT.pack(len(value)) + value for value in given)
    return message(b"D", struct.pack("!h", len(given)) + body)


def values_of(body: bytes) -> list[str | None]:
    """The values of a DataRow's body, as text."""
    count, at, values = int.from_bytes(body[:2], "big"), 2, []
    for _ in range(count):
        (length,) = _INT.unpack_from(body, at)
        at += 4
        values.append(None if length < 0 else body[at : at + length].decode("utf-8", "surrogateescape"))
        at += max(length, 0)
    return values


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse by their letter (C: SQLSTATE, M: message, D: detail …)."""
    found = {}
    for field in body.split(b"\0"):
        if field:
            found[chr(field[0])] = field[1:].decode("utf-8", "replace")
    return found


def with_fields(body: bytes, **changed: str) -> bytes:
    """An ErrorResponse as it came, with some fields changed."""
    fields = fields_of(body) | changed
    return message(b"E", b"".join(key.encode() + _clean(value) for key, value in fields.items()) + b"\0")


def without(body: bytes, letters: str) -> bytes:
    """An ErrorResponse as it came, but for the fields of these letters."""
    kept = [field for field in body.split(b"\0") if field and chr(field[0]) not in letters]
    return message(b"E", b"".join(field + b"\0" for field in kept) + b"\0")


def text_at(body: bytes, at: int) -> tuple[bytes, int]:
    """The string that begins at a place, and the place behind its NUL. Raises ProtocolError where it does not end."""
    end = body.find(b"\0", at)
    if end < 0:
        raise ProtocolError("invalid string in message")
    return body[at:end], end + 1


def _clean(value: str) -> bytes:
    return value.replace("\0", "").encode("utf-8", "surrogateescape") + b"\0"
