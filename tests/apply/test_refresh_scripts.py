"""A materialized view that is a table: filled behind the load, and brought up to date by its script."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest
from support.databases import superuser

from dsql_migrate.apply import apply_bundle
from dsql_migrate.engine.endpoint import PsycopgEndpoint
from dsql_migrate.engine.local import Database
from dsql_migrate.engine.postgres.binaries import find_client
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.run import rewrite

pytestmark = pytest.mark.server

SOURCE = r"""
CREATE TABLE public.sales (id bigint PRIMARY KEY, region text, amount numeric(10,2) NOT NULL);
COPY public.sales (id, region, amount) FROM stdin;
{rows}
\.
CREATE MATERIALIZED VIEW public.keyed AS
 SELECT sales.id, sales.region, sales.amount FROM public.sales;
CREATE UNIQUE INDEX keyed_id ON public.keyed (id);
CREATE MATERIALIZED VIEW public.keyed_twice AS
 SELECT sales.id, sales.region, sales.amount FROM public.sales;
CREATE UNIQUE INDEX keyed_twice_id ON public.keyed_twice (id);
CREATE UNIQUE INDEX keyed_twice_amount ON public.keyed_twice (amount, lower(region), id);
CREATE MATERIALIZED VIEW public.by_region AS
 SELECT sales.region, sum(sales.amount) AS total FROM public.sales GROUP BY sales.region;
CREATE UNIQUE INDEX by_region_region ON public.by_region (region);
CREATE MATERIALIZED VIEW public.repeated AS SELECT sales.region FROM public.sales;
"""
VIEWS = ("keyed", "keyed_twice", "by_region", "repeated")


def bundle(folder: Path) -> Path:
    """6,500 rows, so that each refresh takes several transactions; regions with quotes, backslashes and NULL."""
    regions = [f"it's \\\\ {n}" for n in range(40)] + [r"\N"]
    rows = "\n".join(f"{n}\t{regions[n % len(regions)]}\t{n}.25" for n in range(6500))
    (folder / "source.sql").write_text(SOURCE.format(rows=rows), "utf-8")
    rewrite(str(folder / "source.sql"), folder / "out", decisions=Decisions.of(materialized_views="table"))
    return folder / "out"


def load(folder: Path, database: Database) -> None:
    endpoint = PsycopgEndpoint(database.dsn)
    try:
        result = apply_bundle(folder, endpoint, journal=False)
    finally:
        endpoint.close()
    assert result.ok, result.failure


def differing(database: Database) -> list[str]:
    """The tables that do not hold what their query finds, row by row and as often."""
    found = []
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        for name in VIEWS:
            query = (
                f"(SELECT * FROM public.{name} EXCEPT ALL SELECT * FROM public.{name}_query) UNION ALL "
                f"(SELECT * FROM public.{name}_query EXCEPT ALL SELECT * FROM public.{name})"
            )
            if connection.execute(query.encode()).fetchall():
                found.append(name)
    return found


def refresh(folder: Path, database: Database, name: str) -> None:
    command = [find_client("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.dsn]
    done = subprocess.run(
        [*command, "-f", folder / "refresh" / f"{name}.sql"], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_first_rows_come_behind_the_load(tmp_path: Path, dsql: Database) -> None:
    load(bundle(tmp_path), dsql)
    assert differing(dsql) == []
    with psycopg.connect(dsql.dsn, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM public.keyed").fetchone() == (6500,)


def test_a_refresh_brings_what_changed(tmp_path: Path, dsql: Database) -> None:
    folder = bundle(tmp_path)
    load(folder, dsql)
    with psycopg.connect(dsql.dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM public.sales WHERE id < 1500")
        connection.execute("UPDATE public.sales SET amount = amount + 1, region = NULL WHERE id BETWEEN 2000 AND 4500")
        connection.execute("INSERT INTO public.sales SELECT n, 'new', 1 FROM generate_series(10000, 12000) AS g(n)")
    assert differing(dsql) == list(VIEWS)
    for name in VIEWS:
        refresh(folder, dsql, name)
    assert differing(dsql) == []


def test_a_refresh_of_what_is_up_to_date_changes_nothing(tmp_path: Path, dsql: Database) -> None:
    folder = bundle(tmp_path)
    load(folder, dsql)
    with psycopg.connect(superuser(dsql), autocommit=True) as connection:
        before = [connection.execute(f"SELECT max(xmin::text) FROM public.{n}".encode()).fetchone() for n in VIEWS]
        for name in VIEWS:
            refresh(folder, dsql, name)
        after = [connection.execute(f"SELECT max(xmin::text) FROM public.{n}".encode()).fetchone() for n in VIEWS]
    assert before == after
