"""A transaction that conflicts goes on, on a private copy of what its snapshot sees; nothing of it stays."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from support.captured import Client

pytestmark = pytest.mark.server


@pytest.fixture
def other(dsn: str) -> Client:
    other = Client(dsn)
    other.run("SET lock_timeout = '2s'")
    return other


def rows(client: Client, table: str = "t") -> list[str]:
    return [row[0] for row in client.run(f"SELECT t::text FROM {table} t ORDER BY 1")]


def fork(client: Client, *tables: str) -> None:
    client.park()
    client.run("SELECT pg_dsql.fork(%s::regclass[]::oid[])", list(tables))
    client.replay()


def count(client: Client) -> list[Any]:
    return client.run("SELECT count(*), sum(relfilenode::bigint) FROM pg_class WHERE oid >= 16384")


def test_a_statement_on_a_changed_row_works_on_the_snapshot(client: Client, other: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, v text)")
    client.run("CREATE VIEW v AS SELECT * FROM t")
    client.run("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    before = count(client)
    client.begin()
    client.run("UPDATE t SET v = 'mine' WHERE id = 2")
    other.run("UPDATE t SET v = 'theirs' WHERE id = 1")
    other.run("DELETE FROM t WHERE id = 3")
    with pytest.raises(psycopg.errors.SerializationFailure):
        client.run("UPDATE t SET v = v || '!' WHERE id = 1")
    fork(client, "t")
    assert rows(client) == ["(1,a)", "(2,mine)", "(3,c)"]
    client.run("UPDATE t SET v = v || '!' WHERE id <> 2")
    client.run("INSERT INTO t VALUES (4, 'd')")
    assert rows(client, "v") == ["(1,a!)", "(2,mine)", "(3,c!)", "(4,d)"]
    assert client.run("SELECT v FROM t WHERE id = 3") == [("c!",)]
    assert rows(other) == ["(1,theirs)", "(2,b)"]
    other.run("UPDATE t SET v = 'again' WHERE id = 1")
    client.run("ROLLBACK")
    assert rows(client) == rows(other) == ["(1,again)", "(2,b)"]
    assert count(client) == before
    client.run("UPDATE t SET v = 'free' WHERE id = 1")
    assert rows(other, "v") == ["(1,free)", "(2,b)"]


def test_rolling_back_to_the_savepoint_takes_it_back(client: Client, other: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY)")
    client.run("INSERT INTO t VALUES (1)")
    client.begin()
    client.run("SELECT * FROM t")
    before = count(client)
    fork(client, "t")
    client.run("INSERT INTO t VALUES (2)")
    client.park()
    assert count(client) == before
    other.run("ALTER TABLE t ADD COLUMN x int")  # no lock is left
    assert rows(client) == ["(1,)"]
    client.run("COMMIT")


def test_a_fork_cannot_be_committed(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY)")
    client.begin()
    fork(client, "t")
    client.run("INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg.errors.SerializationFailure, match="OC000"):
        client.run("COMMIT")
    assert rows(client) == []


def test_forking_again_does_nothing(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY)")
    client.begin()
    fork(client, "t")
    client.run("INSERT INTO t VALUES (1)")
    client.run("SELECT pg_dsql.fork(ARRAY['t'::regclass::oid, 't'::regclass::oid])")
    assert rows(client) == ["(1)"]


def test_foreign_keys_hold_on_the_copies(client: Client, other: Client) -> None:
    client.run("CREATE TABLE p (id int PRIMARY KEY, v text)")
    client.run("CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, u text UNIQUE)")
    client.run("INSERT INTO p VALUES (1, 'a'), (2, 'b')")
    client.run("INSERT INTO c VALUES (1, 1, 'x'), (2, 2, 'y')")
    client.begin()
    client.run("SELECT * FROM p")
    other.run("DELETE FROM p WHERE id = 1")
    other.run("INSERT INTO c VALUES (3, 2, 'z')")
    related = client.run("SELECT pg_dsql.related(ARRAY['c'::regclass::oid])::regclass[]::text")
    assert related == [("{p,c}",)]
    fork(client, "p", "c")
    client.run("INSERT INTO c VALUES (3, 1, 'z')")
    client.run("DELETE FROM p WHERE id = 2")
    assert rows(client, "c") == ["(1,1,x)", "(3,1,z)"]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        client.run("INSERT INTO c VALUES (4, 2, 'w')")
    client.run("ROLLBACK")
    assert rows(client, "c") == ["(2,2,y)", "(3,2,z)"]


def test_every_kind_of_column_and_index(client: Client, other: Client) -> None:
    name = '"My schema"."' + "ü" * 30 + '""x"'
    named = '"A ""b"""'
    client.run('CREATE SCHEMA "My schema"')
    client.run("""CREATE DOMAIN "My schema"."Do main" AS text CHECK (VALUE <> 'bad')""")
    client.run(
        f"CREATE TABLE {name} (gone int, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, gone_too text, "
        f'{named} "My schema"."Do main", twice int GENERATED ALWAYS AS (n * 2) STORED, n int, c char(4), '
        "big text, num numeric(10,2), plain text)"
    )
    client.run(f"ALTER TABLE {name} DROP COLUMN gone, DROP COLUMN gone_too, ALTER COLUMN plain SET STORAGE EXTERNAL")
    client.run(f'CREATE UNIQUE INDEX "i $x" ON {name} (lower({named})) WHERE n > 0')
    client.run(f"CREATE UNIQUE INDEX ON {name} (n DESC NULLS LAST) INCLUDE ({named}) NULLS NOT DISTINCT")
    client.run(f"CREATE INDEX ON {name} ((num + 1), c bpchar_pattern_ops)")
    client.run(
        f"INSERT INTO {name} ({named}, n, c, big, num, plain) SELECT 'v' || g, g, 'c', "
        "(SELECT string_agg(md5((g * i)::text), '') FROM generate_series(1, 200) i), g / 3.0, repeat('p', 5000) "
        "FROM generate_series(1, 50) g"
    )
    client.run(f"ALTER TABLE {name} ADD COLUMN late text DEFAULT 'now'")
    wanted = rows(client, name)
    client.begin()
    assert rows(client, name) == wanted
    other.run(f"DELETE FROM {name} WHERE n % 2 = 0")
    fork(client, name)
    assert rows(client, name) == wanted
    client.run("SET LOCAL enable_seqscan = off")
    assert client.run(f"SELECT id FROM {name} WHERE n = 20") == [(20,)]
    assert client.run(f"SELECT id FROM {name} WHERE lower({named}) = 'v20' AND n > 0") == [(20,)]
    assert client.run(f"SELECT count(*) FROM {name} WHERE num + 1 > 10") == [(23,)]
    client.run(f"INSERT INTO {name} ({named}, n, big) VALUES ('new', 99, repeat(md5('x'), 30000))")
    client.run(f"UPDATE {name} SET plain = 'q', n = n + 1000 WHERE id = 20")
    assert client.run(f"SELECT twice, length(big), late FROM {name} WHERE n = 1020") == [(2040, 6400, "now")]
    assert client.run(f"SELECT length(big), late FROM {name} WHERE n = 99") == [(960000, "now")]
    with pytest.raises(psycopg.errors.UniqueViolation):
        client.run(f"INSERT INTO {name} ({named}, n) VALUES ('V21', 3000)")
    client.run("ROLLBACK")
    assert len(rows(client, name)) == 25


