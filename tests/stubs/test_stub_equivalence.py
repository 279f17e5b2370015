"""The stubs against PostgreSQL's own foreign keys: the same random writes, the same outcomes, the same rows."""

import os
import random
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from random_schema import Schema, Write, schema, write
from stub_cases import BEFORE_ANY_PREDICATE, FOR_UPDATE, KEY_SHARE, load, obligations_of, without_foreign_keys

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.stubs.audit import orphan_query

SEEDS = int(os.environ.get("DSQL_MIGRATE_STUB_SEEDS", "8"))
WRITES = 100
TARGETS = (KEY_SHARE, FOR_UPDATE, BEFORE_ANY_PREDICATE)

pytestmark = pytest.mark.server
Rows = dict[str, list[dict[str, Any]]]


def statement(write: Write, key: tuple[str, ...]) -> tuple[sql.Composed, list[int | None]]:
    """The write as SQL, for the database that enforces its keys itself."""
    table, columns = sql.Identifier(write.table), list(write.values)
    where = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(c)) for c in key)
    pairs = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(c)) for c in columns)
    if write.kind == "insert":
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        marks = sql.SQL(", ").join(sql.Placeholder() * len(columns))
        return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(table, names, marks), list(write.values.values())
    if write.kind == "update":
        query = sql.SQL("UPDATE {} SET {} WHERE {}").format(table, pairs, where)
        return query, [*write.values.values(), *write.key]
    return sql.SQL("DELETE FROM {} WHERE {}").format(table, where), [*write.key]


def by_database(conn: psycopg.Connection, writes: list[Write], made: Schema) -> tuple[str, str]:
    try:
        with conn.transaction():
            for each in writes:
                conn.execute(*statement(each, made.keys[each.table]))
    except psycopg.Error as error:
        return outcome(error)
    return "ok", ""


def by_stubs(package: ModuleType, conn: psycopg.Connection, writes: list[Write]) -> tuple[str, str]:
    def work(conn: psycopg.Connection) -> None:
        for each in writes:
            module = getattr(package, each.table)
            keys = () if each.kind == "insert" else each.key
            getattr(module, each.kind)(conn, *keys, **each.values)

    try:
        package.runtime.run(conn, work)
    except psycopg.Error as error:
        return outcome(error)
    return "ok", ""


def outcome(error: psycopg.Error) -> tuple[str, str]:
    """Class of the error, and its text where it is a foreign key's."""
    text = str(error) if error.sqlstate == "23503" else ""
    return str(error.sqlstate), text


def rows_of(conn: psycopg.Connection, tables: list[str]) -> Rows:
    with conn.cursor(row_factory=dict_row) as cursor:
        return {
            name: sorted(cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall(), key=repr)
            for name in tables
        }


@pytest.mark.parametrize("deferred", [False, True], ids=["immediate", "deferred"])
@pytest.mark.parametrize("seed", range(SEEDS))
def test_as_postgres(seed: int, deferred: bool, server: Server, tmp_path: Path) -> None:
    """Every transaction ends alike on both sides, down to the message, and leaves the same rows and no orphan."""
    dice = random.Random(f"{seed} {deferred}")
    made = schema(dice, deferred=deferred)
    real, bare = (server.create_database(f"stubs_{side}_{seed}_{deferred}") for side in ("real", "bare"))
    for dsn in (real, bare):
        with psycopg.connect(dsn, autocommit=True) as conn:
            for ddl in made.ddl:
                conn.execute(ddl)
    obligations = obligations_of(real)
    without_foreign_keys(bare, obligations)
    package = load(obligations, tmp_path, TARGETS[seed % len(TARGETS)])
    # A table without foreign keys has no module: leave it alone.
    keys = {name: key for name, key in made.keys.items() if hasattr(package, name)}
    seen: dict[str, int] = {}
    with psycopg.connect(real, autocommit=True) as native, psycopg.connect(bare, autocommit=True) as stubbed:
        rows = rows_of(native, list(keys))
        for number in range(WRITES):
            writes = [write(dice, keys, rows) for _ in range(dice.randint(2, 4) if deferred else 1)]
            expected = by_database(native, writes, made)
            got = by_stubs(package, stubbed, writes)
            where = f"seed {seed}, transaction {number}: {writes}\n" + "\n".join(made.ddl)
            # At COMMIT several deferred checks may fail; which of them speaks first is not compared.
            assert got[0] == expected[0], where
            assert deferred or got == expected, where
            rows = rows_of(native, list(keys))
            assert rows_of(stubbed, list(keys)) == rows, where
            seen[got[0]] = seen.get(got[0], 0) + 1
        for key in obligations.foreign_keys:
            assert stubbed.execute(orphan_query(key).encode()).fetchall() == [], key
    assert seen["ok"] > 5, f"the test must not be empty: {seen}"
    for side in ("real", "bare"):
        server.drop_database(f"stubs_{side}_{seed}_{deferred}")


