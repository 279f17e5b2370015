"""What the gateway is told of tables, and the checks of foreign keys that a replay has left out."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from support.captured import Client

pytestmark = pytest.mark.server


def shape(client: Client, name: str) -> dict[str, Any]:
    columns = ("name", "columns", "keys", "primary_key", "references_")
    rows = client.run(f"SELECT {', '.join(columns)} FROM pg_dsql.shapes() WHERE relation = %s::regclass", name)
    return dict(zip(columns, rows[0], strict=True)) | {"keys": [json.loads(key) for key in rows[0][2]]}


def test_keys_and_references_of_a_table(client: Client) -> None:
    client.run('CREATE TABLE p (a int, b int, "C d" text UNIQUE, PRIMARY KEY (b, a))')
    client.run(
        'CREATE TABLE "Ch" (gone int, id int PRIMARY KEY, x int, y int, z text REFERENCES p ("C d") DEFERRABLE, '
        "w text, FOREIGN KEY (y, x) REFERENCES p (b, a) MATCH FULL)"
    )
    client.run('ALTER TABLE "Ch" DROP COLUMN gone')
    client.run('CREATE UNIQUE INDEX ON "Ch" (x, y) INCLUDE (w)')
    client.run('CREATE UNIQUE INDEX ON "Ch" (lower(w))')
    client.run('CREATE UNIQUE INDEX ON "Ch" (w) WHERE x > 0')
    client.run('CREATE INDEX ON "Ch" (z)')
    parent = client.run("SELECT 'p'::regclass::oid::int")[0][0]
    found = shape(client, '"Ch"')
    assert found["name"] == 'public."Ch"'
    assert found["columns"] == ["id", "x", "y", "z", "w"]
    assert (found["primary_key"], found["keys"]) == (["id"], [["id"], ["x", "y"]])
    assert sorted(found["references_"], key=lambda entry: entry["match"]) == [
        {"columns": ["y", "x"], "parent": parent, "parent_columns": ["b", "a"], "deferrable": False, "match": "f"},
        {"columns": ["z"], "parent": parent, "parent_columns": ["C d"], "deferrable": True, "match": "s"},
    ]
    assert shape(client, "p")["keys"] == [["b", "a"], ["C d"]]
    assert shape(client, "p")["references_"] == []


def test_a_table_without_keys(client: Client) -> None:
    client.run("CREATE TABLE t (a int)")
    assert shape(client, "t") == {
        "name": "public.t",
        "columns": ["a"],
        "keys": [],
        "primary_key": None,
        "references_": [],
    }


def test_tables_of_the_engine_are_not_told(client: Client) -> None:
    assert client.run("SELECT name FROM pg_dsql.shapes()") == []


@pytest.fixture
def keyed(client: Client) -> Client:
    client.run("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))")
    client.run(
        "CREATE TABLE c (id int PRIMARY KEY, a int, b int, "
        "CONSTRAINT c_p FOREIGN KEY (a, b) REFERENCES p DEFERRABLE INITIALLY DEFERRED)"
    )
    client.run("INSERT INTO p VALUES (1, 1)")
    client.run("INSERT INTO c VALUES (1, 1, 1)")
    return client


CHECK = "SELECT pg_dsql.check_deferred(ARRAY['c'::regclass::oid])"
WRONG = {
    "a child without a parent": ["INSERT INTO c VALUES (2, 7, 8)"],
    "a parent gone": ["DELETE FROM p"],
    "a parent moved": ["UPDATE p SET a = 5"],
    "a child moved": ["UPDATE c SET b = 9"],
}
RIGHT = {
    "a parent that comes later": ["INSERT INTO c VALUES (2, 7, 8)", "INSERT INTO p VALUES (7, 8)"],
    "a key that is partly null": ["INSERT INTO c VALUES (2, 7, NULL)"],
    "both gone": ["DELETE FROM p", "DELETE FROM c"],
}


def failure(client: Client, sql: str) -> tuple[Any, ...]:
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
        client.run(sql)
    diag = caught.value.diag
    parts = ("message_primary", "message_detail", "schema_name", "table_name", "constraint_name")
    return tuple(getattr(diag, part) for part in parts)


@pytest.mark.parametrize("statements", WRONG.values(), ids=WRONG.keys())
def test_a_replayed_violation_is_told_as_postgresql_tells_it(keyed: Client, statements: list[str]) -> None:
    keyed.begin()
    for statement in statements:
        keyed.run(statement)
    told = failure(keyed, "SET CONSTRAINTS ALL IMMEDIATE")
    keyed.run("ROLLBACK")
    keyed.begin()
    for statement in statements:
        keyed.run(statement)
    keyed.park()
    keyed.replay()
    assert failure(keyed, CHECK) == told


@pytest.mark.parametrize("statements", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_in_the_end_passes(keyed: Client, statements: list[str]) -> None:
    keyed.begin()
    for statement in statements:
        keyed.run(statement)
    keyed.park()
    keyed.replay()
    keyed.run(CHECK)
    keyed.run("COMMIT")


def test_match_full_refuses_a_key_that_is_partly_null(client: Client) -> None:
    client.run("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))")
    key = "FOREIGN KEY (a, b) REFERENCES p MATCH FULL DEFERRABLE INITIALLY DEFERRED"
    client.run(f"CREATE TABLE c (a int, b int, {key})")
    client.begin()
    client.run("INSERT INTO c VALUES (NULL, NULL)")
    client.run(CHECK)
    client.run("INSERT INTO c VALUES (1, NULL)")
    told = failure(client, CHECK)
    client.run("ROLLBACK")
    client.begin()
    client.run("INSERT INTO c VALUES (1, NULL)")
    assert failure(client, "SET CONSTRAINTS ALL IMMEDIATE") == told


def test_old_rows_of_a_constraint_that_is_not_valid_do_not_count(client: Client) -> None:
    client.run("CREATE TABLE p (a int PRIMARY KEY)")
    client.run("CREATE TABLE c (id int, a int)")
    client.run("INSERT INTO c VALUES (1, 1)")
    client.run("ALTER TABLE c ADD FOREIGN KEY (a) REFERENCES p DEFERRABLE NOT VALID")
    client.begin()
    client.run(CHECK)
    client.run("SET CONSTRAINTS ALL DEFERRED")
    client.run("INSERT INTO c VALUES (2, 2)")
    assert "not present" in failure(client, CHECK)[1]


def test_tables_are_related_over_several_steps(client: Client) -> None:
    client.run("CREATE TABLE a (id int PRIMARY KEY)")
    client.run("CREATE TABLE b (id int PRIMARY KEY REFERENCES a)")
    client.run("CREATE TABLE c (id int REFERENCES b, own int PRIMARY KEY REFERENCES c)")
    client.run("CREATE TABLE d (id int)")
    assert client.run("SELECT pg_dsql.related(ARRAY['a'::regclass::oid])::regclass[]::text") == [("{a,b,c}",)]
    assert client.run("SELECT pg_dsql.related(ARRAY['d'::regclass::oid])::regclass[]::text") == [("{d}",)]