def test_an_invalid_unique_index_over_duplicates(client: Client, other: Client, dsn: str) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, v int)")
    client.run("INSERT INTO t VALUES (1, 7), (2, 7)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        client.run("CREATE UNIQUE INDEX CONCURRENTLY t_v ON t (v)")
    with psycopg.connect(dsn, autocommit=True) as superuser:
        superuser.execute("UPDATE pg_index SET indisready = true WHERE indexrelid = 't_v'::regclass")
    client.begin()
    fork(client, "t")
    assert rows(client) == ["(1,7)", "(2,7)"]
    with pytest.raises(psycopg.errors.UniqueViolation):
        client.run("INSERT INTO t VALUES (3, 7)")


def test_two_sessions_may_fork_different_tables_and_a_third_reads_on(client: Client, other: Client, dsn: str) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY)")
    client.run("CREATE TABLE u (id int PRIMARY KEY)")
    client.begin()
    other.begin()
    fork(client, "t")
    fork(other, "u")
    client.run("INSERT INTO t VALUES (1)")
    other.run("INSERT INTO u VALUES (2)")
    third = Client(dsn)
    third.run("INSERT INTO t VALUES (3)")
    assert (rows(client), rows(other, "u"), rows(third)) == (["(1)"], ["(2)"], ["(3)"])


