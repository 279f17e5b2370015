"""What cannot be read is refused as PostgreSQL refuses it: SQLSTATE, words and place."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def ours(dsql: Database) -> Iterator[Connection]:
    with dsql.connect() as connection:
        yield connection


@pytest.fixture
def plain(dsql: Database) -> Iterator[Connection]:
    """The server behind the gateway."""
    with psycopg.connect(dsql.engine.server.dsn(dsql.database), autocommit=True) as connection:
        yield connection


def answer(connection: Connection, text: str) -> tuple[str | None, ...]:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(text.encode())
    told = caught.value.diag
    return told.sqlstate, told.message_primary, told.statement_position


@pytest.mark.parametrize(
    "text",
    [
        "SELECT name\nFROM person WHERE",
        "SELECT 1 +;",
        "SELECT 1; SELECT 2 +; SELECT 3",
        "SELECT 'é'; SELEC 2",
        "SELECT é FROM WHERE",
        "SELECT (1;",
        "SELECT 'abc",
        "/* abc",
        "SELECT 1a",
        "SELECT 0x",
        "SELECT E'\\u00'",
        "CREATE TABLE t (a int) foo",
        "SELECT 'é'; SELECT nocol FROM pg_class",
        ";; SELECT nocol FROM pg_class",
    ],
)
def test_as_postgresql_says_it(ours: Connection, plain: Connection, text: str) -> None:
    assert answer(ours, text) == answer(plain, text)


def test_nothing_of_a_message_runs_that_cannot_be_read_as_a_whole(ours: Connection) -> None:
    assert answer(ours, "CREATE TABLE t (a int); SELECT 1 +;")[0] == "42601"
    assert ours.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_an_asynchronous_statement_beside_it_is_not_what_is_wrong(ours: Connection) -> None:
    assert answer(ours, "CREATE INDEX ASYNC i ON t (a); SELECT 1 +;") == ("42601", 'syntax error at or near ";"', "42")


def test_what_only_a_newer_grammar_takes_is_refused_too(ours: Connection) -> None:
    assert answer(ours, "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) VIRTUAL)")[0] == "42601"


@pytest.mark.parametrize("hidden", ["CREATE TABLE t (a grade, b int[])", "TRUNCATE u"])
def test_what_stands_behind_the_end_of_a_failed_block_is_judged(ours: Connection, hidden: str) -> None:
    ours.execute("CREATE DOMAIN grade AS int")
    ours.execute("BEGIN")
    assert answer(ours, "SELECT 1 +")[0] == "42601"
    assert answer(ours, "SELECT 1")[0] == "25P02"
    assert answer(ours, "SELECT 1 +")[0] == "42601"
    assert answer(ours, f"ROLLBACK; CREATE TABLE u (a grade); {hidden}")[0] == "0A000"
    assert ours.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert ours.execute("SELECT to_regclass('t')").fetchone() == (None,)
