"""TypeScript stubs against PostgreSQL's own foreign keys, and two of their transactions side by side on DSQL."""

import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from node_cases import Failed, Limited, Node, rows_of
from random_schema import Schema, Write, schema, write
from stub_cases import FOR_UPDATE, KEY_SHARE, SHOP, TARGETS, foreign_key, obligations_of, table, without_foreign_keys
from test_stub_equivalence import CORNERS, by_database, outcome
from test_stub_equivalence import rows_of as dicts_of
from test_stub_python import HOSTILE, hostile_shop
from test_stub_schedules import KEYS, _make, orphans

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.stubs.audit import orphan_query
from dsql_migrate.stubs.obligations import ForeignKey, Obligations

pytestmark = pytest.mark.server
SEEDS = int(os.environ.get("DSQL_MIGRATE_STUB_SEEDS", "4"))
WRITES = 60
_numbers = itertools.count()


def calls(writes: list[Write]) -> list[tuple[str, str, list[Any]]]:
    found: list[tuple[str, str, list[Any]]] = []
    for each in writes:
        key = [] if each.kind == "insert" else list(each.key)
        found.append((each.table, each.kind, key if each.kind == "delete" else [*key, each.values]))
    return found


def by_stubs(node: Node, package: str, conn: str, calls: list[Any]) -> tuple[str, str]:
    try:
        node.ask("run", name=package, on=conn, calls=calls)
    except Failed as error:
        if error.code != "23503":
            return error.code, ""
        return error.code, f"{error.fields['message']}\nDETAIL:  {error.fields['detail']}"
    return "ok", ""


