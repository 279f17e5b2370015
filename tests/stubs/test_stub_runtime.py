"""The runtime that is written beside the stubs: transactions, retries, and errors like PostgreSQL's."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from stub_cases import KEY_SHARE, SHOP, load

from dsql_migrate.engine.postgres.server import Server

pytestmark = pytest.mark.server
Connection = psycopg.Connection


@pytest.fixture
def package(tmp_path: Path) -> ModuleType:
    return load(SHOP, tmp_path, KEY_SHARE)


@pytest.fixture
def dsn(server: Server) -> Iterator[str]:
    dsn = server.create_database("stub_runtime")
    with psycopg.connect(dsn) as conn:
        conn.execute("CREATE TABLE customer (id int PRIMARY KEY)")
        conn.execute("CREATE TABLE orders (id int PRIMARY KEY, customer_id int)")
        conn.execute("CREATE TABLE line (order_id int, no int, PRIMARY KEY (order_id, no))")
    yield dsn
    server.drop_database("stub_runtime")


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn) as conn:
        yield conn


@pytest.fixture
def waits(package: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest time that each pause could have taken; no test waits."""
    found: list[float] = []
    monkeypatch.setattr(package.runtime.random, "uniform", lambda low, high: found.append(high) or 0.0)
    return found


def losing(times: int, calls: list[int]) -> Callable[[Connection], str]:
    def work(conn: Connection) -> str:
        calls.append(1)
        conn.execute("INSERT INTO customer VALUES (1)")
        if len(calls) <= times:
            raise psycopg.errors.SerializationFailure("change conflicts with another transaction (OC000)")
        return "done"

    return work


def test_a_lost_conflict_is_repeated_whole(package: ModuleType, conn: Connection, waits: list[float]) -> None:
    calls: list[int] = []
    assert package.runtime.run(conn, losing(3, calls), first_wait=0.1, longest_wait=0.3) == "done"
    assert len(calls) == 4
    assert waits == [0.1, 0.2, 0.3]
    assert conn.execute("SELECT count(*) FROM customer").fetchone() == (1,)


def test_the_limit(package: ModuleType, conn: Connection, waits: list[float]) -> None:
    calls: list[int] = []
    with pytest.raises(psycopg.errors.SerializationFailure):
        package.runtime.run(conn, losing(99, calls), attempts=3)
    assert len(calls) == 3
    assert conn.execute("SELECT count(*) FROM customer").fetchone() == (0,)


def test_other_errors_are_not_repeated(package: ModuleType, conn: Connection, waits: list[float]) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        package.runtime.run(conn, lambda conn: package.orders.insert(conn, id=1, customer_id=9))
    assert waits == []


def test_a_factory_is_opened_and_closed(package: ModuleType, dsn: str) -> None:
    made: list[Connection] = []

    def connect() -> Connection:
        made.append(psycopg.connect(dsn))
        return made[-1]

    assert package.runtime.run(connect, lambda conn: package.customer.insert(conn, id=1)) == {"id": 1}
    assert [conn.closed for conn in made] == [True]


def test_it_wants_a_transaction_of_its_own(package: ModuleType, conn: Connection) -> None:
    conn.execute("SELECT 1")
    with pytest.raises(RuntimeError, match="idle"):
        package.runtime.run(conn, lambda conn: None)


