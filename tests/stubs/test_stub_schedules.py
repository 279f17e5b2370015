"""Two transactions side by side: what a naive check breaks, the stubs keep."""

import itertools
import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from stub_cases import FOR_UPDATE, KEY_SHARE, SHOP, TARGETS, Capable, foreign_key, load, table

from dsql_migrate.engine.server import Server
from dsql_migrate.stubs.audit import orphan_query
from dsql_migrate.stubs.obligations import ForeignKey, Obligations, TableShape, resolved

pytestmark = pytest.mark.server
Connection = psycopg.Connection
Step = Callable[[Connection], object]

TABLES = """
    CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE);
    CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer DEFAULT 9, email text, parent_id integer);
    INSERT INTO customer VALUES (1, 'one'), (2, 'two');
    INSERT INTO orders VALUES (10, 2, NULL, NULL);
"""

_numbers = itertools.count()


@pytest.fixture
def dsn(server: Server) -> Iterator[str]:
    name = f"schedule_{next(_numbers)}"
    dsn = server.create_database(name)
    with psycopg.connect(dsn) as conn:
        conn.execute(TABLES)
    yield dsn
    server.drop_database(name)


@dataclass(frozen=True)
class Race:
    outcomes: list[str]
    blocked: bool


def race(dsn: str, first: Step, second: Step, level: psycopg.IsolationLevel) -> Race:
    """Both begin, `first` acts, then `second` (in a thread: it may block), `first` commits, then `second` does."""
    outcomes = ["ok", "ok"]

    def act(place: int, *steps: Callable[[], object]) -> None:
        try:
            for step in steps:
                step()
        except psycopg.Error as error:
            outcomes[place] = str(error.sqlstate)

    with psycopg.connect(dsn) as one, psycopg.connect(dsn) as two:
        for conn in (one, two):
            conn.isolation_level = level
            conn.execute("SELECT count(*) FROM customer")  # takes the snapshot
        act(0, partial(first, one))
        other = threading.Thread(target=act, args=(1, partial(second, two), two.commit))
        other.start()
        blocked = _waits(dsn, two.info.backend_pid, other)
        act(0, one.commit)
        other.join(10)
        assert not other.is_alive()
        two.rollback()
    return Race(outcomes, blocked)


def _waits(dsn: str, pid: int, thread: threading.Thread) -> bool:
    """Whether the thread's session waits for a lock; False once the thread has ended."""
    query = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(dsn, autocommit=True) as observer:
        while thread.is_alive():
            if observer.execute(query, (pid,)).fetchone() == (True,):
                return True
            thread.join(0.005)
    return False


def locks_conflict_at_commit(package: ModuleType) -> None:
    """Make PostgreSQL keep locks as DSQL does: there a row that was locked is a row that was touched.

    In DSQL both FOR UPDATE and FOR KEY SHARE conflict with a concurrent delete or key change of the row, whoever
    commits first. PostgreSQL's locks are gone at COMMIT; so the row is written, unchanged, where DSQL notes the lock.
    """
    rows = package.runtime.Work.rows
    pattern = re.compile(r"SELECT 1 FROM (\S+) WHERE (\S+) = %s FOR (?:KEY SHARE|UPDATE)")

    def touching(work: Any, query: Any, values: Any = ()) -> Any:
        if isinstance(query, str) and (found := pattern.fullmatch(query)):
            table, column = found.groups()
            query = f"UPDATE {table} SET {column} = {column} WHERE {column} = %s RETURNING 1"
        return rows(work, query, values)

    package.runtime.Work.rows = touching


def at_snapshot(package: ModuleType) -> psycopg.IsolationLevel:
    locks_conflict_at_commit(package)
    return psycopg.IsolationLevel.REPEATABLE_READ


def at_read_committed(package: ModuleType) -> psycopg.IsolationLevel:
    return psycopg.IsolationLevel.READ_COMMITTED


LEVELS = {"snapshot": at_snapshot, "read committed": at_read_committed}
Level = Callable[[ModuleType], psycopg.IsolationLevel]


def orphans(dsn: str, key: ForeignKey) -> int:
    with psycopg.connect(dsn) as conn:
        return len(conn.execute(orphan_query(key).encode()).fetchall())


def naive_insert(conn: Connection) -> None:
    """The advice that went round: look for the parent, then insert the child."""
    assert conn.execute("SELECT 1 FROM customer WHERE id = 1").fetchall()
    conn.execute("INSERT INTO orders VALUES (11, 1)")


def naive_delete(conn: Connection) -> None:
    assert not conn.execute("SELECT 1 FROM orders WHERE customer_id = 1").fetchall()
    conn.execute("DELETE FROM customer WHERE id = 1")


BY_ID = foreign_key("by_id", "orders", ["customer_id"], "customer", referenced_columns=("id",))


@pytest.mark.parametrize("level", [psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.READ_COMMITTED])
@pytest.mark.parametrize("steps", [(naive_insert, naive_delete), (naive_delete, naive_insert)])
def test_a_plain_select_leaves_an_orphan(steps: tuple[Step, Step], level: psycopg.IsolationLevel, dsn: str) -> None:
    """Write skew: this is what the schedules below would show if the stubs locked nothing."""
    assert race(dsn, *steps, level) == Race(["ok", "ok"], blocked=False)
    assert orphans(dsn, BY_ID) == 1


def shop(key: ForeignKey, *, primary_key: tuple[str, ...] = ("id",)) -> Obligations:
    customer: TableShape = table("customer", "id", "email", key=primary_key)
    return Obligations("shop.sql", (customer, table("orders", "id", "customer_id", "email", "parent_id")), (key,))


