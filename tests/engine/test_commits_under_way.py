"""What begins while a COMMIT, or a single statement, is under way at the server does not see it, and loses."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from dsql_migrate.engine.local import Database, LocalDsql

pytestmark = pytest.mark.server

GATE = """
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1);
    RETURN NULL;
END
$$;
CREATE {constraint} TRIGGER gate AFTER INSERT OR UPDATE OR DELETE ON account {deferred}
    FOR EACH ROW EXECUTE FUNCTION gate();
"""
AT_COMMIT = GATE.format(constraint="CONSTRAINT", deferred="DEFERRABLE INITIALLY DEFERRED")
AT_STATEMENT = GATE.format(constraint="", deferred="")
WAITING = b"SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


class Gate:
    """Behind the gateway's back: changes of ``account`` stop at the server until ``pass_on``."""

    def __init__(self, server: psycopg.Connection, gate: str) -> None:
        self._server = server
        server.execute(gate.encode())
        server.execute("SELECT pg_advisory_lock(1)")
        self._thread = threading.Thread()
        self._failed: list[BaseException] = []

    def send(self, work: Callable[[], object]) -> None:
        """Do this in another thread, and return when the server has it and waits."""

        def run() -> None:
            try:
                work()
            except BaseException as error:
                self._failed.append(error)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 60
        while self._server.execute(WAITING).fetchone() is None:
            assert self._thread.is_alive(), self._failed
            assert time.monotonic() < until
            time.sleep(0.005)

    def pass_on(self) -> None:
        """Let the server go on; returns when the work is done."""
        self._server.execute("SELECT pg_advisory_unlock_all()")
        self._thread.join(60)
        assert not self._thread.is_alive()
        assert not self._failed


@pytest.fixture
def gate(dsql: Database, dsql_server: LocalDsql) -> Iterator[Callable[[str], Gate]]:
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)")
        connection.execute("CREATE TABLE entry (account int NOT NULL REFERENCES account, amount int)")
        connection.execute("CREATE TABLE other (id int PRIMARY KEY)")
        connection.execute("INSERT INTO account VALUES (1, 0), (2, 0)")
    with psycopg.connect(dsql_server.server.dsn(dsql.database), autocommit=True) as server:
        yield lambda where: Gate(server, where)


def committed(connection: psycopg.Connection) -> str:
    """COMMIT, and what it says."""
    try:
        connection.execute("COMMIT")
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"
    return "COMMIT"


LOST = "40001 change conflicts with another transaction (OC000)"
RICHER = "UPDATE account SET balance = 1 WHERE id = 1"
RACES = {
    "insert, insert": ("INSERT INTO account VALUES (9, 1)", "INSERT INTO account VALUES (9, 2)", LOST),
    "insert, move": ("INSERT INTO account VALUES (9, 1)", "UPDATE account SET id = 9 WHERE id = 2", LOST),
    "update, update": (RICHER, "UPDATE account SET balance = 2 WHERE id = 1", LOST),
    "update, lock": (RICHER, "SELECT FROM account WHERE id = 1 FOR UPDATE", LOST),
    "update, share": (RICHER, "SELECT FROM account WHERE id = 1 FOR KEY SHARE", "COMMIT"),
    "update, another row": (RICHER, "UPDATE account SET balance = 2 WHERE id = 2", "COMMIT"),
    "delete, child": ("DELETE FROM account WHERE id = 1", "INSERT INTO entry VALUES (1, 5)", LOST),
}


@contextlib.contextmanager
def sessions(dsql: Database, beside: bool) -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    """Two, and a third that has a block open."""
    with dsql.connect() as first, dsql.connect() as second, dsql.connect() as third:
        if beside:
            third.execute("BEGIN")
        yield first, second


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a third"])
@pytest.mark.parametrize("race", RACES)
def test_a_block_that_begins_while_another_commits(
    dsql: Database, gate: Callable[[str], Gate], race: str, beside: bool
) -> None:
    one, other, verdict = RACES[race]
    held = gate(AT_COMMIT)
    with sessions(dsql, beside) as (first, second):
        first.execute("BEGIN")
        first.execute(one.encode())
        held.send(lambda: first.execute("COMMIT"))
        second.execute("BEGIN")
        assert second.execute("SELECT count(*) FROM account").fetchall() == [(2,)]
        held.pass_on()
        second.execute(other.encode())
        assert committed(second) == verdict


@pytest.mark.parametrize("race", [race for race in RACES if "another row" not in race and "share" not in race])
def test_a_block_that_begins_while_a_single_statement_runs(
    dsql: Database, gate: Callable[[str], Gate], race: str
) -> None:
    one, other, verdict = RACES[race]
    held = gate(AT_STATEMENT)
    with sessions(dsql, beside=False) as (first, second):
        held.send(lambda: first.execute(one.encode()))
        second.execute("BEGIN")
        assert second.execute("SELECT count(*) FROM account").fetchall() == [(2,)]
        held.pass_on()
        second.execute(other.encode())
        assert committed(second) == verdict


@pytest.mark.parametrize("race", RACES)
def test_a_single_statement_that_is_reported_conflicts_by_its_rows(
    dsql: Database, gate: Callable[[str], Gate], race: str
) -> None:
    one, other, verdict = RACES[race]
    held = gate(AT_STATEMENT)
    with sessions(dsql, beside=False) as (first, second):
        second.execute("BEGIN")
        first.execute("INSERT INTO other VALUES (1)")  # beside a block: from now on the server reports what it changes
        second.execute("COMMIT")
        held.send(lambda: first.execute(one.encode()))
        second.execute("BEGIN")
        assert second.execute("SELECT count(*) FROM account").fetchall() == [(2,)]
        held.pass_on()
        second.execute(other.encode())
        assert committed(second) == verdict


def test_a_single_statement_is_nothing_to_who_does_not_touch_its_tables(
    dsql: Database, gate: Callable[[str], Gate]
) -> None:
    held = gate(AT_STATEMENT)
    with sessions(dsql, beside=False) as (first, second), dsql.connect() as later:
        held.send(lambda: first.execute("UPDATE account SET balance = 1"))
        second.execute("BEGIN")
        assert second.execute("SELECT count(*) FROM account").fetchall() == [(2,)]
        later.execute("BEGIN")
        held.pass_on()
        second.execute("INSERT INTO other VALUES (1)")
        assert committed(second) == "COMMIT"
        later.execute("UPDATE account SET balance = balance + 1")  # its snapshot is of now
        assert committed(later) == "COMMIT"