Call = tuple[str, str, tuple[int, ...], dict[str, object]]
# Corners that random writes seldom meet: the tables, rows, and one write as SQL and as a call.
CORNERS: dict[str, tuple[str, str, str, Call]] = {
    "the default is the old key": (
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, "
        "p int DEFAULT 1 REFERENCES p ON DELETE SET DEFAULT)",
        "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)",
        "DELETE FROM p WHERE id = 1",
        ("p", "delete", (1,), {}),
    ),
    "1.0 becomes 1.00": (
        "CREATE TABLE p (id int PRIMARY KEY, k numeric UNIQUE); CREATE TABLE c (id int PRIMARY KEY, "
        "k numeric REFERENCES p (k) ON UPDATE CASCADE)",
        "INSERT INTO p VALUES (1, 1.0); INSERT INTO c VALUES (1, 1.0)",
        "UPDATE p SET k = 1.00 WHERE id = 1",
        ("p", "update", (1,), {"k": Decimal("1.00")}),
    ),
    "a row names itself and is renamed": (
        "CREATE TABLE p (id int PRIMARY KEY, up int REFERENCES p ON UPDATE CASCADE)",
        "INSERT INTO p VALUES (1, 1), (2, 1)",
        "UPDATE p SET id = 7 WHERE id = 1",
        ("p", "update", (1,), {"id": 7}),
    ),
    "a chain of five falls": (
        "CREATE TABLE p (id int PRIMARY KEY, up int REFERENCES p ON DELETE CASCADE)",
        "INSERT INTO p VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, 4), (6, NULL)",
        "DELETE FROM p WHERE id = 1",
        ("p", "delete", (1,), {}),
    ),
    "one way cascades, the other would refuse": (
        "CREATE TABLE p (id int PRIMARY KEY);"
        "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE);"
        "CREATE TABLE l (id int PRIMARY KEY, c int REFERENCES c, p int REFERENCES p ON DELETE CASCADE)",
        "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1); INSERT INTO l VALUES (1, 1, 1)",
        "DELETE FROM p WHERE id = 1",
        ("p", "delete", (1,), {}),
    ),
    "a generated column is the key": (
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, n int, "
        "p int GENERATED ALWAYS AS (n + 1) STORED REFERENCES p)",
        "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 0)",
        "UPDATE c SET n = 5 WHERE id = 1",
        ("c", "update", (1,), {"n": 5}),
    ),
    "NOT NULL stands in the way of SET NULL": (
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, "
        "p int NOT NULL REFERENCES p ON DELETE SET NULL)",
        "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)",
        "DELETE FROM p WHERE id = 1",
        ("p", "delete", (1,), {}),
    ),
}


@pytest.mark.parametrize("name", CORNERS)
def test_corners(name: str, server: Server, tmp_path: Path) -> None:
    tables, rows, query, (table, kind, key, values) = CORNERS[name]
    number = list(CORNERS).index(name)
    real, bare = (server.create_database(f"corner_{side}_{number}") for side in ("real", "bare"))
    for dsn in (real, bare):
        with psycopg.connect(dsn) as conn:
            conn.execute(tables.encode())
            conn.execute(rows.encode())
    obligations = obligations_of(real)
    without_foreign_keys(bare, obligations)
    package = load(obligations, tmp_path, KEY_SHARE)
    with psycopg.connect(real, autocommit=True) as native, psycopg.connect(bare, autocommit=True) as stubbed:
        expected = got = ("ok", "")
        try:
            native.execute(query.encode())
        except psycopg.Error as error:
            expected = outcome(error)
        try:
            package.runtime.run(stubbed, lambda conn: getattr(getattr(package, table), kind)(conn, *key, **values))
        except psycopg.Error as error:
            got = outcome(error)
        assert got == expected
        names = [shape.name for shape in obligations.tables]
        # repr: 1.0 and 1.00 are equal, and yet not the same
        assert repr(rows_of(stubbed, names)) == repr(rows_of(native, names))
