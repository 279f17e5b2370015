"""What a client sees of the gateway in a first conversation: answers, transactions, conflicts."""

from __future__ import annotations

import random
from collections.abc import Iterator

import psycopg
import pytest

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server

Connection = psycopg.Connection[tuple[object, ...]]
OC000 = ("40001", "change conflicts with another transaction (OC000)")
OC001 = ("40001", "schema has been updated by another transaction (OC001)")


@pytest.fixture
def one(dsql: Database) -> Iterator[Connection]:
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)")
        connection.execute("INSERT INTO account SELECT g, 100 FROM generate_series(1, 5) g")
        yield connection


@pytest.fixture
def other(dsql: Database, one: Connection) -> Iterator[Connection]:
    with dsql.connect() as connection:
        yield connection


def refused(connection: Connection, sql: str) -> tuple[str | None, str | None]:
    with pytest.raises(psycopg.Error) as caught:
        connection.execute(sql.encode())
    return caught.value.sqlstate, caught.value.diag.message_primary


def test_it_reports_the_version_of_the_service(one: Connection) -> None:
    assert one.info.parameter_status("server_version") == "16.15"
    assert one.execute("SHOW server_version").fetchone() == ("16.15",)
    assert one.execute("SELECT version()").fetchone() == ("PostgreSQL 16",)


def test_what_the_service_does_not_take_is_refused_in_its_words(one: Connection) -> None:
    assert refused(one, "TRUNCATE account") == ("0A000", "unsupported statement: Truncate")
    assert one.info.transaction_status.name == "IDLE"


def test_a_refusal_aborts_an_open_transaction(one: Connection) -> None:
    one.execute("BEGIN")
    refused(one, "SAVEPOINT here")
    assert refused(one, "SELECT 1")[0] == "25P02"
    assert one.execute("COMMIT").statusmessage == "ROLLBACK"


def test_no_statement_waits_and_the_first_to_commit_wins(one: Connection, other: Connection) -> None:
    one.execute("BEGIN")
    other.execute("BEGIN")
    one.execute("UPDATE account SET balance = balance + 1 WHERE id = 1")
    assert other.execute("UPDATE account SET balance = balance - 1 WHERE id = 1 RETURNING balance").fetchone() == (99,)
    one.execute("COMMIT")
    assert other.execute("SELECT balance FROM account WHERE id = 1").fetchone() == (99,)
    assert refused(other, "COMMIT") == OC000
    assert other.execute("SELECT balance FROM account WHERE id = 1").fetchone() == (101,)


def test_a_row_that_a_commit_has_changed_can_still_be_changed_as_the_snapshot_has_it(
    one: Connection, other: Connection
) -> None:
    one.execute("BEGIN")
    one.execute("SELECT 1 FROM account")
    other.execute("UPDATE account SET balance = 0 WHERE id = 2")
    assert one.execute("UPDATE account SET balance = balance + 1 WHERE id = 2 RETURNING balance").fetchone() == (101,)
    assert refused(one, "COMMIT") == OC000
    assert one.execute("SELECT balance FROM account WHERE id = 2").fetchone() == (0,)


def test_an_error_of_the_statement_itself_stays_one(one: Connection, other: Connection) -> None:
    one.execute("BEGIN")
    one.execute("SELECT 1 FROM account")
    other.execute("UPDATE account SET balance = 0 WHERE id = 2")
    assert refused(one, "INSERT INTO account VALUES (1, 1)")[0] == "23505"


def test_a_change_of_the_schema_ends_older_transactions(one: Connection, other: Connection) -> None:
    one.execute("BEGIN")
    one.execute("SELECT 1 FROM account")
    other.execute("CREATE TABLE more (id int PRIMARY KEY)")
    assert refused(one, "SELECT 1 FROM account") == OC001


def test_a_message_of_several_statements_is_one_transaction(one: Connection) -> None:
    sql = "INSERT INTO account VALUES (7, 1); CREATE TABLE more (id int PRIMARY KEY)"
    assert refused(one, sql) == ("0A000", "ddl and dml are not supported in the same transaction")
    assert one.execute("SELECT count(*) FROM account").fetchone() == (5,)


