"""Tables without rows are proved with made ones: whatever they hold, and whatever their constraints ask for."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dsql_migrate.migration import migrate
from dsql_migrate.rewrite.data import values
from dsql_migrate.rewrite.data.values import Conversion
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.verify.made.fill import ROWS, fill, in_order, quieten
from dsql_migrate.verify.made.shapes import constants, read_shapes

pytestmark = pytest.mark.server

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN email AS text CHECK (VALUE ~ '@') NOT NULL;
CREATE TABLE everything (
  id serial PRIMARY KEY, m mood, ms mood[], t text[], i integer[], n numeric, nn numeric(6,2), f double precision[],
  r int4range, tr tsrange, p pair, e email, mo money, ip inet, iv interval, js json, jb jsonb, b bit(3), by bytea,
  bys bytea[], ts timestamptz, tss timestamptz[], d date, ds date[], u uuid, bx box, bxs box[], v varchar(3), c char(5),
  vb varbit, q tsquery, tv tsvector, mr int4multirange, x xml, twice integer GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE strict (
  a integer PRIMARY KEY CHECK (a BETWEEN 100 AND 120), b text NOT NULL CHECK (b IN ('x', 'y')),
  low date NOT NULL, high date NOT NULL, CHECK (low < high),
  one integer REFERENCES everything, other integer REFERENCES strict, CHECK ((one IS NULL) <> (other IS NULL)));
CREATE TABLE refers (strict integer NOT NULL REFERENCES strict, n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE parted (at date NOT NULL, what text, tags text[]) PARTITION BY RANGE (at);
CREATE TABLE parted_2020 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE parted_2021 PARTITION OF parted FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
CREATE TRIGGER no BEFORE INSERT ON refers FOR EACH ROW EXECUTE FUNCTION no();
CREATE TABLE never (a integer CHECK (a <> a AND a IS NOT NULL) NOT NULL);
CREATE TABLE an_item (id serial PRIMARY KEY, topic integer);
CREATE TABLE topic (item integer PRIMARY KEY REFERENCES an_item);
ALTER TABLE an_item ADD FOREIGN KEY (topic) REFERENCES topic;
CREATE TABLE full_of (a integer PRIMARY KEY);
INSERT INTO full_of VALUES (1);
"""


@pytest.fixture(scope="module")
def verification(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "in.sql").write_text(SCHEMA)
    done = migrate(str(folder / "in.sql"), folder / "out")
    assert done.ok, [check for check in done.verification["checks"] if not check["ok"]]
    found: dict[str, Any] = json.loads((folder / "out" / "verification.json").read_text())
    found["ledger"] = json.loads((folder / "out" / "ledger.json").read_text())["entries"]
    return found


def made(verification: dict[str, Any]) -> dict[str, int]:
    return {table["name"]: table.get("made_rows", 0) for table in verification["tables"]}


def test_every_table_without_rows_gets_some(verification: dict[str, Any]) -> None:
    found = made(verification)
    assert found["public.everything"] == ROWS
    assert found["public.strict"] >= 2
    assert found["public.refers"] >= 2  # its trigger would have none
    assert found["public.parted"] > ROWS  # those of both partitions
    assert found["public.topic"] > 0  # it and its items refer to each other
    assert found["public.full_of"] == 0
    assert found["public.never"] == 0


def test_it_says_that_they_are_made(verification: dict[str, Any]) -> None:
    (check,) = [check for check in verification["checks"] if check["name"] == "made rows"]
    assert check["counts"]["rows"] == sum(made(verification).values())
    assert check["notes"] == ["public.never: PostgreSQL took no row that could be made"]
    (table,) = [table for table in verification["tables"] if table["name"] == "public.everything"]
    assert (table["rows_source"], table["rows_target"]) == (0, 0)
    proofs = {entry["id"]: entry["proof"] for entry in verification["ledger"]}
    assert proofs["table:public.everything"] == f"replayed with {ROWS} made rows: the input has no rows for it"
    assert proofs["table:public.full_of"] == "replayed"


def test_a_conversion_that_loses_something_is_found_without_any_row_in_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = values._PAIRS["money", "numeric"]
    monkeypatch.setitem(
        values._PAIRS, ("money", "numeric"), Conversion(old.name, lambda value: b"1", old.source_sql, old.target_sql)
    )
    (tmp_path / "in.sql").write_text("CREATE TABLE t (id integer PRIMARY KEY, m money NOT NULL);")
    done = migrate(str(tmp_path / "in.sql"), tmp_path / "out")
    assert not done.ok
    assert [check["name"] for check in done.verification["checks"] if not check["ok"]] == ["made rows"]


def test_what_the_application_computes_comes_with_the_rows(tmp_path: Path) -> None:
    size = "size integer GENERATED ALWAYS AS (length(b)) STORED NOT NULL"
    sql = f"CREATE TABLE t (id integer PRIMARY KEY, b text NOT NULL, {size});"
    (tmp_path / "in.sql").write_text(sql)
    done = migrate(str(tmp_path / "in.sql"), tmp_path / "out", decisions=Decisions.of(generated_columns="plain"))
    assert done.ok, [check for check in done.verification["checks"] if not check["ok"]]
    assert made(done.verification) == {"public.t": ROWS}


def test_the_rows_are_the_same_from_run_to_run(database: Any) -> None:
    found = []
    for dsn in (database(), database()):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(SCHEMA.encode())
            shapes = read_shapes(connection)
            quieten(connection)
            for name in in_order(shapes, shapes):
                if name != ("public", "full_of"):
                    fill(connection, shapes[name])
            found.append(connection.execute("SELECT e::text FROM everything e ORDER BY id").fetchall())
    assert found[0] == found[1]


def test_constants_of_a_check() -> None:
    assert list(constants("CHECK (((a = ANY (ARRAY['x'::text, 'it''s'])) AND (n > 5) AND (c1 < 2.5)))")) == [
        "x", "it's", "5", "6", "4", "2.5",
    ]  # fmt: skip
