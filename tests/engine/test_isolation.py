"""Which anomalies the engine allows: the Hermitage suite, as its author found it on Aurora DSQL.

The results are those that Marc Brooker published (github.com/marcbrooker/hermitage, dsql.md). Each line of a schedule
is a session, its statement, and what it gets; a session's snapshot is that of its first statement.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.sessions import Session

from dsql_migrate.engine.local import LocalDsql

pytestmark = pytest.mark.server

ABORTS = "40001 change conflicts with another transaction (OC000)"


@pytest.fixture(scope="module", params=["simple", "extended"])
def connected(dsql_server: LocalDsql, request: pytest.FixtureRequest) -> Iterator[dict[str, Session]]:
    name = dsql_server.new_database()
    named = {each: Session(dsql_server.dsn(name), request.param == "extended") for each in ("T1", "T2", "T3")}
    named["T1"]("CREATE TABLE test (id int PRIMARY KEY, value int)")
    yield named
    for session in named.values():
        session.close()
    dsql_server.drop_database(name)


@pytest.fixture
def sessions(connected: dict[str, Session]) -> dict[str, Session]:
    for session in connected.values():
        session("ROLLBACK")
    connected["T1"]("DELETE FROM test")
    assert connected["T1"]("INSERT INTO test VALUES (1, 10), (2, 20)").tag == "INSERT 0 2"
    return connected


def play(sessions: dict[str, Session], schedule: str, final: str) -> None:
    """Runs the lines of a schedule, ``session: statement -> what it gets``, and reads the table when all is over."""
    for name in {line.split(":")[0].strip() for line in schedule.strip().splitlines()}:
        sessions[name]("BEGIN")
    for line in schedule.strip().splitlines():
        step, _, expected = line.partition("->")
        name, _, sql = step.strip().partition(": ")
        assert told(sessions[name], sql.strip()) == expected.strip(), line.strip()
    assert told(sessions["T3"], "SELECT * FROM test ORDER BY id") == final


def told(session: Session, sql: str) -> str:
    answer = session(sql)
    if answer.sqlstate:
        return f"{answer.sqlstate} {answer.message}"
    if sql.startswith("SELECT"):
        return " ".join("=".join(map(str, row)) for row in answer.rows) or "none"
    return answer.tag or ""


def test_g0_write_cycle(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T1: UPDATE test SET value = 21 WHERE id = 2 -> UPDATE 1
        T1: COMMIT -> COMMIT
        T2: UPDATE test SET value = 22 WHERE id = 2 -> UPDATE 1
        T2: SELECT * FROM test ORDER BY id -> 1=12 2=22
        T2: COMMIT -> {ABORTS}
        """,
        "1=11 2=21",
    )


def test_g1a_aborted_read(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: UPDATE test SET value = 101 WHERE id = 1 -> UPDATE 1
        T2: SELECT * FROM test ORDER BY id -> 1=10 2=20
        T1: ROLLBACK -> ROLLBACK
        T2: SELECT * FROM test ORDER BY id -> 1=10 2=20
        T2: COMMIT -> COMMIT
        """,
        "1=10 2=20",
    )


def test_g1b_intermediate_read(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: UPDATE test SET value = 101 WHERE id = 1 -> UPDATE 1
        T2: SELECT * FROM test ORDER BY id -> 1=10 2=20
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T1: COMMIT -> COMMIT
        T2: SELECT * FROM test ORDER BY id -> 1=10 2=20
        T2: COMMIT -> COMMIT
        """,
        "1=11 2=20",
    )


def test_g1c_circular_information_flow(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 22 WHERE id = 2 -> UPDATE 1
        T1: SELECT * FROM test WHERE id = 2 -> 2=20
        T2: SELECT * FROM test WHERE id = 1 -> 1=10
        T1: COMMIT -> COMMIT
        T2: COMMIT -> COMMIT
        """,
        "1=11 2=22",
    )


def test_otv_observed_transaction_vanishes(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T1: UPDATE test SET value = 19 WHERE id = 2 -> UPDATE 1
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T1: COMMIT -> COMMIT
        T3: SELECT * FROM test WHERE id = 1 -> 1=11
        T2: UPDATE test SET value = 18 WHERE id = 2 -> UPDATE 1
        T3: SELECT * FROM test WHERE id = 2 -> 2=19
        T2: COMMIT -> {ABORTS}
        T3: SELECT * FROM test ORDER BY id -> 1=11 2=19
        T3: COMMIT -> COMMIT
        """,
        "1=11 2=19",
    )


