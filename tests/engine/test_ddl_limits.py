"""Limits of DDL: what passes, what does not, and the answer; through the policy, on a database that full."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from support.databases import superuser

from dsql_migrate.engine.endpoint import DsqlError, PsycopgEndpoint
from dsql_migrate.engine.local import Database

pytestmark = pytest.mark.server


@pytest.fixture
def session(dsql: Database) -> Iterator[PsycopgEndpoint]:
    one = PsycopgEndpoint(dsql.dsn)
    yield one
    one.close()


def refused(session: PsycopgEndpoint, sql: str) -> str:
    with pytest.raises(DsqlError) as caught:
        session.execute(sql)
    return f"{caught.value.sqlstate} {caught.value.message}"


def fill(dsn: str, kind: str, number: int) -> None:
    """Enter that many relations of a kind (pg_class.relkind) in the catalogue; there is nothing behind the entries."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(
            "INSERT INTO pg_class SELECT (jsonb_populate_record(c, jsonb_build_object('oid', 900000 + n, 'relname',"
            " 'r' || n, 'relkind', %s::text, 'relnamespace', 'public'::regnamespace::oid, 'relfilenode', 0))).*"
            " FROM pg_class c, generate_series(1, %s) n WHERE c.oid = 'sys.jobs'::regclass",
            [kind, number],
        )


def columns(number: int) -> str:
    return ", ".join(f"c{n} int" for n in range(number))


def test_a_table_has_24_indexes_those_being_built_counted(session: PsycopgEndpoint) -> None:
    session.execute(f"CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, {columns(30)})")
    for n in range(22):
        session.execute(f"CREATE INDEX ASYNC ON t (c{n})")
    over = "54000 more than 24 indexes per table are not allowed"
    assert refused(session, "CREATE INDEX ASYNC ON t (c28)") == over
    session.execute("DROP INDEX t_c0_idx")
    session.execute("CREATE INDEX ASYNC ON t (c28)")
    uniques = ", ".join(f"UNIQUE (c{n})" for n in range(24))
    assert refused(session, f"CREATE TABLE u (id int PRIMARY KEY, {columns(30)}, {uniques})") == over
    session.execute(f"CREATE TABLE u ({columns(30)}, {uniques})")


def test_a_key_has_8_columns(session: PsycopgEndpoint) -> None:
    over = "54011 more than 8 column keys in an index are not supported"
    keys = ", ".join(f"c{n}" for n in range(9))
    assert refused(session, f"CREATE TABLE t ({columns(9)}, PRIMARY KEY ({keys}))") == over
    assert refused(session, f"CREATE TABLE t ({columns(9)}, UNIQUE ({keys}))") == over
    session.execute(f"CREATE TABLE t ({columns(9)}, PRIMARY KEY ({keys[:-4]}))")
    assert refused(session, f"CREATE INDEX ASYNC ON t ({keys})") == over
    session.execute(f"CREATE INDEX ASYNC ON t ({keys[:-4]}) INCLUDE (c8)")


def test_a_table_has_256_columns_whatever_its_message_says(session: PsycopgEndpoint) -> None:
    plain = "54011 tables can have at most 255 columns"
    keyed = "54011 cannot use more than 256 columns in an index"
    assert refused(session, f"CREATE TABLE t ({columns(257)})") == plain
    assert refused(session, f"CREATE TABLE t (id int PRIMARY KEY, {columns(256)})") == keyed
    session.execute(f"CREATE TABLE t ({columns(255)})")
    session.execute("ALTER TABLE t ADD COLUMN more int")
    assert refused(session, "ALTER TABLE t ADD COLUMN one_more int") == plain
    session.execute("ALTER TABLE t DROP COLUMN c0")
    session.execute("ALTER TABLE t ADD COLUMN one_more int")
    session.execute(f"CREATE TABLE k (id int PRIMARY KEY, {columns(255)})")
    assert refused(session, "ALTER TABLE k ADD COLUMN more int") == keyed
    assert refused(session, "CREATE TABLE c (LIKE t, more int)") == plain


