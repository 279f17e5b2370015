"""What drivers and pools do between an application's statements, and must not upset the engine with."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def one(dsql: Database) -> Iterator[Connection]:
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)")
        connection.execute("INSERT INTO account VALUES (1, 100)")
        yield connection


@pytest.fixture
def other(dsql: Database, one: Connection) -> Iterator[Connection]:
    with dsql.connect() as connection:
        yield connection


@pytest.mark.parametrize("when", ["before", "in the transaction", "in a parked one"])
def test_what_a_session_changes_is_known_after_reset_all(one: Connection, other: Connection, when: str) -> None:
    """Pools send it with each connection that comes back."""
    other.execute("BEGIN")
    other.execute("UPDATE account SET balance = 1")
    other.execute("ROLLBACK")
    if when == "before":
        other.execute("RESET ALL")
    other.execute("BEGIN")
    if when == "in a parked one":
        other.execute("INSERT INTO account VALUES (2, 2)")
    if when != "before":
        other.execute("RESET /* everything */ ALL")
    if when == "in a parked one":
        with pytest.raises(errors.UniqueViolation):
            one.execute("INSERT INTO account VALUES (2, 3), (1, 3)")
    other.execute("UPDATE account SET balance = balance + 1 WHERE id = 1")
    one.execute("UPDATE account SET balance = balance + 10 WHERE id = 1")
    with pytest.raises(errors.SerializationFailure):
        other.execute("COMMIT")
    assert one.execute("SELECT balance FROM account WHERE id = 1").fetchone() == (110,)


def test_reset_all_does_not_raise_the_limit_of_a_transaction(one: Connection) -> None:
    one.execute("BEGIN")
    one.execute("INSERT INTO account SELECT g, 0 FROM generate_series(2, 2001) g")
    one.execute("RESET ALL")
    with pytest.raises(errors.ProgramLimitExceeded):
        one.execute("INSERT INTO account SELECT g, 0 FROM generate_series(3001, 4001) g")


@pytest.mark.parametrize("call", ["CALL sys.wait_for_job(%s)", "CALL sys.wait_for_job(%s::text)"])
def test_a_job_whose_number_is_a_parameter_is_waited_for(one: Connection, call: str) -> None:
    for number in range(3):
        row = one.execute(f"CREATE INDEX ASYNC by_balance_{number} ON account (balance)".encode()).fetchone()
        assert row is not None
        assert one.execute(call.encode(), row).fetchone() == (True,)
        assert one.execute("SELECT status FROM sys.jobs WHERE job_id = %s", row).fetchone() == ("completed",)


@pytest.mark.parametrize("encoding", ["LATIN1", "WIN1252", "EUC_JP", "nonsense", ""])
def test_utf8_is_all_that_is_spoken(one: Connection, dsql: Database, encoding: str) -> None:
    """In another encoding statements could be misread, and rows kept for later be damaged."""
    for way in (f"SET client_encoding = '{encoding}'", f"SET NAMES '{encoding}'"):
        with pytest.raises(errors.InvalidParameterValue, match='for parameter "client_encoding"'):
            one.execute(way.encode())
    for call in ("set_config('client_encoding', %s, false)", "set_config(lower('CLIENT_ENCODING'), %s, false)"):
        with pytest.raises(errors.InvalidParameterValue, match='for parameter "client_encoding"'):
            one.execute(f"SELECT {call}".encode(), (encoding,))
    if encoding:
        with pytest.raises(psycopg.OperationalError, match='for parameter "client_encoding"'):
            psycopg.connect(f"{dsql.dsn} options='-c client_encoding={encoding}'")


@pytest.mark.parametrize("encoding", ["UTF8", "utf-8", "UNICODE", "SQL_ASCII"])
def test_names_of_utf8(one: Connection, encoding: str) -> None:
    one.execute(f"SET client_encoding TO '{encoding}'".encode())
    one.execute("SELECT set_config('client_encoding', %s, false)", (encoding,))
    one.execute("SET client_encoding TO DEFAULT")
    assert one.execute("SELECT 'é'").fetchone() == ("é",)


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def kinds(talk: socket.socket, until: bytes) -> bytes:
    """The kinds of the messages that come, up to the first of a kind."""
    found = b""
    with talk.makefile("rb", buffering=0) as stream:
        while not found.endswith(until):
            head = stream.read(5)
            assert head is not None
            found += head[:1]
            left = struct.unpack("!I", head[1:])[0] - 4
            while left:
                left -= len(stream.read(left) or b"")
    return found


def test_a_portal_is_read_in_parts_without_a_transaction_block(dsql: Database) -> None:
    """Cursors of node-postgres: Execute with a number of rows and Flush, again and again, and one Sync at the end."""
    startup = b"\0\3\0\0user\0admin\0database\0" + dsql.database.encode() + b"\0\0"
    statement = message(b"P", b"\0SELECT g FROM generate_series(1, 5) g\0\0\0")
    portal = message(b"B", b"cursor\0\0\0\0\0\0\0\0")
    part = message(b"E", b"cursor\0" + struct.pack("!I", 2)) + message(b"H")
    with socket.create_connection((dsql.host, dsql.port), timeout=30) as talk:
        talk.sendall(struct.pack("!I", len(startup) + 4) + startup + message(b"p", b"token\0"))
        kinds(talk, b"Z")
        talk.sendall(statement + portal + message(b"H"))
        assert kinds(talk, b"2") == b"12"
        for expected in (b"DDs", b"DDs", b"DC"):
            talk.sendall(part)
            assert kinds(talk, expected[-1:]) == expected
        talk.sendall(message(b"S"))
        assert kinds(talk, b"Z") == b"Z"
