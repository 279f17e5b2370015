r"""A small server for tests: PostgreSQL's wire protocol (version 3, simple queries, COPY IN) in front of the engine.

Each connection has an ``EngineSession`` of its own, so psql and psycopg meet what they would meet at DSQL. psycopg too
sends statements without parameters as simple queries. ``trouble`` makes network and cluster misbehave on purpose.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import BinaryIO, Self

from dsql_migrate.engine.endpoint import ConnectionLost, DsqlError, Result
from dsql_migrate.engine.session import EngineSession
from dsql_migrate.source.parse import Unparsable, parse, tokens
from dsql_migrate.target import Target

_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102  # requests in the place of a protocol version
_TEXT = 25  # oid of type text: all values are sent in their text form
_TOLD = {
    "server_version": "16.13",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "integer_datetimes": "on",
}


class Trouble(Enum):
    """What befalls a statement."""

    CONFLICT = "it does nothing and answers 40001"
    REFUSED = "it does nothing and answers 42501"
    LOST_BEFORE = "the connection ends before it is run"
    LOST_AFTER = "it is run, and the connection ends before the answer"
    LOST_IN_COPY = "the connection ends after the first part of the COPY data"


class _Lost(Exception):
    """This connection ends now, without a word."""


class _CopyFailed(Exception):
    """The client has given up its COPY."""


class WireServer:
    """Serves one database of the engine on a port of the loopback interface; a context manager."""

    def __init__(self, engine_dsn: str, target: Target, database: str = "shop", password: str | None = None) -> None:
        """``engine_dsn`` is the superuser's. ``password``: the one that is right; None takes any."""
        self.trouble: Callable[[bytes], Trouble | None] = lambda _statement: None
        self.seen: list[bytes] = []  # every statement of every connection
        self.connections = 0
        self._engine_dsn, self._target = engine_dsn, target
        self._database, self._password = database, password
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def dsn(self) -> str:
        """Without a password."""
        return f"host=127.0.0.1 port={self.port} dbname={self._database} user=admin"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for open_socket in list(self._sockets):
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        for thread in (self._accepting, *self._threads):
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _address = self._listener.accept()
            except OSError:
                return
            self._sockets.add(accepted)
            thread = threading.Thread(target=self._serve, args=(accepted,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session: EngineSession | None = None
        try:
            with accepted, accepted.makefile("rb") as reading, accepted.makefile("wb") as writing:
                wire = _Messages(reading, writing)
                if self._greet(wire):
                    session = EngineSession(self._engine_dsn, self._target)
                    self.connections += 1
                    _Conversation(wire, session, self).run()
        except (_Lost, OSError, EOFError, ConnectionLost):
            pass
        finally:
            self._sockets.discard(accepted)
            if session is not None:
                session.close()

    def _greet(self, wire: _Messages) -> bool:
        """Everything up to the first ReadyForQuery; False where the client is not let in."""
        while (version := wire.opening())[0] in (_SSL, _GSS):
            wire.raw(b"N")
        if version[0] == _CANCEL:
            return False
        words = version[1].split(b"\0")
        asked = dict(zip(words[0::2], words[1::2], strict=False))
        wire.send(b"R", struct.pack("!i", 3))  # a password in clear text
        wire.flush()
        kind, body = wire.receive()
        if kind != b"p":
            return False
        if self._password is not None and body != self._password.encode() + b"\0":
            wire.error(DsqlError("28P01", 'password authentication failed for user "admin"'), severity="FATAL")
            return False
        name = asked.get(b"database", asked.get(b"user", b"")).decode()
        if name != self._database:
            wire.error(DsqlError("3D000", f'database "{name}" does not exist'), severity="FATAL")
            return False
        wire.send(b"R", struct.pack("!i", 0))
        for parameter, value in _TOLD.items():
            wire.send(b"S", f"{parameter}\0{value}\0".encode())
        wire.send(b"K", struct.pack("!ii", 0, 0))
        return True


class _Messages:
    """The protocol's messages, in and out."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing

    def opening(self) -> tuple[int, bytes]:
        length, version = struct.unpack("!ii", self._exactly(8))
        return version, self._exactly(length - 8)

    def receive(self) -> tuple[bytes, bytes]:
        kind, length = struct.unpack("!ci", self._exactly(5))
        return kind, self._exactly(length - 4)

    def send(self, kind: bytes, body: bytes = b"") -> None:
        self._writing.write(kind + struct.pack("!i", len(body) + 4) + body)

    def raw(self, data: bytes) -> None:
        self._writing.write(data)
        self.flush()

    def flush(self) -> None:
        self._writing.flush()

    def error(self, error: DsqlError, severity: str = "ERROR") -> None:
        fields = {"S": severity, "V": severity, "C": error.sqlstate, "M": error.message}
        if error.detail is not None:
            fields["D"] = error.detail
        if error.row is not None:
            fields["W"] = f"COPY t, line {error.row}"
        body = b"".join(f"{key}{value}\0".encode("utf-8", "surrogateescape") for key, value in fields.items())
        self.send(b"E", body + b"\0")
        self.flush()

    def result(self, result: Result) -> None:
        if result.columns:
            columns = b"".join(
                name.encode("utf-8", "surrogateescape") + b"\0" + struct.pack("!ihihih", 0, 0, _TEXT, -1, -1, 0)
                for name in result.columns
            )
            self.send(b"T", struct.pack("!h", len(result.columns)) + columns)
            for row in result.rows:
                self.send(b"D", struct.pack("!h", len(row)) + b"".join(map(_value, row)))
        self.send(b"C", result.tag.encode() + b"\0")

    def _exactly(self, size: int) -> bytes:
        data = self._reading.read(size)
        if len(data) < size:
            raise EOFError
        return data


class _Conversation:
    """One connection after its start."""

    def __init__(self, wire: _Messages, session: EngineSession, server: WireServer) -> None:
        self._wire = wire
        self._session = session
        self._server = server

    def run(self) -> None:
        while True:
            self._wire.send(b"Z", self._session.transaction_status.encode())
            self._wire.flush()
            kind, body = self._next()
            if kind == b"X":
                return
            if kind != b"Q":
                self._wire.error(DsqlError("0A000", f"this server knows no message {kind!r}"), severity="FATAL")
                return
            try:
                self._query(body.rstrip(b"\0"))
            except DsqlError as error:
                self._wire.error(error)

    def _next(self) -> tuple[bytes, bytes]:
        """The next message; what is left of a COPY that has failed is passed over."""
        while (message := self._wire.receive())[0] in (b"d", b"c", b"f"):
            pass
        return message

    def _query(self, sql: bytes) -> None:
        if not tokens(sql):
            self._wire.send(b"I")
            return
        self._server.seen.append(sql)
        trouble = self._server.trouble(sql)
        if trouble is Trouble.LOST_BEFORE:
            raise _Lost
        if trouble is Trouble.REFUSED:
            raise self._session._refused(DsqlError("42501", "permission denied"))
        if trouble is Trouble.CONFLICT and not _reads_data(sql):
            raise self._conflict(sql)
        results = [self._copy(sql, trouble)] if _reads_data(sql) else self._session.run(sql)
        if trouble is Trouble.LOST_AFTER:
            raise _Lost
        for result in results:
            self._wire.result(result)

    def _conflict(self, sql: bytes) -> DsqlError:
        if sql.strip(b"; \n").lower() in (b"commit", b"end"):
            self._session.execute(b"ROLLBACK")
        return self._session._refused(_conflicting())

    def _copy(self, sql: bytes, trouble: Trouble | None) -> Result:
        try:
            rows = self._session.copy(sql, self._data(trouble))
        except _CopyFailed as failed:
            raise DsqlError("57014", f"COPY from stdin failed: {failed}") from None
        return Result(f"COPY {rows}")

    def _data(self, trouble: Trouble | None) -> Iterator[bytes]:
        """The rows as they come; CopyInResponse goes out once the engine asks for the first."""
        self._wire.send(b"G", struct.pack("!bh", 0, 0))
        self._wire.flush()
        while True:
            kind, body = self._wire.receive()
            if kind == b"d":
                yield body
                if trouble is Trouble.LOST_IN_COPY:
                    raise _Lost
            elif kind == b"f":
                raise _CopyFailed(body.rstrip(b"\0").decode("utf-8", "replace"))
            elif kind == b"c":
                break
        if trouble is Trouble.CONFLICT:
            raise _conflicting()


def _reads_data(sql: bytes) -> bool:
    try:
        parsed = parse(sql)
    except Unparsable:
        return False
    return parsed.kind == "CopyStmt" and bool(parsed.node.get("is_from")) and "filename" not in parsed.node


def _conflicting() -> DsqlError:
    return DsqlError("40001", "change conflicts with another transaction, please retry: (OC000)")


def _value(value: str | None) -> bytes:
    if value is None:
        return struct.pack("!i", -1)
    data = value.encode("utf-8", "surrogateescape")
    return struct.pack("!i", len(data)) + data