def test_a_lock_outside_a_transaction_is_none(package: ModuleType, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        with pytest.raises(RuntimeError, match="transaction"):
            package.customer.insert(conn, id=1)
        with conn.transaction():
            package.customer.insert(conn, id=1)


def test_a_caught_violation_cannot_be_committed(package: ModuleType, conn: Connection) -> None:
    """As in PostgreSQL: after the error the transaction is aborted, and COMMIT rolls back."""
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        package.orders.insert(conn, id=1, customer_id=9)
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        conn.execute("SELECT 1")
    conn.commit()
    assert conn.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_the_error_is_postgres_own(package: ModuleType, conn: Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
        package.orders.insert(conn, id=1, customer_id=9)
    conn.rollback()
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.sqlstate == error.diag.sqlstate == "23503"
    assert error.diag.constraint_name == "orders_customer_id_fkey"
    assert (error.diag.schema_name, error.diag.table_name) == ("public", "orders")
    conn.execute(
        "ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customer"
    )
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as native:
        conn.execute("INSERT INTO orders VALUES (1, 9)")
    for field in ("message_primary", "message_detail", "severity", "constraint_name", "schema_name", "table_name"):
        assert getattr(error.diag, field) == getattr(native.value.diag, field)
    assert str(error) == str(native.value)


def test_rows_that_are_not_there(package: ModuleType, conn: Connection) -> None:
    assert package.orders.update(conn, 1, customer_id=None) is None
    assert package.orders.update(conn, 1) is None
    assert package.orders.delete(conn, 1) is None
    assert package.orders.insert(conn, id=1) == {"id": 1, "customer_id": None}
    assert package.orders.update(conn, 1, id=2) == {"id": 2, "customer_id": None}


def test_an_unknown_outcome_is_not_repeated(package: ModuleType, dsn: str, waits: list[float]) -> None:
    calls: list[int] = []
    original = psycopg.Transaction._commit_gen

    def lost(self: psycopg.Transaction) -> object:
        yield from original(self)
        if len(calls) == 1:
            raise psycopg.errors.InternalError_("the answer got lost")

    work = losing(0, calls)
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(dsn) as conn:
        patch.setattr(psycopg.Transaction, "_commit_gen", lost)
        with pytest.raises(package.runtime.UnknownOutcome) as caught:
            package.runtime.run(conn, work)
        assert caught.value.sqlstate == "08007"
        assert isinstance(caught.value.__cause__, psycopg.errors.InternalError_)
        assert (calls, waits) == ([1], [])
        conn.execute("DELETE FROM customer")
        conn.commit()
        calls.clear()
        with pytest.raises(psycopg.errors.UniqueViolation):  # it was done: the second time meets the first one's row
            package.runtime.run(conn, work, idempotent=True)
    assert calls == [1, 1]


def test_a_failure_before_commit_is_repeated(package: ModuleType, dsn: str, waits: list[float]) -> None:
    """Nothing is stored before COMMIT; a lost connection is replaced where there is something that makes them."""
    calls: list[int] = []

    def work(conn: Connection) -> int:
        calls.append(conn.info.backend_pid)
        conn.execute("INSERT INTO customer VALUES (1)")
        if len(calls) == 1:
            with psycopg.connect(dsn, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [conn.info.backend_pid])
            conn.execute("SELECT 1")
        return len(calls)

    assert package.runtime.run(lambda: psycopg.connect(dsn), work) == 2
    assert len(set(calls)) == 2
    calls.clear()
    with psycopg.connect(dsn) as conn:
        conn.execute("TRUNCATE customer")
        conn.commit()
        with pytest.raises(psycopg.OperationalError):
            package.runtime.run(conn, work)
    assert len(calls) == 1


def test_a_changed_schema_is_looked_at_at_once(package: ModuleType, conn: Connection, waits: list[float]) -> None:
    texts = iter(["(OC001)", "(OC001)", "(OC000)", ""])

    def work(conn: Connection) -> str:
        if text := next(texts):
            raise psycopg.errors.SerializationFailure(f"schema has been updated by another transaction {text}")
        return "done"

    assert package.runtime.run(conn, work, first_wait=0.1) == "done"
    assert waits == [0.2, 0.4]


def test_batches(package: ModuleType, conn: Connection) -> None:
    """Five rows a transaction (of the test's target); one that is refused as too large is halved."""
    sizes: list[int] = []

    def store(conn: Connection, some: list[int]) -> None:
        sizes.append(len(some))
        if len(some) == 4:
            raise psycopg.errors.ProgramLimitExceeded("transaction size limit 10mb exceeded")
        for number in some:
            package.customer.insert(conn, id=number)

    assert package.runtime.run_in_batches(conn, range(1, 10), store) == 9
    assert sizes == [5, 4, 2, 2]
    assert conn.execute("SELECT count(*) FROM customer").fetchone() == (9,)
    conn.commit()
    sizes.clear()
    package.runtime.run_in_batches(conn, range(21, 26), store, rows_each=2)
    assert sizes == [2, 2, 1]
    with pytest.raises(psycopg.errors.UniqueViolation) as caught:
        package.runtime.run_in_batches(conn, [30, 31, 32, 33, 34, 1], store)
    assert caught.value.__notes__ == ["5 items were stored before"]
    sizes.clear()
    long = ["x" * 3000, "y" * 3000]
    assert package.runtime.run_in_batches(conn, long, lambda conn, some: sizes.append(len(some))) == 2
    assert sizes == [1, 1]
