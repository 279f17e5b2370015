"""A relay for tests, between a client and the engine's gateway: it makes network and cluster misbehave on purpose.

It knows the simple protocol only, where each question has one answer: what psql sends, and psycopg for statements
without parameters.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import BinaryIO, Self

from dsql_migrate.engine.endpoint import DsqlError
from dsql_migrate.engine.local import Database

_SSL, _GSS, _CANCEL = 80877103, 80877104, 80877102  # requests in the place of a protocol version
_CONFLICT = DsqlError("40001", "change conflicts with another transaction (OC000)")
_DENIED = DsqlError("42501", "permission denied")


class Trouble(Enum):
    """What befalls a statement."""

    CONFLICT = "it does nothing and answers 40001"
    REFUSED = "it does nothing and answers 42501"
    LOST_BEFORE = "the connection ends before it is run"
    LOST_AFTER = "it is run, and the connection ends before the answer"
    LOST_IN_COPY = "the connection ends after the first part of the COPY data"


class _Lost(Exception):
    """This connection ends now, without a word."""


class WireServer:
    """Relays to one database of the engine from a port of the loopback interface; a context manager."""

    def __init__(self, behind: Database, password: str | None = None) -> None:
        """``password``: the one that is right; None takes any."""
        self.trouble: Callable[[bytes], Trouble | None] = lambda _statement: None
        self.seen: list[bytes] = []  # every statement of every connection
        self.connections = 0
        self.password = password
        self.behind = behind
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
        return f"host=127.0.0.1 port={self.port} dbname={self.behind.database} user=admin"

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
        try:
            with accepted, socket.create_connection((self.behind.host, self.behind.port)) as engine:
                for end in (accepted, engine):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _Relay(_Messages(accepted), _Messages(engine), self).run()
        except (_Lost, OSError, EOFError):
            pass
        finally:
            self._sockets.discard(accepted)


class _Messages:
    """The protocol's messages of one connection, in and out."""

    def __init__(self, connection: socket.socket) -> None:
        self._reading: BinaryIO = connection.makefile("rb")
        self._connection = connection

    def opening(self) -> tuple[int, bytes]:
        """A message of a connection's start, whole, and the number that says what it is."""
        head = self._exactly(8)
        length, code = struct.unpack("!ii", head)
        return code, head + self._exactly(length - 8)

    def receive(self) -> tuple[bytes, bytes]:
        """One message: its kind, and the whole of it."""
        head = self._exactly(5)
        return head[:1], head + self._exactly(struct.unpack("!i", head[1:])[0] - 4)

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def _exactly(self, size: int) -> bytes:
        data = self._reading.read(size)
        if len(data) < size:
            raise EOFError
        return data


class _Relay:
    """One connection, from its start to its end."""

    def __init__(self, client: _Messages, engine: _Messages, server: WireServer) -> None:
        self._client = client
        self._engine = engine
        self._server = server

    def run(self) -> None:
        if not self._greet():
            return
        self._server.connections += 1
        while True:
            kind, message = self._client.receive()
            if kind in (b"d", b"c", b"f"):  # what is left of a COPY that has failed
                continue
            if kind != b"Q":
                self._engine.send(message)  # Terminate
                return
            self._query(message)

    def _greet(self) -> bool:
        """Everything up to the first ReadyForQuery; False where the client is not let in."""
        while (opening := self._client.opening())[0] in (_SSL, _GSS):
            self._client.send(b"N")
        if opening[0] == _CANCEL:
            return False
        self._engine.send(opening[1])
        while True:
            kind, message = self._engine.receive()
            self._client.send(message)
            if kind == b"Z":
                return True
            if kind == b"R" and message[5:9] == struct.pack("!i", 3):  # a password in clear text
                kind, message = self._client.receive()
                if self._server.password is not None and message[5:-1] != self._server.password.encode():
                    wrong = DsqlError("28P01", 'password authentication failed for user "admin"')
                    self._client.send(_error(wrong, severity="FATAL"))
                    return False
                self._engine.send(message)

    def _query(self, message: bytes) -> None:
        sql = message[5:-1]
        self._server.seen.append(sql)
        trouble = self._server.trouble(sql)
        if trouble is Trouble.LOST_BEFORE:
            raise _Lost
        if trouble is Trouble.REFUSED:
            self._fail(b"refused", _DENIED)
        elif trouble is Trouble.CONFLICT and not _reads_data(sql):
            self._fail(b"ROLLBACK" if sql.strip(b"; \n").lower() in (b"commit", b"end") else b"refused", _CONFLICT)
        else:
            self._engine.send(message)
            self._answer(trouble)

    def _fail(self, instead: bytes, error: DsqlError) -> None:
        """Run something else, which leaves the transaction as an error does; the client sees only the error."""
        self._engine.send(_message(b"Q", instead + b"\0"))
        while (answer := self._engine.receive())[0] != b"Z":
            pass
        self._client.send(_error(error) + answer[1])

    def _answer(self, trouble: Trouble | None) -> None:
        conflicts = False
        while True:
            kind, message = self._engine.receive()
            if kind == b"E" and conflicts:
                message = _error(_CONFLICT)
            if kind == b"G" or trouble is not Trouble.LOST_AFTER:
                self._client.send(message)
            if kind == b"G":
                conflicts = self._data(trouble)
            if kind == b"Z":
                if trouble is Trouble.LOST_AFTER:
                    raise _Lost
                return

    def _data(self, trouble: Trouble | None) -> bool:
        """Pass COPY data on; True where they ended in a conflict."""
        while True:
            kind, message = self._client.receive()
            if kind == b"c" and trouble is Trouble.CONFLICT:
                self._engine.send(_message(b"f", b"\0"))
                return True
            self._engine.send(message)
            if kind == b"d" and trouble is Trouble.LOST_IN_COPY:
                raise _Lost
            if kind in (b"c", b"f"):
                return False


def _reads_data(sql: bytes) -> bool:
    words = sql.lower().split()
    return words[:1] == [b"copy"] and b"stdin" in sql.lower()


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _error(error: DsqlError, severity: str = "ERROR") -> bytes:
    fields = {"S": severity, "V": severity, "C": error.sqlstate, "M": error.message}
    return _message(b"E", b"".join(f"{key}{value}\0".encode() for key, value in fields.items()) + b"\0")
