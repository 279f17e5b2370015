"""Loading: one bad statement costs itself, what the server lacks is replaced and told, the script has no power."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dsql_migrate.source.open import open_source, source_of
from dsql_migrate.verify.access import reader, reader_of_source
from dsql_migrate.verify.inventory import inventory
from dsql_migrate.verify.load import load, wanted_version
from dsql_migrate.verify.loaded import LoadFailure, LoadReport

pytestmark = pytest.mark.server
Database = Callable[[], str]


def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_failing_statement_costs_only_itself(database: Database) -> None:
    dsn = database()
    report = load(
        source_of(b"CREATE TABLE a (i int);\nCREATE TABLE b (i nothing_known(3), c int);\nSELECT 1/0;\n"), dsn
    )
    assert rows(dsn, "SELECT count(*) FROM b") == [(0,)]
    assert report.unproved == (("column:public.b.i", "type nothing_known(3) cannot be had: replayed as text"),)
    assert report.failures == (LoadFailure(3, "statement", "22012", "division by zero"),)


def test_a_failure_inside_a_transaction_does_not_lose_the_rest(database: Database) -> None:
    dsn = database()
    script = b"""BEGIN;
CREATE TABLE t (i int PRIMARY KEY);
INSERT INTO t VALUES (1);
INSERT INTO t VALUES (1);
INSERT INTO t VALUES (2);
SAVEPOINT s;
INSERT INTO t VALUES (3);
ROLLBACK TO s;
COPY t FROM stdin;
4
x
\\.
INSERT INTO t VALUES (5);
COMMIT;
"""
    report = load(source_of(script), dsn)
    assert rows(dsn, "SELECT i FROM t ORDER BY 1") == [(1,), (2,), (5,)]
    assert [(f.line, f.object, f.sqlstate) for f in report.failures] == [
        (4, "rows:public.t", "23505"),
        (11, "rows:public.t", "22P02"),
    ]


def test_a_rollback_is_a_rollback_and_an_open_end_too(database: Database) -> None:
    dsn = database()
    script = b"CREATE TABLE t (i int); BEGIN; INSERT INTO t VALUES (1); ROLLBACK; BEGIN; INSERT INTO t VALUES (2);"
    report = load(source_of(script), dsn)
    assert rows(dsn, "SELECT * FROM t") == []
    assert "inside a transaction" in report.failures[0].message


def test_copy_blocks_of_all_forms(database: Database) -> None:
    dsn = database()
    script = (
        "CREATE TABLE t (a text, b text);\n"
        "COPY t FROM stdin;\nä\t\\N\n\\.\n"
        'COPY t (b, a) FROM stdin WITH (FORMAT csv, HEADER);\nb,a\n"1,""2",\n\\.\n'
        "COPY t FROM stdin DELIMITER '|';\nx|y\n\\."
    )
    report = load(source_of(script.encode()), dsn)
    assert (report.failures, report.copy_blocks) == ((), 3)
    assert sorted(rows(dsn, "SELECT a, b FROM t"), key=str) == [("x", "y"), ("ä", None), (None, '1,"2')]


def test_client_copy_reads_files_beside_the_script_only(database: Database, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("9\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rows.csv").write_text("1\n2\n")
    script = tmp_path / "in" / "script.sql"
    script.write_text(
        "CREATE TABLE t (i int);\n"
        "\\copy t FROM 'rows.csv' CSV\n\\copy t FROM '../outside.csv' CSV\n\\copy t FROM program 'id'\n"
    )
    dsn = database()
    with open_source(script) as source:
        report = load(source, dsn)
    assert rows(dsn, "SELECT i FROM t ORDER BY 1") == [(1,), (2,)]
    assert [s.line for s in report.skipped] == [3, 4]
    assert report.rows_failed("public.t") is not None


def test_the_script_has_no_power_over_the_machine(database: Database, tmp_path: Path) -> None:
    dsn = database()
    marker = tmp_path / "made"
    script = f"""