@pytest.mark.parametrize(
    ("what", "fine"),
    [
        ("a varchar(2000), PRIMARY KEY (a)", True),
        ("a varchar(2001), PRIMARY KEY (a)", False),
        ("a varchar(1992), b bigint, PRIMARY KEY (a, b)", True),
        ("a varchar(1993), b bigint, PRIMARY KEY (a, b)", False),
        ("a char(2001), UNIQUE (a)", False),
        ("a text, b text, PRIMARY KEY (a, b)", True),  # nothing is declared
    ],
)
def test_declared_keys_have_2000_bytes(session: PsycopgEndpoint, what: str, fine: bool) -> None:
    statement = f"CREATE TABLE t ({what})"
    if fine:
        session.execute(statement)
    else:
        assert refused(session, statement) == "54000 key size greater than 2000 bytes not supported"


def test_the_primary_key_does_not_count_towards_an_index(session: PsycopgEndpoint) -> None:
    session.execute("CREATE TABLE t (id varchar(1500) PRIMARY KEY, a varchar(1500), b varchar(600))")
    session.execute("CREATE INDEX ASYNC ON t (a)")
    assert refused(session, "CREATE INDEX ASYNC ON t (a, b)") == "54000 key size greater than 2000 bytes not supported"


def test_a_table_has_5_extended_statistics(session: PsycopgEndpoint) -> None:
    session.execute(f"CREATE TABLE t ({columns(8)})")
    for n in range(5):
        session.execute(f"CREATE STATISTICS s{n} ON c{n}, c{n + 1} FROM t")
    over = "54000 more than 5 extended statistics per table are not allowed"
    assert refused(session, "CREATE STATISTICS more ON c6, c7 FROM t") == over
    target = "22023 statistics target 101 exceeds maximum allowed value of 100"
    assert refused(session, "ALTER STATISTICS s1 SET STATISTICS 101") == target
    session.execute("ALTER STATISTICS s1 SET STATISTICS 100")


def test_a_database_has_10_schemas_beside_public_and_sys(session: PsycopgEndpoint) -> None:
    for n in range(10):
        session.execute(f"CREATE SCHEMA s{n}")
    over = "54000 more than 10 schemas not allowed"
    assert refused(session, "CREATE SCHEMA more") == over
    assert refused(session, "CREATE SCHEMA IF NOT EXISTS s1") == over
    session.execute("DROP SCHEMA s1")
    session.execute("CREATE SCHEMA more")


@pytest.mark.parametrize(
    ("kind", "number", "another", "over"),
    [
        ("r", 1000, "CREATE TABLE more (id int)", "creating more than 1000 tables not allowed"),
        ("v", 5000, "CREATE VIEW more AS SELECT 1", "creating more than 5000 views not allowed"),
        ("S", 5000, "CREATE SEQUENCE more CACHE 1", "creating more than 5000 sequences is not allowed"),
        (
            "S",
            5000,
            "CREATE TABLE more (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1))",
            "creating more than 5000 sequences is not allowed",
        ),
    ],
)
def test_a_database_holds_so_many(
    session: PsycopgEndpoint, dsql: Database, kind: str, number: int, another: str, over: str
) -> None:
    fill(superuser(dsql), kind, number - 1)
    session.execute(another.replace("more", "last"))
    assert refused(session, another) == f"54000 {over}"


@pytest.mark.parametrize(
    ("column", "answer"),
    [
        ("char(4096)", None),
        ("char(4097)", "54000 Datatype limit greater than 4096 bytes not supported for char"),
        ("varchar(65535)", None),
        ("varchar(65536)", "54000 Datatype limit greater than 65535 bytes not supported for varchar"),
        ("numeric(1000, -1000)", None),
        ("numeric(1001)", "22023 NUMERIC precision 1001 must be between 1 and 1000"),
        ("bigint GENERATED ALWAYS AS IDENTITY (CACHE 65536)", None),
        (
            "bigint GENERATED ALWAYS AS IDENTITY (CACHE 100)",
            "0A000 CACHE (100) must be greater than or equal to 65536 or equal to 1",
        ),
    ],
)
def test_types_have_their_bounds(session: PsycopgEndpoint, column: str, answer: str | None) -> None:
    statement = f"CREATE TABLE t (a {column})"
    if answer is None:
        session.execute(statement)
    else:
        assert refused(session, statement) == answer


def test_a_view_has_room(session: PsycopgEndpoint) -> None:
    session.execute("CREATE VIEW v AS SELECT '" + "x" * 120_000 + "' AS a")
    over = "54000 view definition too large"
    assert refused(session, "CREATE VIEW w AS SELECT '" + "x" * 140_000 + "' AS a") == over
