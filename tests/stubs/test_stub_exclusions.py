"""Exclusion constraints kept by code: as PostgreSQL keeps them, and whatever two transactions do side by side."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from stub_cases import KEY_SHARE, load
from test_stub_schedules import race, race_on_postgres

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.policy import Allow, judge
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.rewrite.application.writing import obligations_of
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.run import read_input
from dsql_migrate.source.parse import parse
from dsql_migrate.stubs.guards import FILE, conflict_query, overlap_query, write_guards
from dsql_migrate.stubs.obligations import Obligations
from dsql_migrate.target import load_target

pytestmark = pytest.mark.server
Connection = psycopg.Connection
Step = Callable[[Connection], object]

TABLE = "CREATE TABLE booking (id integer PRIMARY KEY, room integer, first integer, last integer, note text)"
SAME_ROOM = "int4range(room, room, '[]') WITH &&, int4range(first, last) WITH &&"  # gist knows no = of integers
DAYS = "int4range(first, last) WITH &&"


def owed(tmp_path: Path, constraint: str) -> Obligations:
    """What a table with this constraint owes, as the rewrite collects it."""
    path = tmp_path / "hotel.sql"
    path.write_text(f"{TABLE}; CREATE TABLE customer (id int);\nALTER TABLE booking ADD CONSTRAINT apart {constraint};")
    target, decided = load_target(), Decisions()
    return obligations_of(*make_plan(read_input(str(path), decided, target), target, decided))


def prepare(dsn: str, obligations: Obligations, folder: Path) -> None:
    write_guards(obligations, folder)
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("CREATE TABLE customer (id int PRIMARY KEY)")
        conn.execute(TABLE.encode())
        conn.execute((folder / FILE).read_bytes())


def meeting(dsn: str, obligations: Obligations) -> int:
    """How many pairs of rows break the constraint, by its audit."""
    with psycopg.connect(dsn) as conn:
        return len(conn.execute(overlap_query(obligations.exclusions[0], ("id",)).encode()).fetchall())


def naive(conn: Connection, id: int) -> None:
    """Look, then insert: what a plain SELECT is worth."""
    query = "SELECT 1 FROM booking WHERE room = 1 AND int4range(first, last) && int4range(1, 5)"
    assert not conn.execute(query).fetchall()
    conn.execute("INSERT INTO booking VALUES (%s, 1, 1, 5)", [id])


EQUAL = f"EXCLUDE USING gist (room WITH =, {DAYS}) WHERE (room > 0)"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Obligations, ModuleType]:
    obligations = owed(tmp_path, EQUAL)
    return obligations, load(obligations, tmp_path, KEY_SHARE)


def test_a_plain_select_lets_two_rows_meet(
    dsql: Database, kept: tuple[Obligations, ModuleType], tmp_path: Path
) -> None:
    """Write skew: what the schedules below would show if nothing were guarded."""
    prepare(dsql.dsn, kept[0], tmp_path)
    assert race(dsql.dsn, lambda conn: naive(conn, 1), lambda conn: naive(conn, 2)) == ["ok", "ok"]
    assert meeting(dsql.dsn, kept[0]) == 1


def booked(package: ModuleType, id: int, room: int) -> Step:
    return lambda conn: package.booking.insert(conn, id=id, room=room, first=1, last=5)


def moved(package: ModuleType, id: int, room: int) -> Step:
    return lambda conn: package.booking.update(conn, id, room=room)


def test_no_two_rows_meet(dsql: Database, kept: tuple[Obligations, ModuleType], tmp_path: Path) -> None:
    """By insert and by update, in either order; other rooms do not disturb each other."""
    obligations, package = kept
    prepare(dsql.dsn, obligations, tmp_path)
    with psycopg.connect(dsql.dsn) as conn:
        conn.execute("INSERT INTO booking VALUES (8, 8, 2, 4), (9, 9, 2, 4)")
    assert race(dsql.dsn, booked(package, 1, 1), booked(package, 2, 1)) == ["ok", "40001"]
    assert race(dsql.dsn, booked(package, 3, 3), moved(package, 8, 3)) == ["ok", "40001"]
    assert race(dsql.dsn, moved(package, 9, 5), booked(package, 4, 5)) == ["ok", "40001"]
    assert race(dsql.dsn, booked(package, 6, 6), booked(package, 7, 7)) == ["ok", "ok"]
    assert race(dsql.dsn, moved(package, 1, 20), booked(package, 11, 20)) == ["ok", "40001"]  # its guard is there now
    assert meeting(dsql.dsn, obligations) == 0
    with psycopg.connect(dsql.dsn) as conn, pytest.raises(psycopg.errors.ExclusionViolation) as caught:
        package.runtime.run(conn, booked(package, 12, 20))
    assert (caught.value.diag.constraint_name, caught.value.diag.table_name) == ("apart", "booking")


def test_no_two_rows_meet_on_postgres(
    server: Server, kept: tuple[Obligations, ModuleType], tmp_path: Path
) -> None:
    obligations, package = kept
    dsn = server.create_database("stub_exclusions_race")
    prepare(dsn, obligations, tmp_path)
    found = race_on_postgres(dsn, booked(package, 1, 1), booked(package, 2, 1))
    assert (found.outcomes, found.blocked) == (["ok", "23P01"], True)
    assert meeting(dsn, obligations) == 0
    server.drop_database("stub_exclusions_race")


CONSTRAINTS = {
    "gist": f"EXCLUDE USING gist ({SAME_ROOM}) WHERE (room <> 3)",
    "btree": "EXCLUDE (room WITH =, (first % 4) WITH =)",
    "deferred": f"EXCLUDE USING gist ({SAME_ROOM}) DEFERRABLE INITIALLY DEFERRED",
}


@pytest.fixture(params=CONSTRAINTS)
def sides(request: pytest.FixtureRequest, server: Server, dsql: Database, tmp_path: Path) -> Iterator[Any]:
    """The same table in PostgreSQL with its constraint, and on the local DSQL with the stubs."""
    name = f"stub_exclusions_{request.param}"
    real = server.create_database(name)
    with psycopg.connect(real, autocommit=True) as conn:
        conn.execute(TABLE.encode())
        conn.execute(f"ALTER TABLE booking ADD CONSTRAINT apart {CONSTRAINTS[request.param]}".encode())
    obligations = owed(tmp_path, CONSTRAINTS[request.param])
    prepare(dsql.dsn, obligations, tmp_path)
    with psycopg.connect(real, autocommit=True) as native, psycopg.connect(dsql.dsn, autocommit=True) as stubbed:
        yield request.param == "deferred", native, stubbed, load(obligations, tmp_path, KEY_SHARE)
    server.drop_database(name)


def test_as_postgres(sides: Any) -> None:
    """The same random writes have the same outcomes, and leave the same rows."""
    deferred, native, stubbed, package = sides
    dice, seen = random.Random(7), {"ok": 0, "23P01": 0}
    for number in range(150):
        writes = [drawn(dice) for _ in range(3 if deferred else 1)]
        expected = outcome(partial(in_one, native, [by_sql(*write) for write in writes]))
        got = outcome(partial(package.runtime.run, stubbed, partial(by_stubs, package, writes)))
        assert got == expected, f"{number}: {writes}"
        seen[got] = seen.get(got, 0) + 1
        query = "SELECT * FROM booking ORDER BY id"
        assert stubbed.execute(query).fetchall() == native.execute(query).fetchall(), f"{number}: {writes}"
    assert min(seen["ok"], seen["23P01"]) > 10, seen


def drawn(dice: random.Random) -> tuple[str, int, dict[str, Any]]:
    id, first = dice.randint(1, 25), dice.randint(1, 10)
    last = dice.choice([first, first + 3, first + 6, None])
    row = {"room": dice.choice([1, 1, 2, 3, None]), "first": first, "last": last}
    kind = dice.choice(["insert", "insert", "update", "delete", "note"])
    return ("update", id, {"note": "x"}) if kind == "note" else (kind, id, {} if kind == "delete" else row)


def by_sql(kind: str, id: int, row: dict[str, Any]) -> tuple[str, list[Any]]:
    if kind == "insert":
        return f"INSERT INTO booking (id, {', '.join(row)}) VALUES (%s, %s, %s, %s)", [id, *row.values()]
    if kind == "update":
        return f"UPDATE booking SET {', '.join(f'{name} = %s' for name in row)} WHERE id = %s", [*row.values(), id]
    return "DELETE FROM booking WHERE id = %s", [id]


def in_one(conn: Connection, statements: list[tuple[str, list[Any]]]) -> None:
    with conn.transaction():
        for text, values in statements:
            conn.execute(text.encode(), values)


def by_stubs(package: ModuleType, writes: list[tuple[str, int, dict[str, Any]]], conn: Connection) -> None:
    for kind, id, row in writes:
        if kind == "insert":
            package.booking.insert(conn, id=id, **row)
        else:
            getattr(package.booking, kind)(conn, id, **row)


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except psycopg.Error as error:
        return str(error.sqlstate)
    return "ok"


def test_a_range_column_is_put_together_from_its_ends(dsql: Database, tmp_path: Path) -> None:
    """The bundle has three columns for it: an empty range and NULL meet nothing, a missing end is infinite."""
    path = tmp_path / "ranges.sql"
    path.write_text("CREATE TABLE t (id integer PRIMARY KEY, r int4range, EXCLUDE USING gist (r WITH &&));")
    target, decided = load_target(), Decisions()
    plan, stubs = make_plan(read_input(str(path), decided, target), target, decided)
    obligations = obligations_of(plan, stubs)
    write_guards(obligations, tmp_path)
    package = load(obligations, tmp_path, target)
    rows = [(1, 1, 5, "[)"), (2, 5, 9, "[)"), (3, 4, None, "(]"), (4, None, None, "empty"), (5, None, None, None),
            (6, 9, 9, "[]"), (7, 20, None, "[)"), (8, None, 1, "(]"), (9, None, 1, "()")]  # fmt: skip
    found = []
    with psycopg.connect(dsql.dsn, autocommit=True) as conn:
        for item in plan.pre:
            conn.execute(item.text)
        conn.execute((tmp_path / FILE).read_bytes())
        for id, lower, upper, bounds in rows:
            row = {"id": id, "r_lower": lower, "r_upper": upper, "r_bounds": bounds}
            found.append(outcome(lambda row=row: package.runtime.run(conn, lambda conn: package.t.insert(conn, **row))))
    assert found == ["ok", "ok", "23P01", "ok", "ok", "ok", "ok", "23P01", "ok"]


def test_it_is_typed_and_formatted(tmp_path: Path) -> None:
    load(owed(tmp_path, EQUAL), tmp_path, KEY_SHARE)
    (package,) = (tmp_path / "app" / "python").iterdir()
    checks = "E,F,I,UP,B,SIM,RUF,C4,PT,RET"
    for words in (
        ["ruff", "check", "--isolated", "--no-cache", f"--select={checks}", package.name],
        ["ruff", "format", "--isolated", "--no-cache", "--check", "--diff", package.name],
        ["mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", "-p", package.name],
    ):
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=False)
        if "No module named" in done.stderr:
            pytest.skip(done.stderr)
        assert done.returncode == 0, done.stdout + done.stderr


def test_dsql_takes_the_queries(tmp_path: Path) -> None:
    target, one = load_target(), owed(tmp_path, EQUAL).exclusions[0]
    guard = "INSERT INTO dsql_migrate_guard (key, name) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET name = $2"
    for text in ("".join(conflict_query(one, ("id",), lambda n: f"${n + 1}")), overlap_query(one, ("id",)), guard):
        assert isinstance(judge(parse(text.encode()), text.encode(), target), Allow), text
    assert one.held == ("room",)
    assert set(one.reads) == {"room", "first", "last"}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("CREATE TABLE t (x int, EXCLUDE (x WITH =))", "no primary key"),
        ("CREATE TABLE t (id int PRIMARY KEY, x int4range, EXCLUDE USING gist (x WITH -|-))", "-|- is not said of"),
        ("CREATE TABLE t (id int PRIMARY KEY, x point, EXCLUDE USING gist (x WITH ~=))", "x has another type"),
    ],
)
def test_what_has_no_code_says_so(table: str, why: str, tmp_path: Path) -> None:
    from dsql_migrate.rewrite.run import rewrite

    (tmp_path / "x.sql").write_text(table + ";")
    done = rewrite(str(tmp_path / "x.sql"), tmp_path / "out")
    (entry,) = (entry for entry in done.ledger["entries"] if entry["disposition"] == "application")
    assert "no code is written" in entry["reason"]
    assert why in entry["reason"]
    assert not (tmp_path / "out" / "app").exists()
