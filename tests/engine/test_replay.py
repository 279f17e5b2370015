"""What a transaction did is done again, exactly, from what its statements told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.captured import Client, fresh

from dsql_migrate.engine.postgres.server import Server

pytestmark = pytest.mark.server

TYPES: dict[str, st.SearchStrategy[Any]] = {
    "int2": st.integers(-32768, 32767),
    "int8": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "float4": st.floats(width=32).map(repr),
    "float8": st.floats().map(repr),
    "numeric(30,6)": st.decimals(-(10**20), 10**20, places=4, allow_nan=False).map(str) | st.just("NaN"),
    "numeric": st.from_regex(r"\A-?[1-9][0-9]{0,30}(\.[0-9]{1,20})?\Z"),
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
    | st.sampled_from(["", "(1,2)", '"', "\\", "\\N", "a,b", "NULL", " x ", "{}", "\n", "'", "\t\r\n", "(,)"]),
    "varchar(9)": st.text("aé\"\\'(), ", max_size=9),
    "char(5)": st.text("ab ", max_size=5),
    "bytea": st.binary(max_size=20),
    "uuid": st.uuids().map(str),
    "json": st.sampled_from(['{"a" : 1, "a":2}', "[1 ,2]", '"\\u00e9"', "null", " 1.0 ", '{"q":"\\"(,)"}']),
    "jsonb": st.sampled_from(['{"b": 1.10, "a": [null, "x,y"]}', "{}", "1e3", '"\\"\\\\"']),
    "date": st.sampled_from(["2026-01-31", "infinity", "-infinity", "0044-03-15 BC", "5874897-12-31"]),
    "time": st.sampled_from(["00:00", "24:00", "12:34:56.789012"]),
    "timetz": st.sampled_from(["00:00+05:30", "23:59:59.999999-11"]),
    "timestamp": st.sampled_from(["2026-01-31 01:02:03.000001", "infinity", "0001-01-01 00:00:00 BC"]),
    "timestamptz": st.sampled_from(["2026-01-31 01:02:03+02", "-infinity", "1880-01-01 00:00:00.5+00"]),
    "interval": st.sampled_from(["1 year -2 mons +3 days -04:05:06.7", "30 days", "1 mon", "00:00:00"]),
    "short": st.sampled_from(["a", "bc", "", "ü"]),  # a domain
}


@pytest.fixture(scope="module")
def dsn(server: Server) -> Iterator[str]:
    with fresh(server) as dsn:
        yield dsn


@pytest.fixture
def client(dsn: str) -> Iterator[Client]:
    client = Client(dsn)
    client.run("CREATE SCHEMA s")
    client.run("SET search_path = s")
    yield client
    client.run("ROLLBACK")
    client.run("RESET search_path")
    client.run("DROP SCHEMA s CASCADE")
    client.connection.close()


def rows(client: Client, table: str = "t") -> list[Any]:
    return client.run(f"SELECT t::text FROM {table} t ORDER BY 1")


def same_after_replay(client: Client, *statements: str, table: str = "t") -> list[Any]:
    """Run, park and replay: the table is the same, and stays so when it is committed. Its rows."""
    client.begin()
    for statement in statements:
        client.run(statement)
    wanted = rows(client, table)
    client.park()
    client.replay()
    assert rows(client, table) == wanted
    client.park()
    for told in client.told():
        client.run("SELECT pg_dsql.replay(%s, %s, %s, %s)", told["r"], told["o"], told["o_"], told["n"])
    one_by_one = rows(client, table)
    client.run("COMMIT")
    assert one_by_one == wanted
    return wanted


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_of_all_types_come_back_as_they_were(client: Client, data: st.DataObject) -> None:
    types = data.draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=6))
    keyed = data.draw(st.booleans())
    values = [[data.draw(st.none() | TYPES[kind]) for kind in types] for _ in range(data.draw(st.integers(1, 5)))]
    names = [f'"c{at} é""\\"' for at in range(len(types))]
    client.run("ROLLBACK")
    client.run("DROP TABLE IF EXISTS t")
    client.run("DROP DOMAIN IF EXISTS short")
    client.run("CREATE DOMAIN short AS text CHECK (length(VALUE) < 3)")
    columns = ", ".join(f"{name} {kind}" for name, kind in zip(names, types, strict=True))
    client.run(f"CREATE TABLE t (id int{' PRIMARY KEY' if keyed else ''}, {columns})")
    marks = ", ".join(f"%s::{kind}" for kind in types)
    for at, row in enumerate(values[:2]):  # there before
        client.run(f"INSERT INTO t VALUES ({at}, {marks})", *row)
    client.run("SET datestyle = 'SQL, DMY'")
    client.run("SET timezone = 'Asia/Kolkata'")
    client.begin()
    for at, row in enumerate(values):
        client.run(f"INSERT INTO t VALUES ({at + 10}, {marks})", *row)
    assignments = ", ".join(f"{name} = %s::{kind}" for name, kind in zip(names, types, strict=True))
    client.run(f"UPDATE t SET {assignments} WHERE id IN (0, 10)", *values[-1])
    client.run("UPDATE t SET id = id + 100 WHERE id >= 11")
    client.run("DELETE FROM t WHERE id = 1")
    wanted = rows(client)
    client.park()
    client.replay()
    assert rows(client) == wanted
    client.run("COMMIT")


KEYS = st.integers(1, 6)
STATEMENTS = st.one_of(
    st.builds("INSERT INTO t VALUES ({0}, {1}, {2}, {3})".format, KEYS, KEYS, KEYS, KEYS),
    st.builds("INSERT INTO t VALUES ({0}, {0}, NULL, {1}), ({1}, {1}, {0}, 0)".format, KEYS, KEYS),
    st.builds("INSERT INTO t VALUES ({0}, {1}) ON CONFLICT (id) DO UPDATE SET u = t.u + 9, v = {1}".format, KEYS, KEYS),
    st.builds("UPDATE t SET v = v + {0} WHERE id <= {1}".format, KEYS, KEYS),
    st.builds("UPDATE t SET id = id {0} WHERE u > {1}".format, st.sampled_from(["+ 1", "- 1", "+ 6"]), KEYS),
    st.builds("UPDATE t SET u = {0} - u WHERE id IN ({1}, {2})".format, KEYS, KEYS, KEYS),
    st.builds("UPDATE t SET p = {0}, v = 0 WHERE id = {1}".format, KEYS | st.just("NULL"), KEYS),
    st.builds("DELETE FROM t WHERE id = {0} OR u = {1}".format, KEYS, KEYS),
    st.builds(
        "WITH d AS (DELETE FROM t WHERE id = {0} RETURNING *) INSERT INTO t SELECT id, u + {1}, p, v FROM d".format,
        KEYS,
        KEYS,
    ),
    st.builds(
        "WITH n AS (INSERT INTO t VALUES ({0}, {1}) RETURNING *) UPDATE t SET v = {2} FROM n WHERE t.id <> n.id".format,
        KEYS,
        KEYS,
        KEYS,
    ),
)


@given(before=st.lists(KEYS, unique=True), statements=st.lists(STATEMENTS, min_size=1, max_size=8))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_statements_on_keys_come_to_the_same(client: Client, before: list[int], statements: list[str]) -> None:
    client.run("ROLLBACK")
    client.run("DROP TABLE IF EXISTS t")
    client.run(
        "CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, v int, "
        "p int REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED)"
    )
    client.run("ALTER TABLE t DROP COLUMN v")
    client.run("ALTER TABLE t ADD COLUMN v int DEFAULT 0")
    client.run("CREATE UNIQUE INDEX ON t (v) WHERE v > 4")
    for key in before:
        client.run("INSERT INTO t VALUES (%s, %s, %s, 0)", key, key, before[0])
    client.begin()
    for statement in statements:
        told = len(client.effects)
        client.run("SAVEPOINT one")
        try:
            client.run(statement)
        except psycopg.Error:
            del client.effects[told:]  # what a failed statement has told is void
            client.run("ROLLBACK TO SAVEPOINT one")
    wanted = rows(client)
    client.park()
    client.replay()
    assert rows(client) == wanted
    client.run("SET LOCAL enable_seqscan = off")
    assert client.run("SELECT count(*) FROM t WHERE id > -1000") == [(len(wanted),)]  # by the index
    client.run("ROLLBACK")


def test_a_permutation_of_unique_keys(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, v text)")
    client.run("INSERT INTO t SELECT g, g, 'v' FROM generate_series(5, 1, -1) g")  # in this order id + 1 works
    same_after_replay(client, "UPDATE t SET id = id + 1, u = u + 1")
    assert same_after_replay(
        client,
        "UPDATE t SET u = -1 WHERE id = 2",
        "UPDATE t SET u = 2 WHERE id = 3",
        "UPDATE t SET u = 3 WHERE id = 2",
        "UPDATE t SET v = 'w' WHERE id = 3",
    )[:2] == [("(2,3,v)",), ("(3,2,w)",)]


def test_a_swap_in_a_partial_and_in_an_expression_index(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, a text, b text, live bool)")
    client.run("CREATE UNIQUE INDEX ON t (lower(a))")
    client.run("CREATE UNIQUE INDEX ON t (b) WHERE live")
    client.run("INSERT INTO t VALUES (1, 'a', 'x', true), (2, 'b', 'x', false)")
    same_after_replay(
        client,
        "UPDATE t SET a = 'c' WHERE id = 1",
        "UPDATE t SET a = 'A' WHERE id = 2",
        "UPDATE t SET a = 'B' WHERE id = 1",
        "UPDATE t SET live = NOT live WHERE id = 1",
        "UPDATE t SET live = NOT live WHERE id = 2",
    )


def test_equal_rows_without_a_key_are_counted(client: Client) -> None:
    client.run("CREATE TABLE t (a int, b text)")
    client.run("INSERT INTO t SELECT 1, 'x' FROM generate_series(1, 5)")
    same_after_replay(
        client,
        "DELETE FROM t WHERE ctid IN (SELECT ctid FROM t LIMIT 2)",
        "UPDATE t SET b = 'y' WHERE ctid = (SELECT ctid FROM t LIMIT 1)",
        "INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, NULL)",
        "UPDATE t SET b = NULL WHERE a = 2",
    )
    assert rows(client) == [("(1,x)",)] * 4 + [("(1,y)",), ("(2,)",)]


def test_rows_with_null_in_their_only_unique_key(client: Client) -> None:
    client.run("CREATE TABLE t (a int UNIQUE, b text)")
    client.run("INSERT INTO t VALUES (NULL, 'x'), (NULL, 'x'), (1, 'y')")
    same_after_replay(
        client,
        "UPDATE t SET b = 'z' WHERE ctid = (SELECT ctid FROM t WHERE a IS NULL LIMIT 1)",
        "UPDATE t SET a = 2 WHERE a = 1",
        "UPDATE t SET b = 'two' WHERE a = 2",
    )


def test_generated_identity_and_dropped_columns(client: Client) -> None:
    client.run(
        "CREATE TABLE t (gone int, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, "
        "twice int GENERATED ALWAYS AS (a * 2) STORED, also_gone text, n int GENERATED BY DEFAULT AS IDENTITY)"
    )
    client.run("ALTER TABLE t DROP COLUMN gone, DROP COLUMN also_gone")
    client.run("ALTER TABLE t ADD COLUMN late text DEFAULT 'fast'")
    client.run("INSERT INTO t (a) VALUES (1), (2), (3)")
    same_after_replay(
        client,
        "INSERT INTO t (a, late) VALUES (10, NULL), (11, 'x')",
        "UPDATE t SET a = a + 1 WHERE a < 3",
        "UPDATE t SET id = DEFAULT WHERE a = 10",
        "DELETE FROM t WHERE a = 3 AND late = 'fast'",
    )


@pytest.mark.parametrize("columns", ["id int PRIMARY KEY", "", "g int GENERATED ALWAYS AS (1) STORED"])
def test_small_tables(client: Client, columns: str) -> None:
    client.run(f"CREATE TABLE t ({columns})")
    insert = "INSERT INTO t VALUES (1), (2)" if "id" in columns else "INSERT INTO t DEFAULT VALUES"
    client.run(insert)
    more = "INSERT INTO t VALUES (3), (4)" if "id" in columns else "INSERT INTO t DEFAULT VALUES"
    same_after_replay(client, "DELETE FROM t", more, *(["UPDATE t SET id = 5 WHERE id = 3"] if "id" in columns else []))


def test_cascades_and_rows_that_came_and_went(client: Client) -> None:
    client.run("CREATE TABLE p (id int PRIMARY KEY, up int REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE, v text)")
    client.run("INSERT INTO p VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c'), (9, 9, 'self')")
    same_after_replay(
        client,
        "UPDATE p SET id = 10 WHERE id = 1",
        "UPDATE p SET id = 99 WHERE id = 9",
        "INSERT INTO p VALUES (4, 3, 'd')",
        "UPDATE p SET v = 'e' WHERE id = 4",
        "DELETE FROM p WHERE id = 2",
        table="p",
    )
    assert rows(client, "p") == [("(10,,a)",), ("(99,99,self)",)]


def test_a_row_that_moves_within_one_statement(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, v text)")
    client.run("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    client.begin()
    client.run("WITH gone AS (DELETE FROM t WHERE id = 1 RETURNING *) INSERT INTO t SELECT id, 'back' FROM gone")
    wanted = rows(client)
    client.park()
    client.replay()
    assert rows(client) == wanted == [("(1,back)",), ("(2,b)",)]


def test_many_rows_and_large_values(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, v text)")
    same_after_replay(
        client,
        "INSERT INTO t SELECT g, repeat('é', g) FROM generate_series(1, 2000) g",
        "INSERT INTO t SELECT 2001, string_agg(md5(g::text), '') FROM generate_series(1, 20000) g",
        "UPDATE t SET v = v || '!' WHERE id % 3 = 0",
    )


def test_an_update_takes_the_lock_that_it_took_before(client: Client, dsn: str) -> None:
    """Of a parent whose key stays the same a child can still be made: no stronger lock than the update's own."""
    client.run("CREATE TABLE p (id int PRIMARY KEY, v text)")
    client.run("CREATE TABLE c (p int REFERENCES p)")
    client.run("INSERT INTO p VALUES (1, 'a')")
    client.begin()
    client.run("UPDATE p SET v = 'b'")
    client.park()
    client.replay()
    other = Client(dsn)
    other.run("SET lock_timeout = '500ms'")
    other.run("INSERT INTO s.c VALUES (1)")
    client.run("COMMIT")
    assert rows(client, "p") == [("(1,b)",)]


def test_a_row_that_another_transaction_has_changed_is_a_conflict(client: Client, dsn: str) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, v text)")
    client.run("INSERT INTO t VALUES (1, 'a')")
    client.begin()
    client.run("UPDATE t SET v = 'b'")
    client.park()
    Client(dsn).run("UPDATE s.t SET v = 'theirs'")
    with pytest.raises(psycopg.errors.SerializationFailure):
        client.replay()


def test_constraints_of_the_client_are_not_evaluated_as_superuser(client: Client) -> None:
    client.run(
        "CREATE FUNCTION harmless() RETURNS boolean LANGUAGE sql AS $$"
        "SELECT NOT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user $$"
    )
    client.run("CREATE TABLE t (id int CHECK (harmless()))")
    same_after_replay(client, "INSERT INTO t VALUES (1)")


def test_only_the_gateways_functions_can_be_called(client: Client) -> None:
    client.run("CREATE TABLE t (id int)")
    for call in ("apply('t'::regclass, '{}', '{(1)}')", "remove('t'::regclass, '{}', '', '')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            client.run(f"SELECT pg_dsql.{call}")