CREATE TABLE t (x text);
COPY t FROM PROGRAM 'touch {marker}';
COPY t TO '{marker}';
DO $$ BEGIN EXECUTE 'COPY t TO PROGRAM ''touch {marker}'''; END $$;
SET SESSION AUTHORIZATION postgres;
RESET SESSION AUTHORIZATION;
SELECT pg_read_file('/etc/passwd');
ALTER ROLE dsql_migrate_replay SUPERUSER;
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN EXECUTE 'COPY t TO PROGRAM ''touch {marker}'''; RETURN 1; END $$;
CREATE VIEW v AS SELECT f() AS x;
"""
    report = load(source_of(script.encode()), dsn)
    assert [f.sqlstate for f in report.failures] == ["42501"] * 4
    with reader(dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM public.v")
    assert not marker.exists()


def test_roles_are_made_where_the_script_names_them_and_owners_are_left(database: Database) -> None:
    script = b"""
CREATE SCHEMA AUTHORIZATION tenant;
CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION postgres;
CREATE TABLE app.t (i int);
ALTER TABLE app.t OWNER TO "no one";
GRANT SELECT ON app.t TO "read ""er only";
CREATE POLICY p ON app.t TO auditor USING (true);
ALTER TABLE app.t FORCE ROW LEVEL SECURITY;
ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT SELECT ON TABLES TO y;
CREATE ROLE z;
INSERT INTO app.t VALUES (1);
"""
    dsn = database()
    report = load(source_of(script), dsn)
    assert report.failures == ()
    assert {s.line for s in report.skipped} == {5, 9, 10}
    with reader(dsn) as connection:
        assert {id for id, _, _ in inventory(connection)} >= {"schema:tenant", "schema:app", "policy:app.t.p"}


def test_extensions_that_the_server_lacks_are_played(database: Database) -> None:
    script = b"""
CREATE SCHEMA ext;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA ext;
COMMENT ON EXTENSION "uuid-ossp" IS 'generate UUIDs';
BEGIN;
CREATE EXTENSION postgis;
CREATE EXTENSION pgcrypto;
COMMIT;
CREATE EXTENSION nobody_knows_it;
SET search_path = '';
CREATE TABLE public.t (
  id uuid DEFAULT ext.uuid_generate_v4(), place public.geometry(Point,4326),
  h bytea DEFAULT public.digest('a', 'sha256'));
CREATE INDEX t_place ON public.t USING gist (place);
INSERT INTO public.t (place) VALUES ('0101');
SELECT public.crypt('a', 'b');
"""
    dsn = database()
    report = load(source_of(script), dsn)
    assert [(f.line, f.object, f.sqlstate) for f in report.failures] == [
        (14, "index:public.t_place", "42704"),
        (16, "statement", "0A000"),
    ]
    assert [name for name, _ in report.stand_ins] == ["nobody_knows_it", "pgcrypto", "postgis", "uuid-ossp"]
    assert "column:public.t.place" in dict(report.unproved)
    assert report.why_missing("extension:uuid-ossp")
    assert report.why_missing("index:public.t_place")
    assert report.why_missing("comment:extension uuid-ossp")
    found = rows(dsn, "SELECT id IS NOT NULL, place::text, encode(h, 'hex') LIKE 'ca978112ca1b%' FROM public.t")
    assert found == [(True, "0101", True)]
    with reader(dsn) as connection:
        kinds = [kind for _, kind, _ in inventory(connection)]
    assert "function" not in kinds
    assert "domain" not in kinds


def test_an_extension_that_is_there_is_the_real_one(database: Database) -> None:
    dsn = database()
    script = b"""
CREATE SCHEMA s;
CREATE EXTENSION vector WITH SCHEMA s;
CREATE TABLE t (v s.vector(3));
INSERT INTO t VALUES ('[1,2,3]');
"""
    report = load(source_of(script), dsn)
    if any(name == "vector" for name, _ in report.stand_ins):
        pytest.skip("this server has no vector")
    assert report.failures == ()
    assert rows(dsn, "SELECT s.vector_dims(v) FROM t") == [(3,)]


def test_dumps_of_other_versions(database: Database) -> None:
    script = b"""
SET default_with_oids = true;
SET transaction_timeout = 0;
SET client_encoding = 'LATIN1';
SET default_tablespace = fast;
CREATE OR REPLACE PROCEDURAL LANGUAGE plpgsql;
COMMENT ON EXTENSION plpgsql IS 'PL/pgSQL procedural language';
CREATE TABLE old (i int) WITH OIDS;
CREATE TABLE older (i int, t text COLLATE "und-x-icu") WITH (oids=true) TABLESPACE fast;
CREATE TABLE newer (
  i int CONSTRAINT i_there NOT NULL, j int GENERATED ALWAYS AS (i * 2) VIRTUAL, CONSTRAINT j_there NOT NULL j);
