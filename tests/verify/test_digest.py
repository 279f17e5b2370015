"""The digest: blind to order, layout and version; sharp for every value."""

from collections.abc import Callable

import psycopg
import pytest

from dsql_migrate.engine.postgres.binaries import find_postgres
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.verify.access import reader
from dsql_migrate.verify.digest import Digest, digest_rows

pytestmark = pytest.mark.server
Database = Callable[[], str]

ALL_KINDS = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS numeric CHECK (VALUE > 0);
CREATE TABLE t (i int2, n numeric, f real, d double precision, b bytea, j json, jb jsonb, ts timestamptz, iv interval,
  m mood, p pair, o positive, a numeric[], c char(4), u uuid, ip inet, r int4range);
INSERT INTO t VALUES (
  1, 1.50, 0.1, 'NaN', '\\x00ff', '{"b": 1, "a":  2}', '{"b": 1}', '2020-06-01 12:00+02', '1 day 02:03',
  'ok', '(1,"a,b")', 2.0, '{1.0,2}', 'x', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.0.0.1/8', '[1,3)');
INSERT INTO t DEFAULT VALUES;
"""
NAMES = ["i", "n", "f", "d", "b", "j", "jb", "ts", "iv", "m", "p", "o", "a", "c", "u", "ip", "r"]


def digest(dsn: str, table: str = "t", *expressions: str) -> Digest:
    with reader(dsn) as connection:
        return digest_rows(connection, expressions or ("a", "b"), f"public.{table}")


def make(dsn: str, *values: str, types: str = "a text, b text") -> Digest:
    with psycopg.connect(dsn) as connection:
        connection.execute(f"DROP TABLE IF EXISTS t; CREATE TABLE t ({types})".encode())
        for value in values:
            connection.execute(f"INSERT INTO t VALUES {value}".encode())
    return digest(dsn)


def test_order_and_layout_play_no_part(database: Database) -> None:
    dsn = database()
    first = make(dsn, "('1', 'x')", "('2', 'y')")
    assert make(dsn, "('2', 'y')", "('1', 'x')") == first
    assert make(dsn, "('x', '1')", "('y', '2')", types="b text, a text") == first
    assert first.rows == 2
    assert len(first.text) == 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("('ab', 'c')", "('a', 'bc')"),
        ("('a', NULL)", "('a', '')"),
        ("(NULL, 'a')", "('a', NULL)"),
        ("('a', 'b,c')", "('a,b', 'c')"),
        ("('\"', '\"\"')", "('\"\"', '\"')"),
        ("('a', 'b')", "('a', 'b'), ('c', 'd'), ('c', 'd')"),
        ("('a', 'b')", "('a', 'b ')"),
        ("('a', E'b\\n')", "('a', E'b\\\\n')"),
    ],
)
def test_different_rows_have_different_digests(database: Database, one: str, other: str) -> None:
    dsn = database()
    assert make(dsn, one).text != make(dsn, other).text


def test_values_count_not_their_spelling(database: Database) -> None:
    dsn = database()
    first = make(dsn, '(1.50, \'{"a":1, "b":2}\')', types="a numeric, b json")
    assert make(dsn, '(1.5, \'{"b": 2, "a": 1}\')', types="a numeric(10,4), b jsonb") == first
    whole = make(dsn, "(7, '2020-01-01 00:00+00')", types="a int, b timestamptz")
    assert make(dsn, "(7.00, '2020-01-01 01:00+01')", types="a numeric, b timestamptz") == whole


def test_no_rows_and_no_columns(database: Database) -> None:
    dsn = database()
    assert make(dsn).text == "0" * 32
    with reader(dsn) as connection:
        assert digest_rows(connection, (), "public.t") == Digest()


def test_parts_add_up() -> None:
    top = (1 << 64) - 1
    assert Digest(1, top, 2) + Digest(2, 1, 3) == Digest(3, 0, 5)


def test_two_versions_give_one_digest() -> None:
    found = []
    for major in (16, 18):
        installation = find_postgres((major,))
        if installation.major != major:
            pytest.skip(f"no PostgreSQL {major} here")
        with Server(installation) as server, psycopg.connect(server.dsn()) as connection:
            connection.execute(ALL_KINDS.encode())
            connection.commit()
            found.append(digest(server.dsn(), "t", *NAMES))
    assert found[0] == found[1]
    assert found[0].rows == 2
