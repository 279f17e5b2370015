"""Which rows a transaction has locked, how, and locking them again."""

from __future__ import annotations

import psycopg
import pytest
from support.captured import Client

pytestmark = pytest.mark.server


@pytest.fixture
def client(dsn: str) -> Client:
    client = Client(dsn)
    client.run("CREATE TABLE t (id int PRIMARY KEY, v text)")
    client.run("INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 6) g")
    return client


def locked(client: Client) -> dict[str, bool]:
    rows = client.run("SELECT shown, shared FROM pg_dsql.locked(ARRAY['t'::regclass::oid])")
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def free(dsn: str, clause: str = "FOR UPDATE") -> list[int]:
    """The rows that another session can lock right now."""
    other = Client(dsn)
    other.run("BEGIN")
    found = [row[0] for row in other.run(f"SELECT id FROM t ORDER BY id {clause} SKIP LOCKED")]
    other.connection.close()
    return found


def test_locks_are_told_apart(client: Client) -> None:
    client.begin()
    client.run("SELECT * FROM t WHERE id = 1 FOR UPDATE")
    client.run("SELECT * FROM t WHERE id IN (2, 3) FOR KEY SHARE")
    client.run("SELECT * FROM t WHERE id = 3 FOR UPDATE")  # more than before
    client.run("SELECT * FROM t WHERE id = 1 FOR KEY SHARE")  # less than before
    assert locked(client) == {"(1,v1)": False, "(2,v2)": True, "(3,v3)": False}
    assert locked(client) == {"(1,v1)": False, "(2,v2)": True, "(3,v3)": False}  # asking changes nothing


def test_rows_that_are_written_are_not_locked(client: Client) -> None:
    client.begin()
    client.run("SELECT * FROM t WHERE id <= 3 FOR UPDATE")
    client.run("UPDATE t SET v = 'new' WHERE id = 1")
    client.run("DELETE FROM t WHERE id = 2")
    client.run("INSERT INTO t VALUES (9, 'v9')")
    client.run("SELECT * FROM t WHERE id IN (1, 9) FOR UPDATE")
    assert locked(client) == {"(3,v3)": False}


def test_locks_of_others_are_not_ours(client: Client, dsn: str) -> None:
    other, third = Client(dsn), Client(dsn)
    for session in (other, third):
        session.begin()
        session.run("SELECT * FROM t WHERE id IN (1, 2) FOR KEY SHARE")
    client.begin()
    client.run("SELECT * FROM t WHERE id = 2 FOR KEY SHARE")
    client.run("SELECT * FROM t WHERE id = 3 FOR KEY SHARE")
    assert locked(client) == {"(2,v2)": True, "(3,v3)": True}
    assert locked(other) == {"(1,v1)": True, "(2,v2)": True}


def test_locks_of_transactions_that_are_over_are_gone(client: Client, dsn: str) -> None:
    client.begin()
    client.run("SELECT * FROM t FOR UPDATE")
    client.park()
    assert locked(client) == {}
    client.run("ROLLBACK")
    other = Client(dsn)
    other.begin()
    other.run("UPDATE t SET v = 'x' WHERE id = 1")
    other.run("ROLLBACK")
    client.begin()
    client.run("SELECT * FROM t WHERE id = 4 FOR UPDATE")
    assert locked(client) == {"(4,v4)": False}


def test_a_check_of_a_foreign_key_shares_its_parent(client: Client) -> None:
    client.run("CREATE TABLE c (t int REFERENCES t)")
    client.begin()
    client.run("INSERT INTO c VALUES (5)")
    assert locked(client) == {"(5,v5)": True}


def test_locks_are_taken_again_by_place(client: Client, dsn: str) -> None:
    client.begin()
    client.run("SELECT * FROM t WHERE id = 1 FOR UPDATE")
    client.run("SELECT * FROM t WHERE id = 2 FOR KEY SHARE")
    rows = client.run("SELECT ref, shared FROM pg_dsql.locked(ARRAY['t'::regclass::oid])")
    client.park()
    assert free(dsn) == [1, 2, 3, 4, 5, 6]
    for ref, shared in rows:
        mode = "FOR KEY SHARE" if shared else "FOR UPDATE"
        client.run("SELECT pg_dsql.lock_refs('t'::regclass, %s, %s::tid[])", mode, [ref, "(99,9)"])
    assert free(dsn) == [3, 4, 5, 6]
    assert free(dsn, "FOR KEY SHARE") == [2, 3, 4, 5, 6]
    assert locked(client) == {"(1,v1)": False, "(2,v2)": True}


def test_locks_are_taken_again_by_key(client: Client, dsn: str) -> None:
    client.run('CREATE TABLE k (a text, "b c" int, n timestamptz, PRIMARY KEY ("b c", a))')
    texts = ["x", "", 'q"uote', "back\\slash", "a,b", "(", "é\n", "NULL", " "]
    for text in texts:
        client.run("INSERT INTO k VALUES (%s, 1, '2026-01-01')", text)
    client.run("INSERT INTO k VALUES ('free', 1, '2026-01-01')")
    keys = [row[0] for row in client.run("""SELECT ROW("b c", a)::text FROM k WHERE a <> 'free'""")]
    client.begin()
    client.run("""SELECT pg_dsql.lock_keys('k'::regclass, 'FOR UPDATE', '{"b c",a}', %s)""", [*keys, "(7,none)"])
    other = Client(dsn)
    assert other.run("SELECT a FROM k FOR UPDATE SKIP LOCKED") == [("free",)]


def test_no_other_text_becomes_a_locking_clause(client: Client) -> None:
    for call in ("lock_refs('t'::regclass, %s, '{}')", "lock_keys('t'::regclass, %s, '{id}', '{}')"):
        with pytest.raises(psycopg.Error, match="unknown lock mode"):
            client.run(f"SELECT pg_dsql.{call}", "FOR UPDATE; DROP TABLE t")