ALTER TABLE old DISABLE TRIGGER ALL;
INSERT INTO newer (i) VALUES (2);
ALTER TABLE old ENABLE TRIGGER ALL;
"""
    dsn = database()
    report = load(source_of(script), dsn)
    assert report.failures == ()
    assert rows(dsn, "SELECT j FROM newer") == [(4,)]
    assert [id for id, _ in report.unproved] == ["column:public.older.t"]


def test_many_inserts_go_together_and_fail_alone(database: Database) -> None:
    dsn = database()
    script = b"CREATE TABLE t (i int PRIMARY KEY);\n" + b"".join(
        b"INSERT INTO t VALUES (%d);\n" % (i % 990) for i in range(1000)
    )
    report = load(source_of(script), dsn)
    assert rows(dsn, "SELECT count(*) FROM t") == [(990,)]
    assert [f.line for f in report.failures] == list(range(992, 1002))


def test_what_a_missing_table_takes_with_it() -> None:
    report = LoadReport("16.14", failures=(LoadFailure(3, "table:public.t", "42704", "no such type"),))
    assert all(report.why_missing(id) for id in ("table:public.t", "column:public.t.c", "constraint:public.t.t_pkey"))
    assert report.rows_failed("public.t")
    assert not report.why_missing("column:public.tt.c")


@pytest.mark.parametrize(
    ("head", "version"),
    [(b"-- Dumped from database version 18.1\n", 18), (b"-- Dumped from database version 9.6.24\n", 16), (b"", 16)],
)
def test_which_server_reads_a_dump(head: bytes, version: int) -> None:
    assert wanted_version(head) == version


def test_objects_that_code_makes_are_told_apart(database: Database) -> None:
    dsn = database()
    script = b"CREATE TABLE a (i int);\nDO $$ BEGIN CREATE TABLE b (j int); END $$;\n"
    report = load(source_of(script), dsn)
    assert report.made == (("column:public.b.j", 2), ("table:public.b", 2))


def test_savepoints_of_the_script_do_no_harm(database: Database) -> None:
    dsn = database()
    script = b"""BEGIN; CREATE TABLE t (i int); SAVEPOINT a; INSERT INTO t VALUES (1);
ROLLBACK TO b; RELEASE c; RELEASE a;
INSERT INTO t VALUES (2); SELECT nothing; COMMIT; COMMIT; ROLLBACK; INSERT INTO t VALUES (3);"""
    report = load(source_of(script), dsn)
    assert rows(dsn, "SELECT i FROM t ORDER BY 1") == [(1,), (2,), (3,)]
    assert [f.sqlstate for f in report.failures] == ["3B001", "3B001", "42703"]


def test_a_script_that_is_no_sql(database: Database) -> None:
    dsn = database()
    report = load(source_of(b"\x00\x01 'open \xff\xfe;\nCREATE TABLE t (i int);"), dsn)
    assert "NUL" in report.failures[0].message
    assert load(source_of(b""), database()).statements == 0


def test_hstore_is_read_as_hstore_reads_it_and_xml_is_held_as_text(database: Database) -> None:
    script = b"""
CREATE EXTENSION hstore;
CREATE TABLE a (id integer, h hstore, x xml);
INSERT INTO a VALUES (1, '"a"=>"1", "b c"=>NULL, "q\\"x"=>"y\\\\z", d=>NULL, e=>"NULL"', '<a>b</a>'),
  (2, 'a=>1,a=>2, b => null', NULL), (3, '', '<?xml version="1.0"?><a/>');
"""
    dsn = database()
    report = load(source_of(script, "in.sql"), dsn)
    assert report.failures == ()
    with reader_of_source(dsn) as connection:
        rows = connection.execute("SELECT hstore_to_jsonb(h), x::text FROM public.a ORDER BY id").fetchall()
    assert rows == [
        ({"a": "1", "b c": None, 'q"x': "y\\z", "d": None, "e": "NULL"}, "<a>b</a>"),
        ({"a": "1", "b": None}, None),
        ({}, '<?xml version="1.0"?><a/>'),
    ]