def insert(package: ModuleType) -> Step:
    return lambda conn: package.orders.insert(conn, id=11, customer_id=1, email="one", parent_id=10)


def adopt(package: ModuleType) -> Step:
    return lambda conn: package.orders.update(conn, 10, customer_id=1, email="one")


def delete(package: ModuleType) -> Step:
    return lambda conn: package.customer.delete(conn, 1)


def rename(package: ModuleType) -> Step:
    return lambda conn: package.customer.update(conn, 1, id=7, email="seven")


KEYS = {
    "primary key": {"columns": ["customer_id"], "referenced_columns": ("id",)},
    "unique key": {"columns": ["email"], "referenced_columns": ("email",)},
}


# Every lock meets an insert at DSQL's level; the lock of today meets everything.
CASES = [
    pytest.param(on, child, parent, TARGETS[lock], level, id=f"{on}, {child.__name__}, {parent.__name__}, {lock}, {at}")
    for on, child, parent, lock, (at, level) in itertools.product(
        KEYS, (insert, adopt), (delete, rename), TARGETS, LEVELS.items()
    )
    if lock == "key-share" or (child is insert and level is at_snapshot)
]


@pytest.mark.parametrize("parent_first", [False, True], ids=["child first", "parent first"])
@pytest.mark.parametrize(("on", "child", "parent", "target", "level"), CASES)
def test_no_orphan(
    on: str,
    child: Callable[[ModuleType], Step],
    parent: Callable[[ModuleType], Step],
    target: Capable,
    level: Level,
    parent_first: bool,
    dsn: str,
    tmp_path: Path,
) -> None:
    key = foreign_key("fk", "orders", parent="customer", **KEYS[on])
    package = load(shop(key), tmp_path, target)
    steps = (parent(package), child(package)) if parent_first else (child(package), parent(package))
    found = race(dsn, *steps, level(package))
    assert found == Race(["ok", "40001" if level is at_snapshot else "23503"], blocked=True)
    assert orphans(dsn, key) == 0


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("action", ["no action", "restrict", "cascade", "set null", "set default"])
def test_no_orphan_under_any_action(action: str, level: Level, dsn: str, tmp_path: Path) -> None:
    key = foreign_key("fk", "orders", ["customer_id"], "customer", referenced_columns=("id",), on_delete=action)
    package = load(shop(key), tmp_path, TARGETS["key-share"])
    found = race(dsn, insert(package), delete(package), level(package))
    refused = "40001" if level is at_snapshot else "23503"
    follows = level is at_read_committed and action in {"cascade", "set null"}  # it looks again, and finds the new row
    assert found == Race(["ok", "ok" if follows else refused], blocked=True)
    assert orphans(dsn, key) == 0


def test_a_parent_without_primary_key_is_written(dsn: str, tmp_path: Path) -> None:
    """Before FOR UPDATE took any predicate, nothing but a write could hold the row of such a table."""
    key = foreign_key("fk", "orders", parent="customer", **KEYS["unique key"])
    package = load(shop(key, primary_key=()), tmp_path, TARGETS["before-any-predicate"])
    remove: Step = partial(psycopg.Connection.execute, query="DELETE FROM customer WHERE id = 1")
    found = race(dsn, insert(package), remove, psycopg.IsolationLevel.REPEATABLE_READ)
    assert found == Race(["ok", "40001"], blocked=True)
    assert orphans(dsn, key) == 0


@pytest.mark.parametrize(("target", "blocked"), [(KEY_SHARE, False), (FOR_UPDATE, True)])
def test_key_share_lets_the_rest_of_the_parent_change(target: Capable, blocked: bool, dsn: str, tmp_path: Path) -> None:
    key = foreign_key("fk", "orders", parent="customer", **KEYS["primary key"])
    with psycopg.connect(dsn) as conn:
        conn.execute("ALTER TABLE customer ADD note text")
    package = load(shop(key), tmp_path, target)
    note: Step = lambda conn: package.customer.update(conn, 1, note="new")  # noqa: E731
    assert race(dsn, insert(package), note, psycopg.IsolationLevel.READ_COMMITTED) == Race(["ok", "ok"], blocked)


def test_many_at_once(dsn: str, tmp_path: Path) -> None:
    """Four workers insert and delete at random through `run`; every order names a customer in the end."""
    package = load(SHOP, tmp_path, TARGETS["key-share"])
    with psycopg.connect(dsn) as conn:
        conn.execute("CREATE TABLE line (order_id integer, no integer, PRIMARY KEY (order_id, no))")
    failures: list[BaseException] = []

    def worker(seed: int) -> None:
        dice = random.Random(seed)
        with psycopg.connect(dsn) as conn:
            for _ in range(60):
                try:
                    work: Step = lambda conn: step(dice.randrange(5), dice.randint(1, 3), conn)  # noqa: E731
                    package.runtime.run(conn, work, attempts=50, first_wait=0.001, longest_wait=0.02)
                except (psycopg.errors.ForeignKeyViolation, psycopg.errors.UniqueViolation):
                    continue
                except BaseException as error:
                    failures.append(error)

    def step(what: int, number: int, conn: Connection) -> None:
        if what == 0:
            package.customer.insert(conn, id=number)
        elif what == 1:
            package.customer.delete(conn, number)
        elif what == 2:
            package.orders.insert(conn, id=10 + number, customer_id=number)
        elif what == 3:
            package.orders.delete(conn, 10 + number)
        else:
            package.line.insert(conn, order_id=10 + number, no=random.randrange(10**6))

    threads = [threading.Thread(target=worker, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert [orphans(dsn, key) for key in resolved(SHOP).foreign_keys] == [0, 0]
