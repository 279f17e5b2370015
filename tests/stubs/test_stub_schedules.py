"""Two transactions side by side: what a naive check breaks, the stubs keep."""

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from stub_cases import FOR_UPDATE, KEY_SHARE, SHOP, TARGETS, Capable, foreign_key, load, table

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.stubs.audit import orphan_query
from dsql_migrate.stubs.obligations import ForeignKey, Obligations, TableShape, resolved

pytestmark = pytest.mark.server
Connection = psycopg.Connection
Step = Callable[[Connection], object]

TABLES = (
    "CREATE TABLE customer (id integer PRIMARY KEY, email text UNIQUE)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer DEFAULT 9, email text, parent_id integer)",
    "INSERT INTO customer VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO orders VALUES (10, 2, NULL, NULL)",
)

_numbers = itertools.count()


@pytest.fixture
def dsn(dsql: Database) -> str:
    """A database of the local DSQL with the tables in it."""
    _make(dsql.dsn)
    return dsql.dsn


@pytest.fixture
def plain(server: Server) -> Iterator[str]:
    """The same in PostgreSQL, where the stubs are to hold as well: at READ COMMITTED, its default."""
    name = f"schedule_{next(_numbers)}"
    dsn = server.create_database(name)
    _make(dsn)
    yield dsn
    server.drop_database(name)


def _make(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in TABLES:
            conn.execute(statement.encode())


def race(dsn: str, first: Step, second: Step) -> list[str]:
    """On DSQL: both begin, `first` acts, then `second`, `first` commits, then `second`. "ok" or the SQLSTATE of each.

    All in one thread: a statement that waited for the other transaction would wait for ever.
    """
    outcomes = ["ok", "ok"]
    with psycopg.connect(dsn) as one, psycopg.connect(dsn) as two:
        for conn in (one, two):
            conn.execute("SELECT count(*) FROM customer")  # takes the snapshot
        for place, step in enumerate((partial(first, one), partial(second, two), one.commit, two.commit)):
            try:
                step()
            except psycopg.Error as error:
                outcomes[place % 2] = str(error.sqlstate)
                (one, two)[place % 2].rollback()
    return outcomes


@dataclass(frozen=True)
class Race:
    outcomes: list[str]
    blocked: bool


def race_on_postgres(dsn: str, first: Step, second: Step) -> Race:
    """The same on PostgreSQL, where `second` (in a thread) may be blocked until `first` has committed."""
    outcomes = ["ok", "ok"]

    def act(place: int, *steps: Callable[[], object]) -> None:
        try:
            for step in steps:
                step()
        except psycopg.Error as error:
            outcomes[place] = str(error.sqlstate)

    with psycopg.connect(dsn) as one, psycopg.connect(dsn) as two:
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


SKEWED = pytest.mark.parametrize("steps", [(naive_insert, naive_delete), (naive_delete, naive_insert)])


@SKEWED
def test_a_plain_select_leaves_an_orphan(steps: tuple[Step, Step], dsn: str) -> None:
    """Write skew: this is what the schedules below would show if the stubs locked nothing."""
    assert race(dsn, *steps) == ["ok", "ok"]
    assert orphans(dsn, BY_ID) == 1


@SKEWED
def test_a_plain_select_leaves_an_orphan_on_postgres(steps: tuple[Step, Step], plain: str) -> None:
    assert race_on_postgres(plain, *steps) == Race(["ok", "ok"], blocked=False)
    assert orphans(plain, BY_ID) == 1


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


WRITES = pytest.mark.parametrize(("child", "parent"), list(itertools.product((insert, adopt), (delete, rename))))
ORDER = pytest.mark.parametrize("parent_first", [False, True], ids=["child first", "parent first"])
Writing = Callable[[ModuleType], Step]


@ORDER
@WRITES
@pytest.mark.parametrize("on", KEYS)
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_orphan(
    on: str, child: Writing, parent: Writing, target: Capable, parent_first: bool, dsn: str, tmp_path: Path
) -> None:
    """Whatever the lock that was to be had on a day: the second to commit loses, and nobody waits."""
    key = foreign_key("fk", "orders", parent="customer", **KEYS[on])
    package = load(shop(key), tmp_path, target)
    steps = (parent(package), child(package)) if parent_first else (child(package), parent(package))
    assert race(dsn, *steps) == ["ok", "40001"]
    assert orphans(dsn, key) == 0


@ORDER
@WRITES
@pytest.mark.parametrize("on", KEYS)
def test_no_orphan_on_postgres(
    on: str, child: Writing, parent: Writing, parent_first: bool, plain: str, tmp_path: Path
) -> None:
    key = foreign_key("fk", "orders", parent="customer", **KEYS[on])
    package = load(shop(key), tmp_path, TARGETS["key-share"])
    steps = (parent(package), child(package)) if parent_first else (child(package), parent(package))
    assert race_on_postgres(plain, *steps) == Race(["ok", "23503"], blocked=True)
    assert orphans(plain, key) == 0


ACTIONS = pytest.mark.parametrize("action", ["no action", "restrict", "cascade", "set null", "set default"])


@ACTIONS
def test_no_orphan_under_any_action(action: str, dsn: str, tmp_path: Path) -> None:
    key = foreign_key("fk", "orders", ["customer_id"], "customer", referenced_columns=("id",), on_delete=action)
    package = load(shop(key), tmp_path, TARGETS["key-share"])
    assert race(dsn, insert(package), delete(package)) == ["ok", "40001"]
    assert orphans(dsn, key) == 0


@ACTIONS
def test_no_orphan_under_any_action_on_postgres(action: str, plain: str, tmp_path: Path) -> None:
    key = foreign_key("fk", "orders", ["customer_id"], "customer", referenced_columns=("id",), on_delete=action)
    package = load(shop(key), tmp_path, TARGETS["key-share"])
    follows = action in {"cascade", "set null"}  # it looks again, and finds the new row
    found = race_on_postgres(plain, insert(package), delete(package))
    assert found == Race(["ok", "ok" if follows else "23503"], blocked=True)
    assert orphans(plain, key) == 0


def test_a_parent_without_primary_key_is_written(dsn: str, tmp_path: Path) -> None:
    """Before FOR UPDATE took any predicate, nothing but a write could hold the row of such a table."""
    key = foreign_key("fk", "orders", parent="customer", **KEYS["unique key"])
    package = load(shop(key, primary_key=()), tmp_path, TARGETS["before-any-predicate"])
    remove: Step = partial(psycopg.Connection.execute, query="DELETE FROM customer WHERE id = 1")
    assert race(dsn, insert(package), remove) == ["ok", "40001"]
    assert orphans(dsn, key) == 0


@pytest.mark.parametrize(("target", "second"), [(KEY_SHARE, "ok"), (FOR_UPDATE, "40001")])
def test_key_share_lets_the_rest_of_the_parent_change(target: Capable, second: str, dsn: str, tmp_path: Path) -> None:
    key = foreign_key("fk", "orders", parent="customer", **KEYS["primary key"])
    with psycopg.connect(dsn) as conn:
        conn.execute("ALTER TABLE customer ADD note text")
    package = load(shop(key), tmp_path, target)
    note: Step = lambda conn: package.customer.update(conn, 1, note="new")  # noqa: E731
    assert race(dsn, insert(package), note) == ["ok", second]


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