def test_rows_are_limited_on_the_statement_that_is_too_much(one: Connection) -> None:
    one.execute("BEGIN")
    one.execute("INSERT INTO account SELECT g, 0 FROM generate_series(101, 3100) g")
    limit = ("54000", "transaction row limit exceeded")
    assert refused(one, "INSERT INTO account VALUES (9000, 0)") == limit
    assert one.execute("COMMIT").statusmessage == "ROLLBACK"


def test_copy_takes_rows(one: Connection) -> None:
    with one.cursor().copy("COPY account FROM STDIN") as copy:
        copy.write_row((1000, 1))
    assert one.execute("SELECT count(*) FROM account").fetchone() == (6,)


def test_a_pipeline_without_a_block_is_one_transaction(one: Connection) -> None:
    with one.pipeline():
        one.execute("INSERT INTO account VALUES (11, 1)")
        one.execute("INSERT INTO account VALUES (12, 1)")
        found = one.execute("SELECT count(*) FROM account WHERE id > 10")
        assert found.fetchone() == (2,)
    with pytest.raises(psycopg.errors.UniqueViolation), one.pipeline():  # noqa: PT012
        one.execute("INSERT INTO account VALUES (13, 1)")
        one.execute("INSERT INTO account VALUES (11, 1)")
    assert one.execute("SELECT count(*) FROM account WHERE id = 13").fetchone() == (0,)


@pytest.mark.parametrize(
    ("sql", "tag", "rows"),
    [
        ("SHOW server_version", "SHOW", 1),
        ("SHOW disable_sync_create_index", "SHOW", 1),
        ("CREATE INDEX ASYNC ON account (balance)", "CREATE INDEX", 1),
    ],
)
def test_answers_of_its_own_in_one_go_with_parse_and_bind(one: Connection, sql: str, tag: str, rows: int) -> None:
    for _ in range(2):
        found = one.pgconn.exec_params(sql.encode(), None)
        assert (found.command_status, found.ntuples, found.nfields) == (tag.encode(), rows, 1), found.error_message


def test_indexes_made_one_after_the_other_do_not_conflict(one: Connection) -> None:
    """While the job of one ends, the statement of the next runs; it is a transaction by itself."""
    for number in range(15):
        one.execute(f"CREATE INDEX ASYNC i{number} ON account (balance)".encode())


def test_bytes_of_a_block_are_counted_at_its_commit(one: Connection) -> None:
    one.execute("CREATE TABLE t (a text)")
    one.execute("BEGIN")
    for _ in range(11):
        one.execute("INSERT INTO t SELECT repeat('x', 1000000)")
    assert refused(one, "COMMIT") == ("54000", "transaction size limit 10mb exceeded")
    assert one.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_value_of_more_than_a_mebibyte_is_bound(one: Connection) -> None:
    one.execute("CREATE TABLE large (id int PRIMARY KEY, v text)")
    for length in (1 << 20, 3 << 20):
        one.execute("INSERT INTO large VALUES (%s, %s)", (length, "x" * length))
        one.execute("UPDATE large SET v = %s WHERE id = %s", ("y" * length, length))
    assert one.execute("SELECT length(v) FROM large ORDER BY id").fetchall() == [(1 << 20,), (3 << 20,)]


@pytest.mark.parametrize("length", [1982, 2600, 4000, 200_000])
def test_a_key_is_refused_in_the_services_words_however_large_it_is(one: Connection, length: int) -> None:
    """From 2704 bytes on PostgreSQL itself refuses it, and from 8191 on in yet other words."""
    one.execute("CREATE TABLE keyed (k text PRIMARY KEY)")
    value = random.Random(length).randbytes(length).hex()[:length]
    assert refused(one, f"INSERT INTO keyed VALUES ('{value}')") == ("54000", "key size too large")
    one.execute("BEGIN")
    assert refused(one, f"INSERT INTO keyed VALUES ('{value}')") == ("54000", "key size too large")
    assert refused(one, "SELECT 1")[0] == "25P02"
    one.execute("ROLLBACK")
