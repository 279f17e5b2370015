"""Many clients on few rows: nothing is lost, nobody waits, and no error but a conflict reaches a client."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import psycopg
import pytest

from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server

CLIENTS, ROUNDS, ROWS = 8, 25, 3
BOUND = 5.0
"""Seconds that a statement may take on a busy machine; on a quiet one it is some milliseconds."""


class Client(threading.Thread):
    """Runs a piece of work again and again, each time until it commits, and measures every statement."""

    def __init__(self, dsn: str, number: int, work: Callable[[Client, random.Random], None], rounds: int) -> None:
        super().__init__(daemon=True)
        self.dsn, self.work, self.rounds = dsn, work, rounds
        self.random = random.Random(number)
        self.errors: Counter[tuple[str | None, str]] = Counter()
        self.slowest = 0.0
        self.broken: BaseException | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self.dsn, autocommit=True) as self.connection:
                for _ in range(self.rounds):
                    self.until_it_commits()
        except BaseException as error:
            self.broken = error

    def until_it_commits(self) -> None:
        state = self.random.getstate()
        for attempt in range(1000):
            self.random.setstate(state)
            try:
                self.work(self, self.random)
            except psycopg.errors.SerializationFailure as error:
                self.errors[error.sqlstate, f"{self.last}: {error.diag.message_primary}"] += 1
                if self.connection.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE:
                    self.connection.execute("ROLLBACK")
                time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 20)))
            else:
                return
        raise AssertionError("a thousand attempts were not enough")

    def __call__(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        self.last = sql.split()[0]
        began = time.perf_counter()
        try:
            cursor = self.connection.execute(sql.encode(), values)
            return cursor.fetchall() if cursor.description else []
        finally:
            self.slowest = max(self.slowest, time.perf_counter() - began)


def crowd(dsql: Database, work: Callable[[Client, random.Random], None], rounds: int = ROUNDS) -> list[Client]:
    clients = [Client(dsql.dsn, number, work, rounds) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(200)
        assert not client.is_alive(), "a client hangs"
        if client.broken is not None:
            raise client.broken
    return clients


def only_conflicts_at_commit(clients: list[Client]) -> None:
    allowed = ("40001", "COMMIT: change conflicts with another transaction (OC000)")
    told = sum((client.errors for client in clients), Counter[tuple[str | None, str]]())
    assert set(told) <= {allowed}, told
    assert max(client.slowest for client in clients) < BOUND
    print(f"conflicts {sum(told.values())}, slowest statement {max(c.slowest for c in clients) * 1000:.0f} ms")


@pytest.fixture
def accounts(dsql: Database) -> Database:
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)")
        connection.execute("CREATE TABLE entry (account int NOT NULL REFERENCES account, amount int)")
        for identity in range(ROWS):
            connection.execute("INSERT INTO account VALUES (%s, 1000)", [identity])
    return dsql


def total(dsql: Database, query: bytes) -> object:
    with dsql.connect() as connection:
        found = connection.execute(query).fetchone()
    assert found is not None
    return found[0]


def test_increments_in_the_statement_add_up(accounts: Database) -> None:
    def increment(client: Client, random: random.Random) -> None:
        client("BEGIN")
        client("UPDATE account SET balance = balance + 1 WHERE id = %s", random.randrange(ROWS))
        client("COMMIT")

    only_conflicts_at_commit(crowd(accounts, increment))
    assert total(accounts, b"SELECT sum(balance) FROM account") == 1000 * ROWS + CLIENTS * ROUNDS


def test_increments_computed_by_the_client_add_up(accounts: Database) -> None:
    def increment(client: Client, random: random.Random) -> None:
        identity = random.randrange(ROWS)
        client("BEGIN")
        ((balance,),) = client("SELECT balance FROM account WHERE id = %s", identity)
        client("UPDATE account SET balance = %s WHERE id = %s", int(str(balance)) + 1, identity)
        client("COMMIT")

    only_conflicts_at_commit(crowd(accounts, increment))
    assert total(accounts, b"SELECT sum(balance) FROM account") == 1000 * ROWS + CLIENTS * ROUNDS


def test_transfers_in_opposite_directions_keep_the_sum_and_do_not_deadlock(accounts: Database) -> None:
    def transfer(client: Client, random: random.Random) -> None:
        one, other = random.sample(range(ROWS), 2)
        client("BEGIN")
        client("UPDATE account SET balance = balance - 1 WHERE id = %s", one)
        client("INSERT INTO entry VALUES (%s, -1)", one)
        client("UPDATE account SET balance = balance + 1 WHERE id = %s", other)
        client("INSERT INTO entry VALUES (%s, 1)", other)
        client("COMMIT")

    only_conflicts_at_commit(crowd(accounts, transfer, rounds=6))
    assert total(accounts, b"SELECT sum(balance) FROM account") == 1000 * ROWS
    assert total(accounts, b"SELECT count(*) FROM entry") == CLIENTS * 6 * 2
    skewed = b"""SELECT count(*) FROM account a
        WHERE balance <> 1000 + (SELECT coalesce(sum(amount), 0) FROM entry e WHERE e.account = a.id)"""
    assert total(accounts, skewed) == 0


def test_locks_taken_in_opposite_orders_do_not_deadlock(accounts: Database) -> None:
    def move(client: Client, random: random.Random) -> None:
        one, other = random.sample(range(ROWS), 2)
        client("BEGIN")
        client("SELECT balance FROM account WHERE id = %s FOR UPDATE", one)
        client("SELECT balance FROM account WHERE id = %s FOR UPDATE", other)
        client("UPDATE account SET balance = balance + 1 WHERE id = %s", one)
        client("COMMIT")

    only_conflicts_at_commit(crowd(accounts, move, rounds=6))
    assert total(accounts, b"SELECT sum(balance) FROM account") == 1000 * ROWS + CLIENTS * 6


def test_statements_that_stand_alone_add_up(accounts: Database) -> None:
    def increment(client: Client, random: random.Random) -> None:
        client("UPDATE account SET balance = balance + 1 WHERE id = %s", random.randrange(ROWS))

    clients = crowd(accounts, increment)
    allowed = ("40001", "UPDATE: change conflicts with another transaction (OC000)")
    assert set(sum((client.errors for client in clients), Counter[tuple[str | None, str]]())) <= {allowed}
    assert total(accounts, b"SELECT sum(balance) FROM account") == 1000 * ROWS + CLIENTS * ROUNDS


def test_one_key_is_inserted_once(accounts: Database) -> None:
    def insert(client: Client, random: random.Random) -> None:
        client("BEGIN")
        taken = client("SELECT 1 FROM account WHERE id = %s", wanted := random.randrange(100, 120))
        if not taken:
            client("INSERT INTO account VALUES (%s, 1)", wanted)
        client("COMMIT")

    only_conflicts_at_commit(crowd(accounts, insert))
    wanted = {key for number in range(CLIENTS) for key in wanted_keys(number)}
    assert total(accounts, b"SELECT count(*) FROM account WHERE id >= 100") == len(wanted)


def wanted_keys(number: int) -> list[int]:
    """What the client of this number draws, one key a round."""
    generator = random.Random(number)
    return [generator.randrange(100, 120) for _ in range(ROUNDS)]


def test_no_statement_waits_for_an_idle_transaction(accounts: Database) -> None:
    waits = []
    with accounts.connect() as holder, accounts.connect() as other:
        for _ in range(5):
            for session in (holder, other):
                session.execute("BEGIN")
            holder.execute("UPDATE account SET balance = 0")
            holder.execute("SELECT * FROM account FOR UPDATE")
            holder.execute("INSERT INTO account VALUES (77, 0)")
            began = time.perf_counter()
            other.execute("UPDATE account SET balance = 1")
            other.execute("SELECT * FROM account FOR UPDATE")
            other.execute("INSERT INTO account VALUES (77, 1)")
            other.execute("DELETE FROM account")
            waits.append(time.perf_counter() - began)
            for session in (holder, other):
                session.execute("ROLLBACK")
    assert min(waits) < 1.0, f"four statements took {[round(wait, 3) for wait in waits]} seconds"
