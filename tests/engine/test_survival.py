"""The engine goes on, whatever a client does: hang up, misbehave on the wire, send too much, take too little."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from support.footprint import backends, descriptors, needs_proc, resident
from support.rawclient import (
    COPY_DONE,
    SSL_REQUEST,
    SYNC,
    TERMINATE,
    RawClient,
    bind,
    copy_data,
    describe,
    eventually,
    execute,
    framed,
    parse,
    query,
)

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server
MEGABYTE = 1_000_000
MESSAGE_LIMIT = 10 << 20


@pytest.fixture(autouse=True)
def _goes_on(dsql: Database) -> Iterator[None]:
    """After each test another client is served, and nothing is left of the test's own."""
    with RawClient(dsql.host, dsql.port, dsql.database) as first:
        assert first.query("CREATE TABLE t (id int PRIMARY KEY, v text)")[-1] == "Z:I"
    yield
    eventually(lambda: not backends(dsql.engine.server.dsn(), dsql.database))
    with RawClient(dsql.host, dsql.port, dsql.database) as last:
        assert last.query("INSERT INTO t VALUES (-1)") == ["C:INSERT 0 1", "Z:I"]


def connect(dsql: Database, **options: object) -> RawClient:
    return RawClient(dsql.host, dsql.port, dsql.database, **options)  # type: ignore[arg-type]


