"""Failures on demand: transactions that fail at COMMIT, and connections that break behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from support.sessions import Session

from dsql_migrate.engine.local import Database, LocalDsql

pytestmark = pytest.mark.server

CONFLICT = "change conflicts with another transaction (OC000)"


@contextmanager
def unruly(dsql: Database, chaos: float = 0.0, unknown: float = 0.0, seed: int = 1) -> Iterator[str]:
    """Another way into the same database, with chaos; gives the connection string."""
    server = dsql.engine.server
    with LocalDsql(server=server, chaos=chaos, chaos_unknown=unknown, seed=seed) as engine:
        yield engine.dsn(dsql.database)


def table(dsql: Database) -> None:
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE test (id int PRIMARY KEY)")


def stored(dsql: Database) -> list[int]:
    with dsql.connect() as connection:
        return [identity for (identity,) in connection.execute("SELECT id FROM test ORDER BY id")]


def pattern(dsn: str, first: int) -> list[bool]:
    """Which of forty transactions commit."""
    session = Session(dsn)
    outcomes = []
    for identity in range(first, first + 40):
        session("BEGIN")
        assert session(f"INSERT INTO test VALUES ({identity})").tag == "INSERT 0 1", "never at a statement of a block"
        ended = session("COMMIT")
        assert ended.short in ("COMMIT", "40001")
        outcomes.append(ended.sqlstate is None)
    session.close()
    return outcomes


def test_every_transaction_fails_at_commit_and_nothing_is_stored(dsql: Database) -> None:
    table(dsql)
    with unruly(dsql, chaos=1.0) as dsn:
        session = Session(dsn)
        session("BEGIN")
        assert session("INSERT INTO test VALUES (1)").tag == "INSERT 0 1"
        ended = session("COMMIT")
        assert (ended.sqlstate, ended.message) == ("40001", CONFLICT)
        alone = session("INSERT INTO test VALUES (2)")
        assert (alone.sqlstate, alone.message) == ("40001", CONFLICT), "at the statement, where that is all there is"
        assert session("ROLLBACK").tag == "ROLLBACK"
        session.close()
    assert stored(dsql) == []


def test_some_fail_and_the_others_are_stored(dsql: Database) -> None:
    table(dsql)
    with unruly(dsql, chaos=0.4) as dsn:
        outcomes = pattern(dsn, 0)
    assert 5 <= outcomes.count(False) <= 35
    assert stored(dsql) == [identity for identity, committed in enumerate(outcomes) if committed]


def test_a_seed_repeats_them(dsql: Database) -> None:
    table(dsql)
    runs = []
    for first, seed in ((0, 7), (100, 7), (200, 8)):
        with unruly(dsql, chaos=0.5, seed=seed) as dsn:
            runs.append(pattern(dsn, first))
    assert runs[0] == runs[1] != runs[2]


def test_a_retry_loop_gets_through(dsql: Database) -> None:
    table(dsql)
    with unruly(dsql, chaos=0.5) as dsn, psycopg.connect(dsn) as connection:
        for identity in range(20):
            while True:
                try:
                    with connection.transaction():
                        connection.execute("INSERT INTO test VALUES (%s)", [identity])
                    break
                except psycopg.errors.SerializationFailure:
                    continue
    assert stored(dsql) == list(range(20))


def test_the_connection_breaks_behind_a_commit_that_went_through(dsql: Database) -> None:
    table(dsql)
    with unruly(dsql, unknown=1.0) as dsn:
        session = Session(dsn)
        session("BEGIN")
        session("INSERT INTO test VALUES (1)")
        assert session("COMMIT").sqlstate == "OperationalError", "no answer, no SQLSTATE"
        session.close()
        reader = Session(dsn)
        reader("BEGIN")
        assert reader("SELECT id FROM test").rows == ((1,),)
        assert reader("COMMIT").tag == "COMMIT", "nothing to be unsure of where nothing was written"
        reader.close()
    assert stored(dsql) == [1]
