"""Texts that the grammar itself refuses, and texts that are merely deep."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.policy import Allow, judge, unreadable
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.source import deep_json
from dsql_migrate.source.parse import Unparsable, parse
from dsql_migrate.target import load_target

REFUSED = [
    b"SELEC 1",
    b"SELECT 'x",
    b"CREATE INDEX ASYNC public.i ON t (a)",
    b"CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u MATCH PARTIAL)",
    b"CREATE TABLE t (a int, CHECK (a > 0) DEFERRABLE)",
    b"ALTER TABLE t ADD UNIQUE (a) NOT VALID",
    b"CREATE ASSERTION a CHECK (true)",
    b"CREATE TABLE t (a float(54))",
    b"SELECT sum(a) OVER (ROWS UNBOUNDED FOLLOWING) FROM t",
    b"SELECT 1 LIMIT 1 LIMIT 2",
    b"SELECT a.b.c.d.e.f FROM t GROUP BY ALL",
    b"SELECT '\xff'",
    b"SELECT '\xc3('",
]


@pytest.fixture(scope="module")
def server_connection(server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("SET search_path = pg_temp")
        yield connection


@pytest.mark.server
@pytest.mark.parametrize("sql", REFUSED, ids=[repr(sql) for sql in REFUSED])
def test_the_answer_is_postgresqls_own(sql: bytes, server_connection: psycopg.Connection[tuple[object, ...]]) -> None:
    with pytest.raises(Unparsable) as unparsable:
        parse(sql)
    told = unreadable(unparsable.value, sql)
    masked = sql.replace(b"ASYNC", b"")
    with pytest.raises(psycopg.Error) as refused:
        server_connection.execute(masked)
    assert (told.sqlstate, told.message) == (refused.value.sqlstate, refused.value.diag.message_primary)


DEEP = {
    "a sum": "SELECT " + "+".join(["1"] * 3000),
    "a union": " UNION ALL ".join(["SELECT 1"] * 3000),
    "calls in calls": "SELECT " + "abs(" * 2000 + "1" + ")" * 2000,
    "joins": "SELECT * FROM t" + " JOIN u ON true" * 1000,
}


@pytest.mark.parametrize("sql", DEEP.values(), ids=list(DEEP))
def test_depth_alone_is_no_reason_to_refuse(sql: str) -> None:
    assert isinstance(judge(parse(sql.encode(), deep=True), sql.encode(), load_target()), Allow)


def test_what_is_deep_is_judged_to_the_ground() -> None:
    sql = ("SELECT " + "abs(" * 1500 + "pg_backend_pid()" + ")" * 1500).encode()
    assert not isinstance(judge(parse(sql, deep=True), sql, load_target()), Allow)


def test_deep_trees_are_read_as_shallow_ones_are() -> None:
    for value in ({}, [], {"a": [1, -2, 1.5, True, False, None, "x\n\u00e9\\", {"b": {}}, []], "": {"": ""}}, "a", 0):
        assert deep_json.decode(json.dumps(value)) == value
        assert deep_json.decode(json.dumps(value, indent=1, ensure_ascii=False)) == value


@pytest.mark.server
def test_what_is_too_deep_is_refused_and_the_connection_goes_on(dsql: Database) -> None:
    with dsql.connect() as connection:
        with pytest.raises(psycopg.errors.StatementTooComplex):
            connection.execute("SELECT " + "+".join(["1"] * 40_000))
        assert connection.execute("SELECT " + "+".join(["1"] * 1000)).fetchone() == (1000,)
