"""A client that speaks PostgreSQL's protocol byte by byte: what no driver would send can be sent with it."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

SSL_REQUEST = struct.pack("!II", 8, 80877103)
SYNC = b"S\0\0\0\4"
FLUSH = b"H\0\0\0\4"
COPY_DONE = b"c\0\0\0\4"
TERMINATE = b"X\0\0\0\4"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the server."""

    kind: str
    body: bytes

    @property
    def fields(self) -> dict[str, str]:
        """Of an error or a notice."""
        return {chr(part[0]): part[1:].decode() for part in self.body.split(b"\0") if part}

    def __str__(self) -> str:
        """Short: ``C:SELECT 1``, ``D:1|NULL``, ``E:42601``, ``Z:I`` …"""
        if self.kind in "EN":
            return f"{self.kind}:{self.fields['C']}"
        if self.kind == "C":
            return f"C:{self.body[:-1].decode()}"
        if self.kind == "Z":
            return f"Z:{self.body.decode()}"
        if self.kind == "D":
            return "D:" + "|".join("NULL" if value is None else value.decode("latin-1") for value in self.values)
        if self.kind == "T":
            return "T:" + "|".join(name for name, _ in self.columns)
        if self.kind == "t":
            return "t:" + "|".join(map(str, struct.unpack_from(f"!{(len(self.body) - 2) // 4}I", self.body, 2)))
        if self.kind == "S":
            name, value, _ = self.body.split(b"\0")
            return f"S:{name.decode()}={value.decode()}"
        return self.kind

    @property
    def values(self) -> list[bytes | None]:
        """Of a DataRow."""
        found: list[bytes | None] = []
        at = 2
        while at < len(self.body):
            (size,) = struct.unpack_from("!i", self.body, at)
            at += 4
            found.append(None if size < 0 else self.body[at : at + size])
            at += max(size, 0)
        return found

    @property
    def columns(self) -> list[tuple[str, int]]:
        """Name and type of each column of a RowDescription."""
        found, at = [], 2
        while at < len(self.body):
            end = self.body.index(b"\0", at)
            found.append((self.body[at:end].decode(), struct.unpack_from("!I", self.body, end + 7)[0]))
            at = end + 19
        return found


class RawClient:
    """A connection; a context manager. ``begin=False``: only the socket, nothing is sent."""

    def __init__(
        self,
        host: str,
        port: int,
        database: str = "postgres",
        *,
        begin: bool = True,
        seconds: float = 30,
        user: str = "admin",
        **settings: str,
    ) -> None:
        """``host`` may be the folder of a Unix socket; ``seconds``: the longest wait for an answer."""
        if host.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(seconds)
            self.socket.connect(f"{host}/.s.PGSQL.{port}")
        else:
            self.socket = socket.create_connection((host, port), seconds)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()
        self.started: list[Message] = []
        if begin:
            self.begin({"user": user, "database": database} | settings)

    def begin(self, parameters: dict[str, str]) -> None:
        """The start-up, up to the first ReadyForQuery."""
        pairs = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items())
        body = struct.pack("!I", 196608) + pairs + b"\0"
        self.send(struct.pack("!I", len(body) + 4) + body)
        message = self.read()
        if message.kind == "R" and message.body != b"\0\0\0\0":
            self.send(framed(b"p", b"any\0"))
            message = self.read()
        assert message.kind == "R", message
        self.started = self.until_ready()

    def send(self, *messages: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(b"".join(messages))

    def read(self) -> Message:
        """The next message; raises EOFError where the connection is closed, TimeoutError."""
        header = self._take(5)
        return Message(chr(header[0]), self._take(struct.unpack("!I", header[1:])[0] - 4))

    def until_ready(self, times: int = 1) -> list[Message]:
        """All messages up to a ReadyForQuery, or so many of them."""
        found: list[Message] = []
        while times:
            found.append(self.read())
            times -= found[-1].kind == "Z"
        return found

    def until_end(self) -> list[Message]:
        """All messages until the server closes the connection."""
        found: list[Message] = []
        try:
            while True:
                found.append(self.read())
        except (EOFError, ConnectionResetError):
            return found

    def ask(self, *messages: bytes) -> list[str]:
        """Send messages that end in one ReadyForQuery; the answer in short."""
        self.send(*messages)
        return [str(message) for message in self.until_ready()]

    def query(self, sql: str | bytes) -> list[str]:
        """A simple query; the answer in short."""
        return self.ask(query(sql))

    def extended(self, sql: str | bytes) -> list[str]:
        """The same through an unnamed statement and portal, described; the answer in short."""
        return self.ask(parse("", sql), bind(), describe("P"), execute(), SYNC)

    def close(self) -> None:
        """Hang up without a word."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            data = self.socket.recv(1 << 16)
            if not data:
                raise EOFError
            self._buffer += data
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found


def framed(kind: bytes, body: bytes = b"") -> bytes:
    """A message with its length."""
    return kind + struct.pack("!I", len(body) + 4) + body


def query(sql: str | bytes) -> bytes:
    """Query."""
    return framed(b"Q", _bytes(sql) + b"\0")


def parse(name: str, sql: str | bytes, types: Sequence[int] = ()) -> bytes:
    """Parse."""
    oids = struct.pack(f"!h{len(types)}I", len(types), *types)
    return framed(b"P", _bytes(name) + b"\0" + _bytes(sql) + b"\0" + oids)


def bind(
    portal: str = "",
    statement: str = "",
    values: Sequence[bytes | None] = (),
    formats: Sequence[int] = (),
    results: Sequence[int] = (),
) -> bytes:
    """Bind."""
    given = b"".join(
        struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value for value in values
    )
    return framed(
        b"B",
        _bytes(portal) + b"\0" + _bytes(statement) + b"\0" + _shorts(formats) + struct.pack("!h", len(values)) + given
        + _shorts(results),
    )  # fmt: skip


def describe(what: str, name: str = "") -> bytes:
    """Describe: ``S`` a statement, ``P`` a portal."""
    return framed(b"D", what.encode() + _bytes(name) + b"\0")


def close(what: str, name: str = "") -> bytes:
    """Close: ``S`` a statement, ``P`` a portal."""
    return framed(b"C", what.encode() + _bytes(name) + b"\0")


def execute(portal: str = "", rows: int = 0) -> bytes:
    """Execute; ``rows`` 0: all of them."""
    return framed(b"E", _bytes(portal) + b"\0" + struct.pack("!I", rows))


def copy_data(data: bytes) -> bytes:
    """CopyData."""
    return framed(b"d", data)


def copy_fail(reason: str) -> bytes:
    """CopyFail."""
    return framed(b"f", reason.encode() + b"\0")


def eventually(condition: object, seconds: float = 10) -> None:
    """Wait until a function returns something true; AssertionError where it does not in time."""
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "not within the time"
        time.sleep(0.02)


def _shorts(values: Sequence[int]) -> bytes:
    return struct.pack(f"!h{len(values)}h", len(values), *values)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