def reset(client: RawClient) -> None:
    """Hang up as a machine that crashed does: RST, nothing is flushed."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def count(dsql: Database) -> str:
    with connect(dsql) as client:
        return client.query("SELECT count(*) FROM t")[1]


# -- clients that go away ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hang_up", [reset, RawClient.close])
def test_a_client_that_dies_in_mid_copy_leaves_nothing(dsql: Database, hang_up: object) -> None:
    client = connect(dsql)
    client.send(query("COPY t (id) FROM STDIN"))
    assert client.read().kind == "G"
    client.send(copy_data(b"1\n2\n3"))
    hang_up(client)  # type: ignore[operator]
    with connect(dsql) as other:
        assert other.query("INSERT INTO t VALUES (1)") == ["C:INSERT 0 1", "Z:I"]
    eventually(lambda: not backends(dsql.engine.server.dsn(), dsql.database))
    assert count(dsql) == "D:1"


@pytest.mark.parametrize("hang_up", [reset, RawClient.close])
def test_a_client_that_dies_in_a_transaction_holds_nobody_up(dsql: Database, hang_up: object) -> None:
    with connect(dsql) as other:
        other.query("INSERT INTO t VALUES (1, 'old')")
        client = connect(dsql)
        client.query("BEGIN")
        assert client.query("UPDATE t SET v = 'lost' WHERE id = 1")[-1] == "Z:T"
        hang_up(client)  # type: ignore[operator]
        assert other.query("UPDATE t SET v = 'new' WHERE id = 1") == ["C:UPDATE 1", "Z:I"]
        assert other.query("SELECT v FROM t")[1] == "D:new"


def test_a_client_that_dies_with_its_transaction_put_aside_is_forgotten(dsql: Database) -> None:
    with connect(dsql) as other:
        other.query("INSERT INTO t VALUES (1, 'old')")
        client = connect(dsql)
        client.query("BEGIN")
        client.query("UPDATE t SET v = 'first' WHERE id = 1")
        assert other.query("UPDATE t SET v = 'second' WHERE id = 1") == ["C:UPDATE 1", "Z:I"]
        reset(client)
        eventually(lambda: len(backends(dsql.engine.server.dsn(), dsql.database)) == 1)
        for number in range(3):
            assert other.query("BEGIN; UPDATE t SET v = v || '.' WHERE id = 1; COMMIT")[-1] == "Z:I", number
        assert other.query("SELECT v FROM t")[1] == "D:second..."


def test_a_client_that_dies_while_its_statement_runs_ends_it(dsql: Database) -> None:
    client = connect(dsql)
    client.send(query("SELECT pg_sleep(100)"))
    eventually(lambda: backends(dsql.engine.server.dsn(), dsql.database))
    time.sleep(0.1)
    reset(client)
    eventually(lambda: not backends(dsql.engine.server.dsn(), dsql.database), 15)


def test_a_client_that_sends_no_more_is_let_go(dsql: Database) -> None:
    with connect(dsql) as client:
        client.send(query("BEGIN; INSERT INTO t VALUES (1)"))
        client.socket.shutdown(socket.SHUT_WR)
        client.until_end()
    assert count(dsql) == "D:0"


# -- many clients -----------------------------------------------------------------------------------------------------


def test_a_thousand_connections_in_a_row(dsql: Database) -> None:
    needs_proc()
    with connect(dsql) as client:
        client.query("SELECT 1")
    before = descriptors()
    for number in range(1000):
        with connect(dsql) as client:
            if number % 10 == 0:
                assert client.query("SELECT 1") == ["T:?column?", "D:1", "C:SELECT 1", "Z:I"]
            if number % 2:
                client.send(TERMINATE)
    eventually(lambda: not backends(dsql.engine.server.dsn(), dsql.database))
    eventually(lambda: descriptors() <= before)


def test_a_hundred_clients_at_once(dsql: Database) -> None:
    clients = [connect(dsql) for _ in range(100)]
    try:
        for number, client in enumerate(clients):
            client.send(query(f"BEGIN; INSERT INTO t VALUES ({number}, 'x')"))
        assert {tuple(map(str, client.until_ready())) for client in clients} == {("C:BEGIN", "C:INSERT 0 1", "Z:T")}
        for client in clients:
            client.send(query("COMMIT"))
        assert {tuple(map(str, client.until_ready())) for client in clients} == {("C:COMMIT", "Z:I")}
    finally:
        for client in clients:
            client.close()
    assert count(dsql) == "D:100"


# -- messages that are none -------------------------------------------------------------------------------------------

# Where PostgreSQL cannot know any more where the next message begins it ends the connection.
BROKEN = {
    "length 0": b"Q" + struct.pack("!I", 0) + b"SELECT 1\0",
    "length 3": b"Q" + struct.pack("!I", 3) + b"SELECT 1\0",
    "negative length": b"Q" + struct.pack("!i", -5) + b"SELECT 1\0",
    "least length": b"Q" + struct.pack("!i", -(2**31)) + b"SELECT 1\0",
    "unknown type": framed(b"?", b"SELECT 1\0"),
    "type 0": framed(b"\0", b"SELECT 1\0"),
    "type above 127": framed(b"\xff", b""),
    "a reply of the server's": framed(b"Z", b"I"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_message_without_a_frame_ends_the_connection(dsql: Database, kind: str) -> None:
    with connect(dsql) as client, connect(dsql) as other:
        client.query("BEGIN; INSERT INTO t VALUES (1)")
        client.send(BROKEN[kind])
        told = client.until_end()
        assert [(one.fields["S"], one.fields["C"]) for one in told] in ([("FATAL", "08P01")], [])
        assert other.query("SELECT count(*) FROM t")[1] == "D:0"


# Where the frame is whole the message is refused, as PostgreSQL does, or the connection ends with 08P01.
GARBLED = {
    "empty query message": (framed(b"Q"), "08P01"),
    "query without its NUL": (framed(b"Q", b"SELECT 1"), "08P01"),
    "query with two NULs": (framed(b"Q", b"SELECT 1\0SELECT 2\0"), "08P01"),
    "query of bad UTF-8": (query(b"SELECT '\xff\xfe'"), "22021"),
    "query of cut UTF-8": (query(b"SELECT '\xe2\x82'"), "22021"),
    "surrogate in UTF-8": (query(b"SELECT '\xed\xa0\x80'"), "22021"),
    "empty parse": (framed(b"P"), "08P01"),
    "parse without text": (framed(b"P", b"name\0"), "08P01"),
    "parse without types": (framed(b"P", b"\0SELECT 1\0"), "08P01"),
    "parse with too few types": (framed(b"P", b"\0SELECT $1\0" + struct.pack("!hI", 3, 23)), "08P01"),
    "parse with negative types": (framed(b"P", b"\0SELECT $1\0" + struct.pack("!h", -1)), "08P01"),
    "parse of bad UTF-8": (parse("", b"SELECT '\xff'"), "22021"),
    "parse of a bad name": (parse("", b"SELECT 1").replace(b"P\0", b"P\0", 1), None),
    "empty bind": (framed(b"B"), "08P01"),
    "bind without values": (parse("", "SELECT $1::int") + framed(b"B", b"\0\0"), "08P01"),
    "bind to nothing": (bind("", "nowhere"), "26000"),
    "bind with a cut value": (
        parse("", "SELECT $1::int") + framed(b"B", b"\0\0" + struct.pack("!hhi", 0, 1, 100) + b"x"),
        "08P01",
    ),
    "bind with a huge count": (
        parse("", "SELECT $1::int") + framed(b"B", b"\0\0" + struct.pack("!hH", 0, 65535)),
        "08P01",
    ),
    "describe of nothing": (framed(b"D", b"X\0"), "08P01"),
    "empty describe": (framed(b"D"), "08P01"),
    "close of nothing": (framed(b"C", b"X\0"), "08P01"),
    "empty execute": (framed(b"E"), "08P01"),
    "execute without a count": (framed(b"E", b"\0"), "08P01"),
    "execute of nothing": (execute("nowhere"), "34000"),
    "sync with a body": (framed(b"S", b"body"), "08P01"),
    "copy fail without its NUL": (framed(b"f", b"x"), None),
    "function call": (framed(b"F", struct.pack("!IhhhI", 1598, 0, 0, 0, 0)), "0A000"),
    "password again": (framed(b"p", b"again\0"), "08P01"),
}


@pytest.mark.parametrize("kind", GARBLED)
def test_a_garbled_message_is_refused_or_ends_the_connection(dsql: Database, kind: str) -> None:
    sent, sqlstate = GARBLED[kind]
    with connect(dsql) as client, connect(dsql) as other:
        client.query("INSERT INTO t VALUES (1)")
        client.send(sent, SYNC, query("SELECT 17"), TERMINATE)
        told = client.until_end()
        codes = [one.fields["C"] for one in told if one.kind == "E"]
        if told and told[-1].kind == "E":
            assert codes[-1] == "08P01"
        else:
            assert any(str(one) == "D:17" for one in told), [str(one) for one in told]
            assert sqlstate is None or codes == [sqlstate]
        assert other.query("SELECT count(*) FROM t")[1] == "D:1"


@pytest.mark.parametrize(
    ("values", "formats", "results", "sqlstate"),
    [
        ((), (), (), "08P01"),
        ((b"1", b"2"), (), (), "08P01"),
        ((b"1",), (0, 0), (), "08P01"),
        ((b"1",), (7,), (), "22023"),
        ((b"1",), (), (0, 0, 0), "08P01"),
        ((b"x",), (), (), "22P02"),
        ((b"\0\0",), (1,), (), "08P01"),
        ((b"\xff",), (), (), "22021"),
    ],
)
def test_a_bind_with_wrong_counts_or_values_is_an_error(
    dsql: Database, values: tuple[bytes, ...], formats: tuple[int, ...], results: tuple[int, ...], sqlstate: str
) -> None:
    with connect(dsql) as client:
        sent = parse("", "SELECT $1::int") + bind("", "", values, formats, results) + execute() + SYNC
        assert client.ask(sent) == ["1", f"E:{sqlstate}", "Z:I"]
        assert client.query("SELECT 1")[-1] == "Z:I"


def starting(body: bytes) -> bytes:
    return struct.pack("!I", len(body) + 4) + body


GREETINGS = {
    "nothing": b"",
    "one byte": b"\0",
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "length 0": bytes(4),
    "length 7": struct.pack("!I", 7) + b"xxx",
    "a gigabyte": struct.pack("!II", 1 << 30, 196608) + b"user\0admin\0\0",
    "negative": struct.pack("!iI", -1, 196608),
    "half": starting(struct.pack("!I", 196608) + b"user\0admin\0\0")[:-5],
    "protocol 2": starting(struct.pack("!I", 131072) + bytes(292)),
    "no user": starting(struct.pack("!I", 196608) + b"\0"),
    "no end": starting(struct.pack("!I", 196608) + b"user\0admin"),
    "odd": starting(struct.pack("!I", 196608) + b"user\0admin\0database\0"),
    "empty user": starting(struct.pack("!I", 196608) + b"user\0\0\0"),
    "bad UTF-8": starting(struct.pack("!I", 196608) + b"user\0\xff\xfe\0\0"),
    "no such database": starting(struct.pack("!I", 196608) + b"user\0admin\0database\0nowhere\0\0"),
    "no such role": starting(struct.pack("!I", 196608) + b"user\0nobody_here\0database\0postgres\0\0"),
    "the superuser": starting(struct.pack("!I", 196608) + b"user\0postgres\0database\0postgres\0\0"),
    "a template": starting(struct.pack("!I", 196608) + b"user\0admin\0database\0template1\0\0"),
    "replication": starting(struct.pack("!I", 196608) + b"user\0admin\0replication\0true\0\0"),
    "encryption twice": SSL_REQUEST + SSL_REQUEST,
    "encryption, then noise": SSL_REQUEST + b"\x16\x03\x01\0\xa5" + bytes(165),
    "hello of TLS": b"\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03" + bytes(160),
    "cancel of nobody": starting(struct.pack("!III", 80877102, 1, 2)),
    "cancel, cut": starting(struct.pack("!I", 80877102)),
}


@pytest.mark.parametrize("kind", GREETINGS)
def test_a_start_up_that_is_none_ends_that_connection_alone(dsql: Database, kind: str) -> None:
    with connect(dsql) as other, RawClient(dsql.host, dsql.port, begin=False, seconds=10) as client:
        client.send(GREETINGS[kind])
        client.socket.shutdown(socket.SHUT_WR)
        data = b""
        with contextlib.suppress(ConnectionResetError):
            while part := client.socket.recv(4096):
                data += part
        assert b"Z\0\0\0\5" not in data, "served"
        answer = data.lstrip(b"NS")
        assert answer == b"" or answer[:1] in b"ERv"
        assert other.query("SELECT 1")[-1] == "Z:I"


def test_a_client_that_never_starts_up_holds_nobody_up(dsql: Database) -> None:
    idle = [RawClient(dsql.host, dsql.port, begin=False) for _ in range(50)]
    try:
        with connect(dsql) as client:
            assert client.query("SELECT 1")[-1] == "Z:I"
    finally:
        for client in idle:
            client.close()


# -- sizes ------------------------------------------------------------------------------------------------------------


def test_a_message_of_the_longest_length_is_taken(dsql: Database) -> None:
    with connect(dsql) as client:
        around = len(query("SELECT length('')")) - 1
        text = b"SELECT length('" + b"x" * (MESSAGE_LIMIT - around) + b"')"
        assert len(query(text)) == MESSAGE_LIMIT + 1  # the type is not part of the length
        assert client.query(text)[1] == f"D:{MESSAGE_LIMIT - around}"


@pytest.mark.parametrize("size", [MESSAGE_LIMIT + 1, 50 * MEGABYTE, 2**31 - 1])
@pytest.mark.parametrize("kind", [b"Q", b"P", b"B", b"d"])
def test_a_longer_one_ends_the_connection(dsql: Database, size: int, kind: bytes) -> None:
    with connect(dsql) as client:
        client.query("BEGIN; INSERT INTO t VALUES (1)")
        if kind == b"d":
            client.send(query("COPY t (id) FROM STDIN"))
            assert client.read().kind == "G"
        with contextlib.suppress(ConnectionError):
            client.send(kind + struct.pack("!I", size))
            block = b"x" * MEGABYTE
            for _ in range(min(size, 50 * MEGABYTE) // MEGABYTE):
                client.send(block)
        told = client.until_end()
        assert [(one.fields["S"], one.fields["C"]) for one in told if one.kind == "E"] in ([("FATAL", "08P01")], [])
    assert count(dsql) == "D:0"


def test_a_long_message_takes_no_memory(dsql: Database) -> None:
    needs_proc()
    with connect(dsql) as client:
        before = resident()
        with contextlib.suppress(ConnectionError):
            client.send(b"Q" + struct.pack("!I", 50 * MEGABYTE), *[b"x" * MEGABYTE] * 50)
        client.until_end()
        assert resident() - before < 80 * MEGABYTE  # our own copy of what was sent is 50


def test_deep_and_long_statements_are_answered(dsql: Database) -> None:
    with connect(dsql) as client:
        for sql in (
            "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
            "SELECT " + "NOT " * 20_000 + "true",
            "SELECT 1" + "+1" * 20_000,
            "SELECT * FROM " + "(SELECT * FROM " * 5_000 + "t" + ") x" * 5_000,
            " UNION ALL ".join(["SELECT 1"] * 10_000),
        ):
            assert client.query(sql)[-2:] in (["E:54001", "Z:I"], ["E:53200", "Z:I"], ["E:42601", "Z:I"]), sql[:60]
        many = "SELECT 1 WHERE 1 IN (" + ", ".join(map(str, range(50_000))) + ")"
        assert client.query(many) == ["T:?column?", "D:1", "C:SELECT 1", "Z:I"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT repeat('x', 1000000) FROM generate_series(1, 100)",
        "SELECT repeat('x', 100000000)",
        "SELECT repeat('x', 90) FROM generate_series(1, 1000000)",
        "COPY (SELECT repeat('x', 100000) FROM generate_series(1, 1000)) TO STDOUT",
    ],
    ids=["rows of a megabyte", "one row", "many rows", "copy"],
)
@pytest.mark.parametrize("how", ["alone", "in a transaction"])
def test_a_slow_reader_costs_no_memory(dsql: Database, sql: str, how: str) -> None:
    needs_proc()
    with connect(dsql, seconds=60) as client, connect(dsql) as other:
        if how != "alone":
            client.query("BEGIN")
        before = resident()
        client.send(query(sql))
        time.sleep(1.0)
        assert other.query("SELECT 1")[-1] == "Z:I"  # nobody else waits
        assert resident() - before < 30 * MEGABYTE
        taken, tail = 0, b""
        while not tail.endswith(b"Z\0\0\0\5" + (b"I" if how == "alone" else b"T")):
            data = client.socket.recv(1 << 20)
            assert data, "the connection ended"
            taken += len(data)
            tail = (tail + data)[-6:]
        assert taken > 90 * MEGABYTE
        assert resident() - before < 60 * MEGABYTE


def test_a_slow_writer_of_copy_holds_nobody_up(dsql: Database) -> None:
    with connect(dsql) as client, connect(dsql) as other:
        client.send(query("COPY t (id) FROM STDIN"))
        assert client.read().kind == "G"
        for at, byte in enumerate(copy_data(b"1\n2\n3\n") + COPY_DONE):
            client.send(bytes([byte]))
            if at % 4 == 0:
                assert other.query(f"INSERT INTO t VALUES ({100 + at})")[-1] == "Z:I"
        assert [str(message) for message in client.until_ready()] == ["C:COPY 3", "Z:I"]


def test_a_copy_of_too_much_costs_little_memory(dsql: Database) -> None:
    needs_proc()
    with connect(dsql, seconds=120) as client:
        before = resident()
        client.send(query("COPY t FROM STDIN"))
        assert client.read().kind == "G"
        most = before
        for number in range(250):
            client.send(copy_data(b"%d\t" % number + b"x" * MEGABYTE + b"\n"))
            most = max(most, resident())
        client.send(COPY_DONE)
        answer = [str(message) for message in client.until_ready()]
        assert answer == ["E:54000", "Z:I"]
        assert (max(most, resident()) - before) // MEGABYTE < 150
    assert count(dsql) == "D:0"


def test_twenty_thousand_statements_in_a_pipeline(dsql: Database) -> None:
    with connect(dsql, seconds=120) as client:
        step = parse("", "SELECT $1::int") + bind("", "", [b"7"]) + describe("P") + execute()
        sender = threading.Thread(target=client.send, args=(step * 20_000, SYNC))
        sender.start()
        answer = client.until_ready()
        sender.join()
        assert sum(str(message) == "D:7" for message in answer) == 20_000
        assert str(answer[-1]) == "Z:I"


def test_two_thousand_statements_in_a_query(dsql: Database) -> None:
    with connect(dsql, seconds=120) as client:
        answer = client.query("SELECT 1;" * 2_000)
        assert answer.count("C:SELECT 1") == 2_000


def test_many_prepared_statements(dsql: Database) -> None:
    with connect(dsql, seconds=120) as client:
        client.send(*(parse(f"s{number}", f"SELECT {number}") for number in range(5_000)), SYNC)
        assert sum(message.kind == "1" for message in client.until_ready()) == 5_000
        for number in (0, 2_500, 4_999):
            assert client.ask(bind("", f"s{number}"), execute(), SYNC)[1] == f"D:{number}"


# -- cancel -----------------------------------------------------------------------------------------------------------


def cancel(dsql: Database, client: RawClient, *, wrong: bool = False) -> None:
    """Send a CancelRequest with the key of the client, or with another one."""
    (key,) = (message.body for message in client.started if message.kind == "K")
    key = key[:4] + bytes(byte ^ wrong for byte in key[4:])
    with RawClient(dsql.host, dsql.port, begin=False) as other:
        other.send(struct.pack("!II", 8 + len(key), 80877102) + key)
        assert other.until_end() == []


def ends(client: RawClient, seconds: float) -> bool:
    """Whether the statement under way ends within the time."""
    before = client.socket.gettimeout()
    client.socket.settimeout(seconds)
    try:
        while client.read().kind not in "EZ":
            pass
    except TimeoutError:
        return False
    finally:
        client.socket.settimeout(before)
    return True


@pytest.mark.parametrize("block", [False, True])
@pytest.mark.parametrize("extended", [False, True])
def test_a_running_statement_is_cancelled(dsql: Database, block: bool, extended: bool) -> None:
    with connect(dsql) as client:
        if block:
            client.query("BEGIN")
        sleep = "SELECT pg_sleep(100)"
        client.send(parse("", sleep) + bind() + execute() + SYNC if extended else query(sleep))
        time.sleep(0.3)
        cancel(dsql, client, wrong=True)
        assert not ends(client, 0.3)
        cancel(dsql, client)
        assert [str(message) for message in client.until_ready()][-2:] == ["E:57014", "Z:E" if block else "Z:I"]
        client.query("ROLLBACK")
        assert client.query("SELECT 1")[-1] == "Z:I"


def test_a_copy_is_cancelled(dsql: Database) -> None:
    with connect(dsql) as client:
        client.send(query("COPY t (id) FROM STDIN"))
        assert client.read().kind == "G"
        client.send(copy_data(b"1\n"))
        time.sleep(0.2)
        cancel(dsql, client)
        time.sleep(0.3)
        client.send(COPY_DONE)
        assert [str(message) for message in client.until_ready()][-2:] == ["E:57014", "Z:I"]
        assert client.query("SELECT count(*) FROM t")[1] == "D:0"


def test_a_cancel_of_an_idle_session_changes_nothing(dsql: Database) -> None:
    with connect(dsql) as client:
        client.query("BEGIN; INSERT INTO t VALUES (1)")
        cancel(dsql, client)
        time.sleep(0.2)
        assert client.query("COMMIT") == ["C:COMMIT", "Z:I"]


# -- backends that die ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["idle", "open", "running", "copying"])
def test_a_backend_that_is_ended_ends_its_client_alone(dsql: Database, state: str) -> None:
    with connect(dsql) as client:
        if state == "open":
            client.query("BEGIN; INSERT INTO t VALUES (1)")
        elif state == "running":
            client.send(query("SELECT pg_sleep(100)"))
            time.sleep(0.2)
        elif state == "copying":
            client.send(query("COPY t (id) FROM STDIN"))
            assert client.read().kind == "G"
        (pid,) = backends(dsql.engine.server.dsn(), dsql.database)
        with connect(dsql) as other:
            with psycopg.connect(dsql.engine.server.dsn(), autocommit=True) as superuser:
                superuser.execute("SELECT pg_terminate_backend(%s)", [pid])
            told = client.until_end()
            assert [str(message) for message in told if message.kind == "E"] in (["E:57P01"], [])
            assert other.query("SELECT count(*) FROM t")[1] == "D:0"