def test_pmp_predicate_many_preceders_read(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: SELECT * FROM test WHERE value = 30 -> none
        T2: INSERT INTO test (id, value) VALUES (3, 30) -> INSERT 0 1
        T2: COMMIT -> COMMIT
        T1: SELECT * FROM test WHERE value % 3 = 0 -> none
        T1: COMMIT -> COMMIT
        """,
        "1=10 2=20 3=30",
    )


def test_pmp_predicate_many_preceders_write(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: UPDATE test SET value = value + 10 -> UPDATE 2
        T2: DELETE FROM test WHERE value = 20 -> DELETE 1
        T1: COMMIT -> COMMIT
        T2: SELECT * FROM test ORDER BY id -> 1=10
        T2: COMMIT -> {ABORTS}
        """,
        "1=20 2=30",
    )


def test_pmp_write_that_comes_after_the_commit(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T2: SELECT * FROM test ORDER BY id -> 1=10 2=20
        T1: UPDATE test SET value = value + 10 -> UPDATE 2
        T1: COMMIT -> COMMIT
        T2: DELETE FROM test WHERE value = 20 -> DELETE 1
        T2: COMMIT -> {ABORTS}
        """,
        "1=20 2=30",
    )


def test_p4_lost_update(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: SELECT * FROM test WHERE id = 1 -> 1=10
        T2: SELECT * FROM test WHERE id = 1 -> 1=10
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T1: COMMIT -> COMMIT
        T2: COMMIT -> {ABORTS}
        """,
        "1=11 2=20",
    )


def test_g_single_read_skew(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: SELECT * FROM test WHERE id = 1 -> 1=10
        T2: SELECT * FROM test WHERE id = 1 -> 1=10
        T2: SELECT * FROM test WHERE id = 2 -> 2=20
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 18 WHERE id = 2 -> UPDATE 1
        T2: COMMIT -> COMMIT
        T1: SELECT * FROM test WHERE id = 2 -> 2=20
        T1: COMMIT -> COMMIT
        """,
        "1=12 2=18",
    )


def test_g_single_read_skew_on_a_predicate(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: SELECT * FROM test WHERE value % 5 = 0 ORDER BY id -> 1=10 2=20
        T2: UPDATE test SET value = 12 WHERE value = 10 -> UPDATE 1
        T2: COMMIT -> COMMIT
        T1: SELECT * FROM test WHERE value % 3 = 0 -> none
        T1: COMMIT -> COMMIT
        """,
        "1=12 2=20",
    )


def test_g_single_read_skew_with_a_write_predicate(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: SELECT * FROM test WHERE id = 1 -> 1=10
        T2: SELECT * FROM test ORDER BY id -> 1=10 2=20
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 18 WHERE id = 2 -> UPDATE 1
        T2: COMMIT -> COMMIT
        T1: DELETE FROM test WHERE value = 20 -> DELETE 1
        T1: COMMIT -> {ABORTS}
        """,
        "1=12 2=18",
    )


def test_g2_item_write_skew(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: SELECT * FROM test WHERE id IN (1, 2) ORDER BY id -> 1=10 2=20
        T2: SELECT * FROM test WHERE id IN (1, 2) ORDER BY id -> 1=10 2=20
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 21 WHERE id = 2 -> UPDATE 1
        T1: COMMIT -> COMMIT
        T2: COMMIT -> COMMIT
        """,
        "1=11 2=21",
    )


def test_g2_item_with_for_update(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: SELECT * FROM test WHERE id = 2 FOR UPDATE -> 2=20
        T2: SELECT * FROM test WHERE id = 1 FOR UPDATE -> 1=10
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 21 WHERE id = 2 -> UPDATE 1
        T1: COMMIT -> COMMIT
        T2: COMMIT -> {ABORTS}
        """,
        "1=11 2=20",
    )


def test_g2_anti_dependency_cycles(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: SELECT * FROM test WHERE value % 3 = 0 -> none
        T2: SELECT * FROM test WHERE value % 3 = 0 -> none
        T1: INSERT INTO test (id, value) VALUES (3, 30) -> INSERT 0 1
        T2: INSERT INTO test (id, value) VALUES (4, 42) -> INSERT 0 1
        T1: COMMIT -> COMMIT
        T2: COMMIT -> COMMIT
        """,
        "1=10 2=20 3=30 4=42",
    )


