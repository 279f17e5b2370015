"""What drivers and pools do between an application's statements, and must not upset the engine with."""

from __future__ import annotations

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
