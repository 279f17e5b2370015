"""Written patterns: a page for each thing that a source does and DSQL has no word for, with SQL that DSQL takes."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import get_args

import psycopg
import pytest

from dsql_migrate.engine.local import Database
from dsql_migrate.rewrite.run import rewrite
from dsql_migrate.stubs.patterns import Pattern, Sighting, page
from dsql_migrate.target import load_target

ALL = get_args(Pattern)

SOURCE = """
CREATE EXTENSION pg_cron;
CREATE TABLE event (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE event_2020 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE job (id int PRIMARY KEY);
CREATE FUNCTION work() RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int;
BEGIN
  PERFORM pg_advisory_lock(1);
  LOCK TABLE job;
  n := (SELECT coalesce(max(id), 0) + 1 FROM job);
  TRUNCATE job;
  PERFORM pg_notify('done', 'a`b|<i>');
  RETURN n;
END $$;
"""


def patterns(folder: Path, source: str) -> dict[str, str]:
    given = folder / "source.sql"
    given.write_text(source)
    rewrite(str(given), folder / "out")
    return {path.stem: path.read_text() for path in (folder / "out").glob("app/patterns/*.md")}


def test_each_is_seen_at_its_line(tmp_path: Path) -> None:
    pages = patterns(tmp_path, SOURCE)
    assert {name: text.split("## Where the source does it\n\n")[1] for name, text in pages.items()} == {
        "advisory-locks": "- line 9: `SELECT pg_advisory_lock(1) (function work)`\n",
        "next-number": "- line 11: `SELECT (SELECT coalesce(max(id), 0) + 1 FROM job) (function work)`\n",
        "notifications": "- line 13: ``SELECT pg_notify('done', 'a`b\\|<i>') (function work)``\n",
        "partitions": "- line 3: `table event PARTITION BY RANGE`\n",
        "schedules": "- line 2: `CREATE EXTENSION pg_cron`\n",
        "table-locks": "- line 10: `LOCK TABLE job (function work)`\n",
        "truncate": "- line 12: `TRUNCATE job (function work)`\n",
    }


def test_a_source_that_does_none_of_it_has_none(tmp_path: Path) -> None:
    quiet = "CREATE TABLE truncated (id int PRIMARY KEY, notify text DEFAULT 'LOCK');\nSELECT max(id) FROM truncated;"
    assert patterns(tmp_path, quiet) == {}


def test_many_places_are_counted() -> None:
    many = [Sighting("truncate", line, "TRUNCATE t") for line in range(1, 61)]
    assert page("truncate", many, load_target()).endswith("- line 50: `TRUNCATE t`\n- and 10 more\n")


@pytest.mark.parametrize("day", [date(2025, 6, 1), None])
@pytest.mark.parametrize("pattern", ALL)
def test_the_limit_is_that_of_the_day(pattern: Pattern, day: date | None) -> None:
    target = load_target(day)
    text = page(pattern, [Sighting(pattern, 1, "x")], target)
    for found in re.findall(r"LIMIT (\d+)", text):
        assert int(found) in (target.limit("transaction-rows"), 100)


@pytest.mark.server
@pytest.mark.parametrize("pattern", ALL)
def test_its_sql_is_accepted(pattern: Pattern, dsql: Database) -> None:
    """Every statement of the page on the engine, one a transaction, with values for its parameters."""
    text = page(pattern, [Sighting(pattern, 1, "x")], load_target())
    with dsql.connect() as connection:
        connection.execute("CREATE TABLE the_table (the_key int PRIMARY KEY, the_day date)")
        connection.execute("INSERT INTO the_table VALUES (1, '2026-01-05'), (2, '2026-03-05')")
        for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL):
            for statement in filter(None, (part.strip() for part in re.sub(r"--.*", "", block).split(";"))):
                psycopg.ClientCursor(connection).execute(parameters(statement).encode())
        left = connection.execute("SELECT count(*) FROM the_table").fetchone()
    assert left == {"truncate": (0,), "partitions": (1,)}.get(pattern, (2,))


def parameters(statement: str) -> str:
    key = "'00000000-0000-0000-0000-000000000001'::uuid"
    return statement.replace("ANY ($1)", f"ANY (ARRAY[{key}])").replace("$1", key)
