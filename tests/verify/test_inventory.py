"""The inventory: every object of a database under the ledger's id, and nothing that PostgreSQL made on its own."""

from collections.abc import Callable

import psycopg
import pytest

from dsql_migrate.verify.access import reader
from dsql_migrate.verify.inventory import inventory, items
from dsql_migrate.verify.structure import read

pytestmark = pytest.mark.server
Database = Callable[[], str]

SCHEMA = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('a', 'b');
CREATE TYPE app.pair AS (a int, b text);
CREATE TYPE app.span AS RANGE (subtype = int4);
CREATE DOMAIN app.year AS int CONSTRAINT sane CHECK (VALUE > 0);
CREATE TABLE app.t (
  id serial PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY, m app.mood DEFAULT 'a', y app.year NOT NULL);
CREATE INDEX by_mood ON app.t (m);
CREATE TABLE app.child (id int CONSTRAINT to_t REFERENCES app.t);
CREATE TABLE app.parted (a int) PARTITION BY RANGE (a);
CREATE TABLE app.part PARTITION OF app.parted FOR VALUES FROM (1) TO (9);
CREATE VIEW app.v AS SELECT id FROM app.t;
CREATE MATERIALIZED VIEW app.mv AS SELECT 1 AS one;
CREATE SEQUENCE app.s;
CREATE FUNCTION app.f(integer, app.mood, VARIADIC text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE app.p(INOUT a int) LANGUAGE plpgsql AS 'BEGIN END';
CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int4);
CREATE TRIGGER touch BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION app.trg();
CREATE RULE quiet AS ON DELETE TO app.child DO INSTEAD NOTHING;
CREATE POLICY mine ON app.t USING (true);
CREATE CAST (app.mood AS int) WITH INOUT;
CREATE COLLATION app.plain FROM "C";
COMMENT ON TABLE app.t IS 'a';
COMMENT ON COLUMN app.t.id IS 'b';
COMMENT ON FUNCTION app.f(integer, app.mood, VARIADIC text[]) IS 'c';
COMMENT ON CONSTRAINT to_t ON app.child IS 'd';
"""
EXPECTED = """
aggregate:app.total(integer)
cast:(mood AS int4)
collation:app.plain
column:app.child.id column:app.part.a column:app.parted.a
column:app.t.id column:app.t.m column:app.t.n column:app.t.y
comment:column app.t.id
comment:constraint app.child.to_t
comment:function app.f(integer, mood, text[])
comment:schema public
comment:table app.t
constraint:app.child.to_t constraint:app.t.t_pkey constraint:app.year.sane
default:app.t.id default:app.t.m
domain:app.year
extension:plpgsql
function:app.f(integer, mood, text[])
function:app.trg()
identity:app.t.n
index:app.by_mood
materialized view:app.mv
policy:app.t.mine
procedure:app.p(integer)
rule:app.child.quiet
schema:app schema:public
sequence:app.s sequence:app.t_id_seq
table:app.child table:app.part table:app.parted table:app.t
trigger:app.t.touch
type:app.mood type:app.pair type:app.span
view:app.v
"""


def test_every_object_has_one_id(database: Database) -> None:
    dsn = database()
    with psycopg.connect(dsn) as connection:
        connection.execute(SCHEMA.encode())
    with reader(dsn) as connection:
        found = inventory(connection)
        optional = {item.id for item in items(read(connection)) if item.optional}
    ids = [id for id, _, _ in found]
    assert sorted(" ".join(ids).split()) == sorted(EXPECTED.split())
    assert len(set(ids)) == len(ids)
    assert optional == {"schema:public", "comment:schema public", "extension:plpgsql", "column:app.part.a"}


def test_next_values(database: Database) -> None:
    dsn = database()
    with psycopg.connect(dsn) as connection:
        connection.execute(
            b"CREATE SEQUENCE a START 5; CREATE SEQUENCE b INCREMENT -2; SELECT nextval('b'), setval('a', 9)"
        )
        connection.execute(b"CREATE TABLE t (i int GENERATED ALWAYS AS IDENTITY); INSERT INTO t DEFAULT VALUES")
    with reader(dsn) as connection:
        sequences = read(connection).sequences
    assert {id: s.next_value for id, s in sequences.items()} == {
        "sequence:public.a": 10,
        "sequence:public.b": -3,
        "identity:public.t.i": 2,
    }
