"""What a session has done, locked and set is there again after another session was in its way."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from support.sessions import Answer, Session

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server

CONFLICT = "40001 change conflicts with another transaction (OC000)"
VALUES = r"""
    (1, 'a,b "quoted" \ (x)', ' ', 1.500, '2026-01-02 03:04:05.678+02', 'infinity', '\x00ff5c22', '[{"a": "b"}]', 3.14),
    (2, '', NULL, NULL, NULL, NULL, NULL, NULL, 'NaN'),
    (3, E'two\nlines\té', 'ab ', -0.001, '-infinity', '0044-03-15 BC', '', '"x"', '-Infinity')
"""


@pytest.fixture
def sessions(dsql: Database) -> Iterator[tuple[Session, Session]]:
    one, other = Session(dsql.dsn), Session(dsql.dsn, extended=True)
    for sql in (
        "CREATE TABLE test (id int PRIMARY KEY, value int)",
        "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES test)",
        "CREATE VIEW few AS SELECT * FROM test WHERE id < 100",
        "CREATE FUNCTION bump(int) RETURNS void LANGUAGE sql AS 'UPDATE test SET value = value + 1 WHERE id = $1'",
        "INSERT INTO test VALUES (1, 10), (2, 20), (3, 30)",
    ):
        assert one(sql).sqlstate is None
    yield one, other
    one.close()
    other.close()


def short(answer: Answer) -> str:
    return f"{answer.sqlstate} {answer.message}" if answer.sqlstate else answer.tag or ""


def begin(*sessions: Session) -> None:
    for session in sessions:
        session("BEGIN")


def disturb(one: Session, other: Session) -> None:
    """The other session takes what the first one holds, and gives it up again."""
    begin(other)
    assert other("UPDATE test SET value = -1").sqlstate is None
    assert other("ROLLBACK").tag == "ROLLBACK"


def test_values_of_every_kind_come_back_as_they_were(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    types = "t text, c char(3), n numeric(10,3), at timestamptz, d date, b bytea, j jsonb, f float8"
    one(f"CREATE TABLE odd (id int PRIMARY KEY, {types}, double int GENERATED ALWAYS AS (id * 2) STORED)")
    begin(one)
    assert one("UPDATE test SET value = 11 WHERE id = 1").tag == "UPDATE 1"
    assert one(f"INSERT INTO odd VALUES {VALUES}").tag == "INSERT 0 3"
    assert one("UPDATE odd SET t = t || '''' WHERE id = 3").tag == "UPDATE 1"
    before = one("SELECT odd::text FROM odd ORDER BY id").rows
    disturb(one, other)
    assert one("SELECT odd::text FROM odd ORDER BY id").rows == before
    disturb(one, other)
    assert one("COMMIT").tag == "COMMIT"
    assert other("SELECT odd::text FROM odd ORDER BY id").rows == before


def test_settings_and_numbers_drawn_stay(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("CREATE SEQUENCE counted CACHE 1")
    begin(one)
    one("SET LOCAL search_path = pg_catalog, public")
    one("UPDATE test SET value = 11 WHERE id = 1")
    began = one("SELECT now()").rows
    drawn = one("SELECT nextval('counted')").rows
    disturb(one, other)
    assert one("SELECT current_setting('search_path')").rows == (("pg_catalog, public",),)
    assert one("SELECT now()").rows == began
    assert one("SELECT currval('counted')").rows == drawn
    assert one("SELECT value FROM test WHERE id = 1").rows == ((11,),)
    assert one("COMMIT").tag == "COMMIT"


def test_rows_without_a_key_are_changed_as_many_as_there_were(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("CREATE TABLE loose (a int)")
    one("INSERT INTO loose VALUES (1), (1), (2), (NULL), (NULL)")
    begin(one)
    one("UPDATE test SET value = 11 WHERE id = 1")
    assert one("UPDATE loose SET a = 3 WHERE a = 1").tag == "UPDATE 2"
    assert one("INSERT INTO loose VALUES (3), (NULL)").tag == "INSERT 0 2"
    assert one("DELETE FROM loose WHERE a IS NULL").tag == "DELETE 3"
    assert one("INSERT INTO loose VALUES (NULL)").tag == "INSERT 0 1"
    disturb(one, other)
    assert one("COMMIT").tag == "COMMIT"
    assert sorted(other("SELECT coalesce(a, 0) FROM loose").rows) == [(0,), (2,), (3,), (3,), (3,)]


@pytest.mark.parametrize(("changed", "verdict"), [(1, CONFLICT), (2, "COMMIT"), (5, "COMMIT")])
def test_rows_without_a_key_conflict_by_what_they_hold(
    sessions: tuple[Session, Session], changed: int, verdict: str
) -> None:
    one, other = sessions
    one("CREATE TABLE loose (a int)")
    one("INSERT INTO loose VALUES (1), (1), (2)")
    begin(one, other)
    assert one("UPDATE loose SET a = 5 WHERE a = 1").tag == "UPDATE 2"
    assert other("INSERT INTO loose VALUES (5)").tag == "INSERT 0 1"
    assert other(f"DELETE FROM loose WHERE a = {changed}").sqlstate is None
    assert one("COMMIT").tag == "COMMIT"
    assert short(other("COMMIT")) == verdict


@pytest.mark.parametrize(
    ("locks", "conflicts"),
    [
        ("SELECT * FROM few WHERE id = 1 FOR UPDATE", True),
        ("SELECT * FROM few WHERE id = 2 FOR UPDATE", False),
        ("SELECT * FROM test a JOIN child b ON b.parent = a.id FOR UPDATE OF b", False),
        ("SELECT * FROM test a LEFT JOIN child b ON b.parent = a.id WHERE a.id = 1 FOR UPDATE OF a", True),
        ("WITH x AS (SELECT * FROM test WHERE id = 1 FOR UPDATE) SELECT * FROM x", True),
        ("SELECT * FROM (SELECT * FROM test WHERE id = 1 FOR KEY SHARE) x", True),
        ("SELECT count(*) FROM test WHERE id = 1", False),
    ],
)
@pytest.mark.parametrize("disturbed", [False, True])
def test_locks_are_seen_however_they_were_asked_for(
    sessions: tuple[Session, Session], locks: str, conflicts: bool, disturbed: bool
) -> None:
    one, other = sessions
    begin(one)
    assert one(locks).sqlstate is None
    if disturbed:
        disturb(one, other)
    begin(other)
    assert other("DELETE FROM test WHERE id = 1").tag == "DELETE 1"
    assert one("COMMIT").tag == "COMMIT"
    assert short(other("COMMIT")) == (CONFLICT if conflicts else "COMMIT")


@pytest.mark.parametrize(("changed", "verdict"), [(1, CONFLICT), (2, "COMMIT")])
def test_a_lock_counts_though_its_row_was_changed_and_no_other_row_does(
    sessions: tuple[Session, Session], changed: int, verdict: str
) -> None:
    one, other = sessions
    begin(one, other)
    assert one("SELECT * FROM test WHERE id = 1 FOR UPDATE").tag == "SELECT 1"
    assert one(f"UPDATE test SET value = 0 WHERE id = {changed}").tag == "UPDATE 1"
    assert other(f"INSERT INTO child VALUES (1, {changed})").tag == "INSERT 0 1"
    assert one("COMMIT").tag == "COMMIT"
    assert short(other("COMMIT")) == verdict, "a child shares the key of its parent"


def test_a_lock_outside_a_block_conflicts_with_an_older_change(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    begin(one)
    one("UPDATE test SET value = 0 WHERE id = 1")
    assert other("SELECT * FROM test WHERE id = 1 FOR UPDATE").rows == ((1, 10),)
    assert short(one("COMMIT")) == CONFLICT


def test_what_functions_and_views_change_conflicts(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    begin(one, other)
    assert one("UPDATE few SET value = 0 WHERE id = 1").tag == "UPDATE 1"
    assert other("SELECT bump(1)").tag == "SELECT 1"
    assert other("SELECT value FROM test WHERE id = 1").rows == ((11,),)
    assert other("COMMIT").tag == "COMMIT"
    assert short(one("COMMIT")) == CONFLICT


def test_statements_sent_as_one_message_are_one_transaction(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    begin(other)
    assert other("UPDATE test SET value = 0 WHERE id = 2").tag == "UPDATE 1"
    both = one("UPDATE test SET value = 1 WHERE id = 1; UPDATE test SET value = 1 WHERE id = 2")
    assert both.sqlstate is None
    assert short(other("COMMIT")) == CONFLICT
    assert sorted(one("SELECT value FROM test WHERE id < 3").rows) == [(1,), (1,)]


def test_rows_copied_in_conflict_as_rows_inserted(dsql: Database, sessions: tuple[Session, Session]) -> None:
    one, _ = sessions
    with dsql.connect() as loader:
        loader.execute("BEGIN")
        begin(one)
        assert one("INSERT INTO test VALUES (7, 0)").tag == "INSERT 0 1"
        with loader.cursor().copy("COPY test FROM STDIN") as copy:
            copy.write_row((7, 70))
            copy.write_row((8, 80))
        assert loader.execute("SELECT count(*) FROM test").fetchone() == (5,)
        assert one("COMMIT").tag == "COMMIT"
        with pytest.raises(psycopg.errors.SerializationFailure, match="OC000"):
            loader.execute("COMMIT")
    assert sorted(one("SELECT id FROM test WHERE id > 6").rows) == [(7,)]


def test_a_loser_goes_on_in_tables_that_change_after_it_has_lost(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    one("CREATE TABLE second (id int PRIMARY KEY, value int)")
    one("INSERT INTO second VALUES (1, 1), (2, 2)")
    begin(one)
    one("SELECT * FROM test")
    assert other("UPDATE test SET value = 0 WHERE id = 1").tag == "UPDATE 1"
    assert one("UPDATE test SET value = value + 1").tag == "UPDATE 3"
    assert other("UPDATE second SET value = 0 WHERE id = 1").tag == "UPDATE 1"
    assert sorted(one("SELECT * FROM second FOR UPDATE").rows) == [(1, 1), (2, 2)]
    assert other("DELETE FROM second WHERE id = 2").tag == "DELETE 1"
    assert one("UPDATE second SET value = value + 1").tag == "UPDATE 2"
    assert sorted(one("SELECT * FROM second").rows) == [(1, 2), (2, 3)]
    assert sorted(one("SELECT value FROM test").rows) == [(11,), (21,), (31,)]
    assert short(one("COMMIT")) == CONFLICT


@pytest.mark.parametrize("early", [True, False])
def test_constraints_made_immediate_see_the_snapshot(sessions: tuple[Session, Session], early: bool) -> None:
    one, other = sessions
    one("CREATE TABLE late (id int PRIMARY KEY, parent int REFERENCES test DEFERRABLE INITIALLY DEFERRED)")
    begin(one)
    assert len(one("SELECT * FROM test").rows) == 3
    if early:
        assert one("SET CONSTRAINTS ALL IMMEDIATE").tag == "SET CONSTRAINTS"
    else:
        assert one("DELETE FROM test WHERE id = 3").tag == "DELETE 1"
    assert other("INSERT INTO late VALUES (1, 3)").tag == "INSERT 0 1"
    if early:
        assert one("DELETE FROM test WHERE id = 3").tag == "DELETE 1"
    else:
        assert one("SET CONSTRAINTS ALL IMMEDIATE").tag == "SET CONSTRAINTS"
    assert sorted(one("SELECT id FROM test").rows) == [(1,), (2,)]
    assert short(one("COMMIT")) == CONFLICT


@pytest.mark.parametrize("index", ["(value) WHERE value > 5", "(lower(text))"])
def test_entries_of_unique_indexes_that_are_no_keys_conflict_at_commit(
    sessions: tuple[Session, Session], index: str
) -> None:
    one, other = sessions
    one("CREATE TABLE t (id int PRIMARY KEY, value int, text text)")
    ((job,),) = one(f"CREATE UNIQUE INDEX ASYNC ON t {index}").rows
    assert one(f"CALL sys.wait_for_job('{job}')").sqlstate is None
    begin(one, other)
    assert one("INSERT INTO t VALUES (1, 6, 'Word')").tag == "INSERT 0 1"
    assert len(other("SELECT * FROM t").rows) == 0
    assert one("COMMIT").tag == "COMMIT"
    assert other("INSERT INTO t VALUES (2, 6, 'wOrd')").tag == "INSERT 0 1"
    assert other("SELECT id FROM t").rows == ((2,),)
    assert short(other("COMMIT")) == CONFLICT
    assert other("INSERT INTO t VALUES (3, 6, 'word')").sqlstate == "23505"


def test_a_key_that_another_freed_is_still_taken_in_an_older_snapshot(sessions: tuple[Session, Session]) -> None:
    one, other = sessions
    begin(one)
    assert len(one("SELECT * FROM test").rows) == 3
    assert other("DELETE FROM test WHERE id = 1").tag == "DELETE 1"
    assert one("INSERT INTO test VALUES (1, 11)").sqlstate == "23505"
    assert one("ROLLBACK").tag == "ROLLBACK"
    assert one("INSERT INTO test VALUES (1, 11)").tag == "INSERT 0 1"