@pytest.mark.parametrize("deferred", [False, True], ids=["immediate", "deferred"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_as_postgres_in_typescript(seed: int, deferred: bool, server: Server, node: Node) -> None:
    """Every transaction ends alike on both sides, down to the message, and leaves the same rows and no orphan."""
    dice = random.Random(f"{seed} {deferred} typescript")
    made: Schema = schema(dice, deferred=deferred)
    real, bare = (server.create_database(f"ts_{side}_{seed}_{deferred}") for side in ("real", "bare"))
    for dsn in (real, bare):
        with psycopg.connect(dsn, autocommit=True) as conn:
            for ddl in made.ddl:
                conn.execute(ddl)
    obligations = obligations_of(real)
    without_foreign_keys(bare, obligations)
    package = node.load(obligations, Limited(list(TARGETS.values())[seed % 3]))
    with_keys = {name for key in obligations.foreign_keys for name in (key.table[1], key.references[1])}
    keys = {name: key for name, key in made.keys.items() if name in with_keys}
    stubs = node.connect(bare)
    seen: dict[str, int] = {}
    with psycopg.connect(real, autocommit=True) as native, psycopg.connect(bare, autocommit=True) as looking:
        rows = dicts_of(native, list(keys))
        for number in range(WRITES):
            writes = [write(dice, keys, rows) for _ in range(dice.randint(2, 4) if deferred else 1)]
            expected = by_database(native, writes, made)
            got = by_stubs(node, package, stubs, calls(writes))
            where = f"seed {seed}, transaction {number}: {writes}\n" + "\n".join(made.ddl)
            # At COMMIT several deferred checks may fail; which of them speaks first is not compared.
            assert got[0] == expected[0], f"{got} {expected} {where}"
            assert deferred or got == expected, where
            rows = dicts_of(native, list(keys))
            assert dicts_of(looking, list(keys)) == rows, where
            seen[got[0]] = seen.get(got[0], 0) + 1
        for key in obligations.foreign_keys:
            assert looking.execute(orphan_query(key).encode()).fetchall() == [], key
    assert seen["ok"] > 5, f"the test must not be empty: {seen}"
    node.ask("close", name=stubs)
    for side in ("real", "bare"):
        server.drop_database(f"ts_{side}_{seed}_{deferred}")


MORE_CORNERS = {
    **CORNERS,
    "microseconds are the key": (
        "CREATE TABLE p (id int PRIMARY KEY, at timestamptz UNIQUE); CREATE TABLE c (id int PRIMARY KEY, "
        "at timestamptz REFERENCES p (at) ON UPDATE CASCADE, n bigint, j json)",
        "INSERT INTO p VALUES (1, '2024-01-01 10:00:00.123456+00');"
        """INSERT INTO c VALUES (1, '2024-01-01 10:00:00.123456+00', 9007199254740993, '{"b": 1.10, "a":  null}')""",
        "UPDATE p SET at = '2024-01-01 10:00:00.123457+00' WHERE id = 1",
        ("p", "update", (1,), {"at": "2024-01-01 10:00:00.123457+00"}),
    ),
    "big numbers, and numbers of two types": (
        "CREATE TABLE p (id numeric(20, 2) PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, "
        "p bigint REFERENCES p ON UPDATE CASCADE)",
        "INSERT INTO p VALUES (9007199254740993); INSERT INTO c VALUES (1, 9007199254740993)",
        "UPDATE p SET id = 9007199254740995 WHERE id = 9007199254740993",
        ("p", "update", ("9007199254740993",), {"id": "9007199254740995"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MORE_CORNERS)
def test_corners_in_typescript(name: str, server: Server, node: Node) -> None:
    tables, rows, query, (module, kind, key, values) = MORE_CORNERS[name]
    number = next(_numbers)
    real, bare = (server.create_database(f"ts_corner_{side}_{number}") for side in ("real", "bare"))
    for dsn in (real, bare):
        with psycopg.connect(dsn) as conn:
            conn.execute(tables.encode())
            conn.execute(rows.encode())
    obligations = obligations_of(real)
    without_foreign_keys(bare, obligations)
    package = node.load(obligations, Limited(KEY_SHARE))
    stubs = node.connect(bare)
    with psycopg.connect(real, autocommit=True) as native, psycopg.connect(bare, autocommit=True) as looking:
        expected = ("ok", "")
        try:
            native.execute(query.encode())
        except psycopg.Error as error:
            expected = outcome(error)
        call = (module, kind, [*key, *([] if kind == "delete" else [values])])
        assert by_stubs(node, package, stubs, [call]) == expected
        names = [shape.name for shape in obligations.tables]
        assert rows_of(looking, names) == rows_of(native, names)
    node.ask("close", name=stubs)


def test_hostile_names_work_in_typescript(server: Server, node: Node) -> None:
    """The same tables on a server: every name reaches the database as it is."""
    made = hostile_shop()
    dsn = server.create_database("ts_hostile")
    with psycopg.connect(dsn) as conn:
        for shape in made.tables:
            names = [psycopg.sql.Identifier(column.name) for column in shape.columns]
            parts = (psycopg.sql.Identifier(shape.name), *names)
            conn.execute(psycopg.sql.SQL("CREATE TABLE {} ({} bigint PRIMARY KEY, {} bigint)").format(*parts))
    package = node.load(made, Limited())
    conn = node.connect(dsn)
    modules = node.ask("load", name="again", path=str(node.folder / "app/typescript" / package / "build/index.js"))
    modules = [name for name in modules if name not in ("Work", "failure", "run", "runInBatches", "within")]
    assert len(modules) == len(HOSTILE)
    seen = set()
    for module in modules:
        with pytest.raises(Failed) as caught:  # an unknown column: PostgreSQL says which table is meant
            node.ask("run", name=package, on=conn, calls=[[module, "insert", [{"no such column": 1}]]])
        seen.add(caught.value.fields["message"])
    assert seen == {
        f'column "no such column" of relation "{name}" does not exist' for name in HOSTILE
    }


@pytest.fixture
def dsn(dsql: Database) -> str:
    """A database of the local DSQL with the tables of the schedules."""
    _make(dsql.dsn)
    return dsql.dsn


def race(node: Node, package: str, dsn: str, first: list[Any], second: list[Any]) -> list[str]:
    """Both begin, `first` acts, then `second`, `first` commits, then `second`. "ok" or the SQLSTATE of each.

    A call is one of the package's, or SQL.
    """
    outcomes = ["ok", "ok"]
    conns = [node.connect(dsn), node.connect(dsn)]
    for conn in conns:
        node.ask("query", on=conn, text="BEGIN")
        node.ask("query", on=conn, text="SELECT count(*) FROM customer")  # takes the snapshot
    for place, step in enumerate((first, second, "COMMIT", "COMMIT")):
        conn = conns[place % 2]
        try:
            if isinstance(step, str):
                node.ask("query", on=conn, text=step)
            else:
                for each in step:
                    if isinstance(each, str):
                        node.ask("query", on=conn, text=each)
                    else:
                        node.ask("within", name=package, on=conn, calls=[each])
        except Failed as error:
            outcomes[place % 2] = error.code
            node.ask("query", on=conn, text="ROLLBACK")
    for conn in conns:
        node.ask("close", name=conn)
    return outcomes


NAIVE_INSERT = ["SELECT 1 FROM customer WHERE id = 1", "INSERT INTO orders VALUES (11, 1)"]
NAIVE_DELETE = ["SELECT 1 FROM orders WHERE customer_id = 1", "DELETE FROM customer WHERE id = 1"]
INSERT = [["orders", "insert", [{"id": 11, "customer_id": 1, "email": "one", "parent_id": 10}]]]
ADOPT = [["orders", "update", [10, {"customer_id": 1, "email": "one"}]]]
DELETE = [["customer", "delete", [1]]]
RENAME = [["customer", "update", [1, {"id": 7, "email": "seven"}]]]


def shop(key: ForeignKey) -> Obligations:
    children = table("orders", "id", "customer_id", "email", "parent_id")
    return Obligations("shop.sql", (table("customer", "id", "email"), children), (key,))


def test_a_plain_select_leaves_an_orphan_in_typescript(node: Node, dsn: str) -> None:
    """Write skew: this is what the schedules below would show if the stubs locked nothing."""
    assert race(node, "", dsn, NAIVE_INSERT, NAIVE_DELETE) == ["ok", "ok"]
    assert orphans(dsn, foreign_key("fk", "orders", ["customer_id"], "customer", referenced_columns=("id",))) == 1


@pytest.mark.parametrize("on", KEYS)
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_orphan_in_typescript(on: str, target: frozenset[str], node: Node, dsn: str) -> None:
    """Whatever the lock that was to be had on a day, the second to commit loses."""
    key = foreign_key("fk", "orders", parent="customer", **KEYS[on])
    package = node.load(shop(key), Limited(target))
    for child, parent, swapped in itertools.product((INSERT, ADOPT), (DELETE, RENAME), (False, True)):
        with psycopg.connect(dsn) as conn:
            conn.execute("DELETE FROM orders")
            conn.execute("DELETE FROM customer")
            conn.execute("INSERT INTO customer VALUES (1, 'one'), (2, 'two')")
            conn.execute("INSERT INTO orders VALUES (10, 2, NULL, NULL)")
        first, second = (parent, child) if swapped else (child, parent)
        assert race(node, package, dsn, first, second) == ["ok", "40001"], (child, parent, swapped)
        assert orphans(dsn, key) == 0


@pytest.mark.parametrize(("target", "second"), [(KEY_SHARE, "ok"), (FOR_UPDATE, "40001")])
def test_key_share_lets_the_rest_change_in_typescript(
    target: frozenset[str], second: str, node: Node, dsn: str
) -> None:
    key = foreign_key("fk", "orders", parent="customer", **KEYS["primary key"])
    with psycopg.connect(dsn) as conn:
        conn.execute("ALTER TABLE customer ADD note text")
    package = node.load(shop(key), Limited(target))
    note = [["customer", "update", [1, {"note": "new"}]]]
    assert race(node, package, dsn, INSERT, note) == ["ok", second]


@pytest.fixture
def shop_dsn(server: Server) -> Iterator[str]:
    name = f"ts_runtime_{next(_numbers)}"
    dsn = server.create_database(name)
    with psycopg.connect(dsn) as conn:
        conn.execute("CREATE TABLE customer (id int PRIMARY KEY)")
        conn.execute("CREATE TABLE orders (id int PRIMARY KEY, customer_id int)")
        conn.execute("CREATE TABLE line (order_id int, no int, PRIMARY KEY (order_id, no))")
    yield dsn
    server.drop_database(name)


def test_the_runtime(node: Node, shop_dsn: str) -> None:
    """Retries, unknown outcomes, batches: ``node/runtime_checks.mjs`` says what is expected."""
    package = node.load(SHOP, Limited(KEY_SHARE))
    checks = Path(__file__).parent / "node" / "runtime_checks.mjs"
    (node.folder / checks.name).write_text(checks.read_text())
    conn = node.connect(shop_dsn)
    path = str(node.folder / checks.name)
    node.ask("load", name="checks", path=path)
    stubs = str(node.folder / "app" / "typescript" / package / "build" / "index.js")
    done = node.ask("check", name="checks", on=conn, stubs=stubs)
    assert done == [
        "a lost conflict is repeated whole", "the limit of attempts", "a schema conflict is told apart",
        "other errors are not repeated", "an unknown outcome", "unavailable before COMMIT", "a lost connection",
        "an open transaction is refused", "a caught violation cannot be committed", "the error is PostgreSQL's own",
        "statements side by side", "batches", "rows that are not there",
    ]  # fmt: skip
