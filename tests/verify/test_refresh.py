"""A materialized view is compared as it is when refreshed, for on the target it is a view."""

import json
from pathlib import Path

import pytest

from dsql_migrate.migration import migrate

pytestmark = pytest.mark.server

SOURCE = """
CREATE TABLE public.sales (id integer PRIMARY KEY, amount numeric(10,2) NOT NULL);
CREATE MATERIALIZED VIEW public.totals AS SELECT sum(amount) AS total FROM public.sales;
COMMENT ON MATERIALIZED VIEW public.totals IS 'Refreshed nightly';
COMMENT ON COLUMN public.totals.total IS 'In euros';
INSERT INTO public.sales VALUES (1, 2.5), (2, 3.5);
CREATE VIEW public.through AS SELECT total FROM public.totals;
"""


def test_a_stale_materialized_view_is_no_difference(tmp_path: Path) -> None:
    source = tmp_path / "in.sql"
    source.write_text(SOURCE, encoding="utf-8")
    assert migrate(str(source), tmp_path / "out").ok
    entries = {e["id"]: e for e in json.loads((tmp_path / "out/ledger.json").read_text())["entries"]}
    for id in ("materialized view:public.totals", "view:public.through", "comment:materialized view public.totals"):
        assert entries[id]["proof"] == "replayed", id
