"""Where DSQL refuses nothing the gateway answers as PostgreSQL does, message by message, whatever a client sends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict
from support.rawclient import (
    COPY_DONE,
    FLUSH,
    SYNC,
    TERMINATE,
    Message,
    RawClient,
    bind,
    close,
    copy_data,
    copy_fail,
    describe,
    execute,
    parse,
    query,
)

from dsql_migrate.engine.local import LocalDsql

pytestmark = pytest.mark.server

TABLE = "CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 0)"
# One a line. What PostgreSQL itself refuses is as welcome as the rest.
STATEMENTS = """
SELECT 1
SELECT generate_series(1, 4)
SELECT id, v FROM t ORDER BY id
SELECT $1::int + 1
-- nothing
INSERT INTO t VALUES (5)
INSERT INTO t VALUES (1)
INSERT INTO t SELECT generate_series(10, 12) RETURNING id
UPDATE t SET v = v + 1 WHERE id < 3
UPDATE t SET v = $1::int
DELETE FROM t WHERE id = 2
WITH d AS (DELETE FROM t RETURNING id) SELECT id FROM d ORDER BY id
SELECT 1 / 0
SELECT 1 / (SELECT 0)
SELEC 1
SELECT * FROM nowhere
BEGIN
START TRANSACTION
COMMIT
END
COMMIT AND CHAIN
ROLLBACK
ROLLBACK AND CHAIN
SET application_name = 'x'
SHOW application_name
RESET ALL
DEALLOCATE ALL
""".strip("\n").split("\n")
STATEMENTS.append("")


def full(name: str, text: str) -> bytes:
    return parse(name, text) + bind("", name) + describe("P") + execute()


def copy(data: bytes, end: bytes) -> bytes:
    return query("COPY t FROM STDIN") + copy_data(data) + end


def extended_copy(data: bytes) -> bytes:
    return parse("", "COPY t FROM STDIN") + bind() + execute() + SYNC + copy_data(data) + COPY_DONE + SYNC


sql = st.sampled_from(STATEMENTS)
texts = st.lists(sql, min_size=1, max_size=4).map("\n;".join)
name = st.sampled_from(["", "a"])
portal = st.sampled_from(["", "p"])
parameters = st.sampled_from([(), (b"1",), (b"x",), (None,)])
rows = st.sampled_from([b"7\t1\n", b"1\t1\n", b"x\n", b""])
messages = st.one_of(
    st.builds(parse, name, sql),
    st.builds(bind, portal, name, parameters),
    st.builds(describe, st.just("S"), name),
    st.builds(describe, st.just("P"), portal),
    st.builds(execute, portal, st.sampled_from([0, 0, 1, 2])),
    st.builds(close, st.just("S"), name),
    st.builds(close, st.just("P"), portal),
    st.builds(full, name, sql),
    st.builds(full, st.just(""), sql),
    st.just(SYNC),
    st.just(FLUSH),
    st.builds(query, texts),
    st.builds(copy, rows, st.sampled_from([COPY_DONE, copy_fail("no")])),
    st.builds(extended_copy, rows),
    st.just(query("COPY (SELECT id FROM t ORDER BY id) TO STDOUT")),
    st.sampled_from([copy_data(b"stray"), COPY_DONE, copy_fail("stray")]),
)
thorough = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


class Sides:
    """The same table behind the gateway, and on a plain PostgreSQL in repeatable read."""

    def __init__(self, engine: LocalDsql, plain: str) -> None:
        self.engine = engine
        self.database = engine.new_database()
        self.plain = engine.server.create_database(plain)
        self.folder = str(conninfo_to_dict(self.plain)["host"])
        self.name = plain
        for client in (self.ours(), self.theirs()):
            with client:
                assert client.query(TABLE)[0] == "C:CREATE TABLE"

    def ours(self) -> RawClient:
        return RawClient(self.engine.host, self.engine.port, self.database)

    def theirs(self) -> RawClient:
        return RawClient(self.folder, 5432, self.name, user="postgres", default_transaction_isolation="repeatable read")


@pytest.fixture(scope="module")
def sides(dsql_server: LocalDsql) -> Iterator[Sides]:
    made = Sides(dsql_server, "as_postgres")
    yield made
    dsql_server.drop_database(made.database)
    dsql_server.drop_database(made.name)


def told(message: Message) -> str:
    """What has to be the same: errors with their text, columns with their types."""
    if message.kind in "EN":
        return f"{message.kind}:{message.fields['C']} {message.fields['M']}"
    return f"T:{message.columns}" if message.kind == "T" else str(message)


def answers(client: RawClient, sent: bytes) -> tuple[list[str], dict[str, str]]:
    """The answers in order; and the settings told, which may come at any time."""
    with client:
        client.query("DELETE FROM t")
        client.query("INSERT INTO t VALUES (1), (2), (3)")
        client.send(sent, TERMINATE)
        lines = [told(message) for message in client.until_end()]
    settings = {"application_name": ""}
    settings |= dict(line[2:].split("=", 1) for line in lines if line.startswith("S:"))
    return [line for line in lines if not line.startswith("S:")], settings


AFTERWARDS = SYNC + query("ROLLBACK") + query("SELECT * FROM t ORDER BY id")


@thorough
@given(st.lists(messages, min_size=1, max_size=12))
@example([query("BEGIN; INSERT INTO t VALUES (5)"), query("INSERT INTO t VALUES (1); COMMIT"), query("COMMIT")])
@example([full("", "INSERT INTO t VALUES (5)"), query("ROLLBACK"), SYNC])
@example([parse("", "SELECT 1"), query("SELEC 1"), bind(), SYNC])
@example([full("", "INSERT INTO t VALUES (5)"), parse("", "SELECT 1"), parse("", "SELEC 1")])
@example([full("", "INSERT INTO t VALUES (5)"), parse("a", "SELECT 1"), full("a", "BEGIN")])
@example([query("BEGIN READ ONLY"), query("COMMIT AND CHAIN"), query("INSERT INTO t VALUES (5)")])
@example([full("", "BEGIN"), full("", "SELECT 1 / 0"), SYNC, query("COMMIT")])
def test_any_sequence_of_messages_gets_postgres_s_answer(sides: Sides, sent: list[bytes]) -> None:
    stream = b"".join(sent) + AFTERWARDS
    assert answers(sides.ours(), stream) == answers(sides.theirs(), stream)


@thorough
@given(st.lists(st.lists(sql.filter(lambda text: "$1" not in text), min_size=1, max_size=6), min_size=1, max_size=3))
def test_any_combination_of_statements_in_a_query_gets_postgres_s_answer(sides: Sides, sent: list[list[str]]) -> None:
    stream = b"".join(query("\n;".join(listed)) for listed in sent) + AFTERWARDS
    assert answers(sides.ours(), stream) == answers(sides.theirs(), stream)