def test_system_tables_and_views_are_left_alone(client: Client) -> None:
    client.run("CREATE VIEW v AS SELECT 1 AS one")
    client.begin()
    client.run("SELECT pg_dsql.fork(ARRAY['v'::regclass::oid, 'pg_class'::regclass::oid, 0::oid])")
    client.run("COMMIT")


def test_index_expressions_are_evaluated_as_the_owner(client: Client) -> None:
    client.run(
        "CREATE FUNCTION f(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$"
        "SELECT NOT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user $$"
    )
    client.run("CREATE TABLE t (id int)")
    client.run("CREATE INDEX t_f ON t (f(id))")
    client.run("INSERT INTO t VALUES (1), (2)")
    client.begin()
    fork(client, "t")
    client.run("SET LOCAL enable_seqscan = off")
    assert client.run("SELECT count(*) FROM t WHERE f(id)") == [(2,)]


def test_a_second_fork_of_a_table_goes_on_once_the_first_is_undone(client: Client, other: Client) -> None:
    """pg_class has one row for a table: whoever is asked to wait for it has the other session parked."""
    client.run("CREATE TABLE t (id int PRIMARY KEY)")
    client.begin()
    other.begin()
    fork(client, "t")
    client.run("INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        fork(other, "t")
    client.park()
    fork(other, "t")
    other.run("INSERT INTO t VALUES (2)")
    other.park()
    fork(client, "t")
    assert rows(client) == ["(1)"]


def test_a_role_with_few_rights_works_on_copies_and_is_replayed(client: Client, dsn: str) -> None:
    client.run("CREATE ROLE clerk LOGIN")
    client.run("CREATE TABLE p (id int PRIMARY KEY)")
    client.run("CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE)")
    client.run("CREATE TABLE log (id int, line text)")
    client.run("GRANT SELECT, DELETE ON p TO clerk")
    client.run("GRANT INSERT ON log TO clerk")
    client.run("INSERT INTO p VALUES (1), (2)")
    client.run("INSERT INTO c VALUES (1, 1), (2, 2)")
    clerk = Client(dsn, "clerk")
    clerk.begin()
    clerk.run("DELETE FROM p WHERE id = 1")
    clerk.run("INSERT INTO log VALUES (1, repeat('x', 2000000))")
    assert [told["o"] for told in clerk.told()] == ["D", "D", "I"]
    client.run("UPDATE c SET id = 3 WHERE id = 2")
    fork(clerk, "p", "c", "log")
    clerk.run("DELETE FROM p WHERE id = 2")
    assert clerk.run("SELECT * FROM p") == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        clerk.run("SELECT * FROM c")
    clerk.run("ROLLBACK")
    clerk.begin()
    clerk.run("DELETE FROM p WHERE id = 1")
    clerk.run("INSERT INTO log VALUES (1, 'x')")
    clerk.park()
    clerk.replay()
    clerk.run("COMMIT")
    assert (rows(client, "p"), rows(client, "c"), rows(client, "log")) == (["(2)"], ["(3,2)"], ["(1,x)"])
    client.run("REVOKE ALL ON p, log FROM clerk")
    client.run("DROP ROLE clerk")
