"""Materialized views that become tables, whole: their types are the engine's, their rows the source's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dsql_migrate.migration import migrate, verify
from dsql_migrate.rewrite.decisions import Decisions

pytestmark = pytest.mark.server

SOURCE = r"""
CREATE SCHEMA "Sch ema";
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN app.cents AS integer CHECK (VALUE >= 0);
CREATE TABLE app.t (
    "Id" integer PRIMARY KEY, m app.mood, c app.cents, tags text[], ip inet, n numeric, cash money, doc json, b bytea,
    ts tsvector, ch char(3), iv interval
);
INSERT INTO app.t VALUES
    (1, 'sad', 3, '{a,b}', '10.0.0.1', 1.5, '$3.20', '{"a": 1}', '\x00ff', '''a'':1', 'ab', '1 day'),
    (2, 'ok', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE MATERIALIZED VIEW "Sch ema"."My View" AS
 SELECT t."Id", t.m, t.c, t.tags, t.ip, t.n, t.cash, t.doc, t.b, t.ts, t.ch, t.iv FROM app.t;
CREATE MATERIALIZED VIEW app.v AS
 SELECT t."Id" AS id, t.m::text AS mt, 'x' AS lit, NULL AS nothing, array_agg(t.c) AS cs, avg(t.n) AS mean
 FROM app.t GROUP BY t."Id" WITH NO DATA;
CREATE MATERIALIZED VIEW app.never AS SELECT t."Id" FROM app.t WITH NO DATA;
CREATE UNIQUE INDEX "u""q" ON "Sch ema"."My View" ("Id");
CREATE UNIQUE INDEX v_id ON app.v (id);
CREATE INDEX v_lower ON app.v (lower(mt));
CREATE VIEW app.on_v AS SELECT v.id FROM app.v JOIN "Sch ema"."My View" mv ON mv."Id" = v.id;
COMMENT ON MATERIALIZED VIEW app.v IS 'all';
COMMENT ON COLUMN "Sch ema"."My View"."Id" IS 'its id';
COMMENT ON INDEX app.v_id IS 'key';
REFRESH MATERIALIZED VIEW app.v;
"""


@pytest.mark.parametrize("schemas", ["keep", "prefix"])
def test_all_of_it_verifies(tmp_path: Path, schemas: str) -> None:
    (tmp_path / "source.sql").write_text(SOURCE, "utf-8")
    out = tmp_path / "out"
    found = migrate(
        str(tmp_path / "source.sql"), out, decisions=Decisions.of(materialized_views="table", schemas=schemas)
    )
    assert found.ok, [check for check in found.verification["checks"] if not check["ok"]]
    assert found.verification["unproved"] == []
    tables = {table["name"]: table["rows_target"] for table in found.verification["tables"]}
    assert sorted(tables.values()) == [0, 2, 2, 2]
    assert "    cs jsonb,\n    mean numeric(38,18)\n" in (out / "pre-data.sql").read_text("utf-8")
    again = verify(out)
    assert again.ok
    assert json.loads((out / "ledger.json").read_text("utf-8"))["shown"].keys() == {
        "materialized view:Sch ema.My View", "materialized view:app.v", "materialized view:app.never"
    }  # fmt: skip