def test_the_first_to_commit_wins_not_the_first_to_write(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T2: COMMIT -> COMMIT
        T1: SELECT * FROM test WHERE id = 1 -> 1=11
        T1: COMMIT -> {ABORTS}
        """,
        "1=12 2=20",
    )


def test_a_rollback_leaves_no_conflict_behind(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        """
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T1: ROLLBACK -> ROLLBACK
        T2: COMMIT -> COMMIT
        """,
        "1=12 2=20",
    )


def test_a_loser_may_read_and_write_on_until_its_commit(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: SELECT * FROM test WHERE id = 1 -> 1=10
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T2: INSERT INTO test VALUES (3, 30) -> INSERT 0 1
        T2: COMMIT -> COMMIT
        T1: UPDATE test SET value = value + 1 WHERE id = 1 -> UPDATE 1
        T1: UPDATE test SET value = value + 1 WHERE id = 1 -> UPDATE 1
        T1: INSERT INTO test VALUES (3, 31) -> INSERT 0 1
        T1: UPDATE test SET value = 32 WHERE id = 3 -> UPDATE 1
        T1: DELETE FROM test WHERE id = 2 -> DELETE 1
        T1: SELECT * FROM test ORDER BY id -> 1=12 3=32
        T1: COMMIT -> {ABORTS}
        """,
        "1=12 2=20 3=30",
    )


def test_a_true_error_is_told_at_the_statement_also_to_a_loser(sessions: dict[str, Session]) -> None:
    aborted = "25P02 current transaction is aborted, commands ignored until end of transaction block"
    play(
        sessions,
        f"""
        T1: SELECT * FROM test WHERE id = 1 -> 1=10
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T2: COMMIT -> COMMIT
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T1: INSERT INTO test VALUES (2, 0) -> 23505 duplicate key value violates unique constraint "test_pkey"
        T1: SELECT * FROM test WHERE id = 1 -> {aborted}
        T1: COMMIT -> ROLLBACK
        """,
        "1=12 2=20",
    )


def test_after_a_conflict_the_session_is_idle_and_goes_on(sessions: dict[str, Session]) -> None:
    play(
        sessions,
        f"""
        T1: UPDATE test SET value = 11 WHERE id = 1 -> UPDATE 1
        T2: UPDATE test SET value = 12 WHERE id = 1 -> UPDATE 1
        T1: COMMIT -> COMMIT
        T2: COMMIT -> {ABORTS}
        T2: SELECT * FROM test WHERE id = 1 -> 1=11
        T2: BEGIN -> BEGIN
        T2: UPDATE test SET value = value + 1 WHERE id = 1 -> UPDATE 1
        T2: COMMIT -> COMMIT
        """,
        "1=12 2=20",
    )


@pytest.mark.parametrize("first", ["T1", "T2"])
@pytest.mark.parametrize(
    ("locked", "written", "verdict"),
    [
        ("FOR UPDATE", "UPDATE test SET value = 0 WHERE id = 1", ABORTS),
        ("FOR UPDATE", "SELECT id FROM test WHERE id = 1 FOR UPDATE", ABORTS),
        ("FOR UPDATE", "SELECT id FROM test WHERE id = 1 FOR KEY SHARE", ABORTS),
        ("FOR KEY SHARE", "SELECT id FROM test WHERE id = 1 FOR UPDATE", ABORTS),
        ("FOR KEY SHARE", "DELETE FROM test WHERE id = 1", ABORTS),
        ("FOR KEY SHARE", "UPDATE test SET id = 5 WHERE id = 1", ABORTS),
        ("FOR KEY SHARE", "UPDATE test SET value = 0 WHERE id = 1", "COMMIT"),
        ("FOR KEY SHARE", "SELECT id FROM test WHERE id = 1 FOR KEY SHARE", "COMMIT"),
        ("FOR UPDATE", "UPDATE test SET value = 0 WHERE id = 2", "COMMIT"),
    ],
)
def test_row_locks_take_part_and_never_wait(
    sessions: dict[str, Session], locked: str, written: str, verdict: str, first: str
) -> None:
    sessions["T1"]("BEGIN")
    sessions["T2"]("BEGIN")
    assert sessions["T1"](f"SELECT value FROM test WHERE id = 1 {locked}").rows == ((10,),)
    assert sessions["T2"](written).sqlstate is None
    second = "T2" if first == "T1" else "T1"
    assert told(sessions[first], "COMMIT") == "COMMIT"
    assert told(sessions[second], "COMMIT") == verdict
