"""Functions in PL/pgSQL that are in SQL now: both are run, and what does not agree is taken back."""

import json
from pathlib import Path

import pytest

from dsql_migrate.migration import migrate

pytestmark = pytest.mark.server

SOURCE = """
CREATE TABLE public.stock (id integer PRIMARY KEY, item integer NOT NULL, sold date);
INSERT INTO public.stock VALUES (1, 1, NULL), (2, 2, '2024-02-29');
CREATE FUNCTION public.free(wanted integer) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    n integer;
BEGIN
    SELECT count(*) INTO n FROM public.stock WHERE item = wanted AND sold IS NULL;
    IF n > 0 THEN
        RETURN true;
    END IF;
    RETURN wanted IS NULL;
END $$;
CREATE FUNCTION public.divides_first(x integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v integer := 10 / x;
BEGIN
    IF x = 0 THEN RETURN 1; END IF;
    RETURN v;
END $$;
CREATE FUNCTION public.some_time(x integer) RETURNS double precision LANGUAGE plpgsql AS $$
BEGIN
    RETURN x + random();
END $$;
CREATE VIEW public.freedom AS SELECT id, public.free(item) AS free FROM public.stock;
"""


def test_what_agrees_stays_and_what_does_not_is_taken_back(tmp_path: Path) -> None:
    source = tmp_path / "in.sql"
    source.write_text(SOURCE, encoding="utf-8")
    done = migrate(str(source), tmp_path / "out")
    assert done.ok
    entries = {e["id"]: e for e in json.loads((tmp_path / "out/ledger.json").read_text())["entries"]}
    free = entries["function:public.free(integer)"]
    assert free["disposition"] == "rewritten"
    assert free["rule"] == "DSQL502"
    assert free["proof"].startswith("replayed: 11 calls")
    assert entries["view:public.freedom"]["proof"] == "replayed"
    divides = entries["function:public.divides_first(integer)"]
    assert divides["disposition"] == "application"
    assert divides["reason"].startswith("in SQL it gave another result: divides_first('0'::integer) gave 1")
    # NULL gives NULL at every call, which agrees; the other calls say nothing, as they change from call to call
    assert entries["function:public.some_time(integer)"]["proof"].startswith("replayed: 1 call ")
