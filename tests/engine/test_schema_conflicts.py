"""A transaction that began before another's change of the catalogue gets OC001, and nobody waits for a table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.sessions import Session

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server

CHANGED = "40001 schema has been updated by another transaction (OC001)"
CHANGES = [
    "CREATE TABLE another (id int PRIMARY KEY)",
    "ALTER TABLE test ADD COLUMN extra int",
    "ALTER TABLE test RENAME COLUMN value TO amount",
    "DROP TABLE bystander",
    "CREATE VIEW shown AS SELECT * FROM test",
    "CREATE SEQUENCE counted CACHE 1",
    "GRANT SELECT ON test TO PUBLIC",
    "REVOKE ALL ON test FROM PUBLIC",
]


@pytest.fixture
def sessions(dsql: Database) -> Iterator[tuple[Session, Session]]:
    one, other = Session(dsql.dsn), Session(dsql.dsn, extended=True)
    for sql in (
        "CREATE TABLE test (id int PRIMARY KEY, value int)",
        "CREATE TABLE bystander (id int PRIMARY KEY)",
        "INSERT INTO test VALUES (1, 10), (2, 20)",
    ):
        assert one(sql).sqlstate is None
    yield one, other
    one.close()
    other.close()


def told(session: Session, sql: str) -> str:
    answer = session(sql)
    return f"{answer.sqlstate} {answer.message}" if answer.sqlstate else answer.tag or ""


@pytest.mark.parametrize("change", CHANGES, ids=lambda sql: " ".join(sql.split()[:2]))
def test_the_next_statement_of_an_older_transaction_is_refused(sessions: tuple[Session, Session], change: str) -> None:
    one, other = sessions
    one("BEGIN")
    assert told(one, "SELECT id FROM test") == "SELECT 2"
    assert other(change).sqlstate is None
    assert told(one, "SELECT id FROM test") == CHANGED
    assert told(one, "SELECT id FROM test").startswith("25P02")
    assert told(one, "ROLLBACK") == "ROLLBACK"
    one("BEGIN")
    assert told(one, "SELECT id FROM test") == "SELECT 2", "the retry succeeds at once"
    assert told(one, "COMMIT") == "COMMIT"


@pytest.mark.parametrize("change", CHANGES, ids=lambda sql: " ".join(sql.split()[:2]))
def test_so_is_its_commit_and_nothing_of_it_is_stored(sessions: tuple[Session, Session], change: str) -> None:
    one, other = sessions
    one("BEGIN")
    assert told(one, "DELETE FROM test WHERE id = 1") == "DELETE 1"
    assert other(change).sqlstate is None
    assert told(one, "COMMIT") == CHANGED
    assert told(one, "SELECT id FROM test") == "SELECT 2"


def test_a_transaction_that_only_reads_gets_it_too(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("BEGIN READ ONLY")
    one("SELECT id FROM test")
    other("CREATE TABLE another (id int)")
    assert told(one, "COMMIT") == CHANGED


def test_one_that_has_not_run_a_statement_yet_is_not_older(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("BEGIN")
    other("ALTER TABLE test ADD COLUMN extra int")
    assert told(one, "SELECT extra FROM test") == "SELECT 2"
    assert told(one, "COMMIT") == "COMMIT"


def test_an_index_that_was_built_in_the_background_counts(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    ((job,),) = other("CREATE INDEX ASYNC ON test (value)").rows
    one("BEGIN")
    assert told(one, "SELECT id FROM test") == "SELECT 2"
    assert other(f"CALL sys.wait_for_job('{job}')").sqlstate is None
    assert told(one, "SELECT id FROM test") == CHANGED


def test_of_two_changes_of_the_catalogue_the_first_to_commit_wins(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    for session, table in ((one, "first"), (other, "second")):
        session("BEGIN")
        assert told(session, f"CREATE TABLE {table} (id int)") == "CREATE TABLE"
    assert told(other, "COMMIT") == "COMMIT"
    assert told(one, "COMMIT") == CHANGED
    assert told(one, "SELECT * FROM first").startswith("42P01")


def test_a_change_does_not_wait_for_those_who_read_or_write_the_table(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("BEGIN")
    one("SELECT * FROM test FOR UPDATE")
    one("UPDATE test SET value = 0")
    assert told(other, "DROP TABLE test") == "DROP TABLE"
    assert told(one, "UPDATE test SET value = 1") == CHANGED
    assert told(one, "ROLLBACK") == "ROLLBACK"
    assert told(one, "SELECT * FROM test").startswith("42P01")


def test_nobody_waits_for_a_change_that_is_not_committed(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("BEGIN")
    assert told(one, "ALTER TABLE test ADD COLUMN extra int") == "ALTER TABLE"
    assert told(other, "SELECT * FROM test") == "SELECT 2"
    assert told(other, "UPDATE test SET value = 0 WHERE id = 1") == "UPDATE 1"
    assert len(other("SELECT * FROM test").rows[0]) == 2, "no column that is not committed"
    assert told(one, "SELECT extra FROM test") == "SELECT 2"
    assert told(one, "COMMIT") == "COMMIT"
    assert sorted(other("SELECT id, value, extra FROM test").rows) == [(1, 0, None), (2, 20, None)]


def test_a_change_that_is_rolled_back_disturbs_nobody(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("BEGIN")
    other("BEGIN")
    assert told(other, "UPDATE test SET value = 1 WHERE id = 1") == "UPDATE 1"
    assert told(one, "ALTER TABLE test DROP COLUMN value") == "ALTER TABLE"
    assert told(one, "ROLLBACK") == "ROLLBACK"
    assert told(other, "UPDATE test SET value = 2 WHERE id = 2") == "UPDATE 1"
    assert told(other, "COMMIT") == "COMMIT"
    assert sorted(one("SELECT * FROM test").rows) == [(1, 1), (2, 2)]
