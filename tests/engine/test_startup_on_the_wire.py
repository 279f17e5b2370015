"""The first bytes of a connection, sent by hand to a running engine: what comes back, and that it goes on serving."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator

import pytest

from dsql_migrate.engine.gateway.startup import startup_message
from dsql_migrate.engine.local import Database, LocalDsql

pytestmark = pytest.mark.server

SSL_REQUEST = struct.pack("!II", 8, 80877103)
GSSENC_REQUEST = struct.pack("!II", 8, 80877104)
PASSWORD = b"p" + struct.pack("!I", 4 + 6) + b"token\0"


class Wire:
    """A connection of bytes."""

    def __init__(self, place: tuple[str, int]) -> None:
        self.socket: socket.socket = socket.create_connection(place, timeout=30)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def take(self, count: int) -> bytes:
        found = b""
        while len(found) < count and (part := self.socket.recv(count - len(found))):
            found += part
        return found

    def message(self) -> tuple[bytes, bytes]:
        head = self.take(5)
        return head[:1], self.take(struct.unpack("!I", head[1:])[0] - 4) if len(head) == 5 else b""

    def rest(self) -> bytes:
        """Everything up to the end of the connection."""
        found = b""
        try:
            while part := self.socket.recv(65536):
                found += part
        except ConnectionResetError:
            pass
        return found


@pytest.fixture
def wire(dsql: Database) -> Iterator[Wire]:
    connection = Wire((dsql.host, dsql.port))
    yield connection
    connection.socket.close()
    with dsql.connect() as another:  # whatever was sent: others are served
        assert another.execute("SELECT 1").fetchone() == (1,)


def login(dsql: Database) -> bytes:
    return startup_message({"user": "admin", "database": dsql.database})


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        struct.pack("!I", 0),
        struct.pack("!I", 7) + b"abc",
        struct.pack("!I", 0xFFFFFFFF),
        struct.pack("!III", 12, 80877102, 1),  # a cancel request without its key
        struct.pack("!IIII", 16, 80877102, 1, 1),  # one with a key that nobody has
        b"\x16\x03\x01\x00\x05hello",  # TLS at once, where there is none
    ],
)
def test_noise_is_answered_with_silence(wire: Wire, noise: bytes) -> None:
    wire.send(noise)
    assert wire.rest() == b""


@pytest.mark.parametrize(
    ("packet", "sqlstate"),
    [
        (struct.pack("!III", 12, 2 << 16, 0), b"0A000"),
        (struct.pack("!II", 9, 3 << 16) + b"\0", b"28000"),
        (struct.pack("!II", 14, 3 << 16) + b"user\0a", b"08P01"),
        (startup_message({"user": "admin", "replication": "true"}), b"0A000"),
        (startup_message({"user": "admin", "options": "--fsync"}), b"42601"),
    ],
)
def test_a_malformed_start_is_told_why(wire: Wire, packet: bytes, sqlstate: bytes) -> None:
    wire.send(packet)
    kind, body = wire.message()
    assert kind == b"E"
    assert b"\0C" + sqlstate + b"\0" in body
    assert wire.rest() == b""


def test_encryption_that_is_not_there_is_declined_and_the_client_may_go_on(wire: Wire, dsql: Database) -> None:
    for request in (GSSENC_REQUEST, SSL_REQUEST):
        wire.send(request)
        assert wire.take(1) == b"N"
    wire.send(login(dsql))
    assert wire.message() == (b"R", struct.pack("!I", 3))
    wire.send(PASSWORD)
    assert wire.message() == (b"R", struct.pack("!I", 0))
    told = {}
    while (found := wire.message())[0] == b"S":
        name, value, _ = found[1].split(b"\0")
        told[name] = value
    assert told[b"server_version"] == b"16.15"
    assert told[b"client_encoding"] == b"UTF8"
    assert found[0] == b"K"
    assert wire.message() == (b"Z", b"I")


def test_a_newer_protocol_is_answered_with_ours(wire: Wire, dsql: Database) -> None:
    name = dsql.database.encode()
    body = struct.pack("!I", (3 << 16) | 2) + b"user\0admin\0database\0" + name + b"\0_pq_.new\0on\0\0"
    wire.send(struct.pack("!I", len(body) + 4) + body)
    assert wire.message() == (b"v", struct.pack("!II", 3 << 16, 1) + b"_pq_.new\0")
    assert wire.message() == (b"R", struct.pack("!I", 3))


@pytest.mark.parametrize("pieces", [1, 3])
def test_packets_may_come_byte_by_byte(wire: Wire, dsql: Database, pieces: int) -> None:
    data = login(dsql)
    wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(data), pieces):
        wire.send(data[at : at + pieces])
    assert wire.message() == (b"R", struct.pack("!I", 3))


def test_something_else_than_a_password_ends_it(wire: Wire, dsql: Database) -> None:
    wire.send(login(dsql))
    wire.message()
    wire.send(b"Q" + struct.pack("!I", 4 + 9) + b"SELECT 1\0")
    kind, body = wire.message()
    assert (kind, b"\0C08P01\0" in body) == (b"E", True)
    assert wire.rest() == b""


def test_a_client_that_goes_half_way_does_no_harm(wire: Wire, dsql: Database) -> None:
    for end in range(0, len(login(dsql)), 5):
        half = Wire((dsql.host, dsql.port))
        half.send(login(dsql)[:end])
        half.socket.close()
    wire.send(login(dsql))
    wire.message()


def test_what_is_sent_before_the_handshake_is_not_taken_for_encrypted(dsql_server: LocalDsql) -> None:
    with LocalDsql(tls=True, server=dsql_server.server) as engine:
        wire = Wire((engine.host, engine.port))
        wire.send(SSL_REQUEST + startup_message({"user": "admin"}))
        kind, body = wire.message()
        assert (kind, b"\0C08P01\0" in body) == (b"E", True)
        again = Wire((engine.host, engine.port))
        again.send(SSL_REQUEST)
        assert again.take(1) == b"S"
        context = ssl.create_default_context(cafile=engine.authority)
        again.socket = context.wrap_socket(again.socket, server_hostname="localhost")
        again.send(startup_message({"user": "admin"}))
        assert again.message() == (b"R", struct.pack("!I", 3))
        again.socket.close()
        wire.socket.close()
