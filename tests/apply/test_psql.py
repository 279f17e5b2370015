"""Plain psql runs a bundle's three files, stops where a background job fails, and does what ``apply`` does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support.databases import state, superuser

from dsql_migrate.apply import apply_bundle
from dsql_migrate.engine.endpoint import PsycopgEndpoint
from dsql_migrate.engine.local import Database, LocalDsql
from dsql_migrate.engine.postgres.binaries import find_client
from dsql_migrate.rewrite.run import rewrite

pytestmark = pytest.mark.server
AWKWARD = Path(__file__).parent / "data" / "awkward.sql"
TRAVELS = Path(__file__).parent / "data" / "travels"
CASES = Path(__file__).parent.parent / "rewrite" / "cases"
FILES = ("pre-data.sql", "data.sql", "post-data.sql")


@pytest.fixture
def other(dsql_server: LocalDsql) -> Iterator[Database]:
    """A second database, for ``apply``."""
    name = dsql_server.new_database()
    yield Database(dsql_server, name)
    dsql_server.drop_database(name)


def psql(database: Database, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [find_client("psql"), "-X", "-v", "ON_ERROR_STOP=1", "-d", database.dsn, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)


def applied(bundle: Path, database: Database) -> dict[str, object]:
    """What the database is like after ``apply_bundle``."""
    endpoint = PsycopgEndpoint(database.dsn)
    try:
        result = apply_bundle(bundle, endpoint, journal=False)
    finally:
        endpoint.close()
    assert result.ok, result.failure
    return state(database)


def run_all(bundle: Path, database: Database) -> dict[str, object]:
    for file in FILES:
        done = psql(database, "-f", bundle / file)
        assert (done.returncode, done.stderr) == (0, "")
    return state(database)


def test_the_demo(demo: Path, tmp_path: Path, dsql: Database, other: Database) -> None:
    rewrite(str(demo), tmp_path / "out")
    found = run_all(tmp_path / "out", dsql)
    assert found == applied(tmp_path / "out", other)
    assert all(valid for _definition, valid in found["indexes"])  # type: ignore[attr-defined]
    assert all(held for *_name, held in found["constraints"])  # type: ignore[attr-defined]


@pytest.mark.corpus
def test_pagila(corpus: Path, tmp_path: Path, dsql: Database, other: Database) -> None:
    rewrite(str(corpus / "pagila-neon" / "pagila.sql"), tmp_path / "out")
    assert run_all(tmp_path / "out", dsql) == applied(tmp_path / "out", other)


@pytest.mark.parametrize("case", ["search-path", "names-quoted", "inserts-with-serial-ids-left-out"])
def test_cases_of_the_rewrite(case: str, tmp_path: Path, dsql: Database, other: Database) -> None:
    rewrite(str(CASES / case / "source.sql"), tmp_path / "out")
    assert run_all(tmp_path / "out", dsql) == applied(tmp_path / "out", other)


def test_each_file_is_a_session_of_its_own(dsql: Database, other: Database) -> None:
    """A search_path set in one file is not there in the next: not for psql, and so not for apply."""
    found = run_all(TRAVELS, dsql)
    assert found == applied(TRAVELS, other)
    assert [rows[0][0] for rows in found["rows"].values()] == [1, 1, 3]  # type: ignore[attr-defined]


def test_names_that_look_like_psqls_own(tmp_path: Path, dsql: Database, other: Database) -> None:
    rewrite(str(AWKWARD), tmp_path / "out")
    found = run_all(tmp_path / "out", dsql)
    assert found == applied(tmp_path / "out", other)
    table = '"sch:ROW_COUNT"."it\'s :\'job_id\'"'
    with psycopg.connect(superuser(dsql)) as connection:
        rows = connection.execute(f"SELECT * FROM {table} ORDER BY 1".encode()).fetchall()
        says = connection.execute('SELECT "sch:ROW_COUNT".":f"(NULL::text || 1), "sch:ROW_COUNT".":f"(\'\')').fetchone()
        comment = connection.execute(f"SELECT obj_description($dsql${table}$dsql$::regclass)".encode()).fetchone()
    assert rows == [(1, "\\.", "\\gset", ":x"), (2, ":'job_id'", None, "größer"), (3, "a\\b", ";", "\\")]
    assert says == (None, ":VERSION\\! 'false'")
    assert comment == ('it\'s \\! :"DBNAME" and \\\\ too',)
    assert len([True for _definition, valid in found["indexes"] if valid]) == 4  # type: ignore[attr-defined]


PLANTED = [
    (
        "INSERT INTO \"sch:ROW_COUNT\".\"it's :'job_id'\" VALUES (4, 'a\\b')",
        'index sch:ROW_COUNT.once :succeeded \\else "größe" it\'s was not built: see sys.jobs',
    ),
    (
        'INSERT INTO "sch:ROW_COUNT"."child, line 1" VALUES (4, 404)',
        'foreign key to :parent \\if "it\'s" of sch:ROW_COUNT.child, line 1 does not hold for every row: see sys.jobs',
    ),
]


@pytest.mark.parametrize(("planted", "message"), PLANTED, ids=["duplicate", "orphan"])
def test_a_job_that_fails_stops_it(planted: str, message: str, tmp_path: Path, dsql: Database) -> None:
    rewrite(str(AWKWARD), tmp_path / "out")
    for file in FILES[:2]:
        assert psql(dsql, "-f", tmp_path / "out" / file).returncode == 0
    assert psql(dsql, "-c", planted).returncode == 0
    done = psql(dsql, "-f", tmp_path / "out" / FILES[2])
    assert done.returncode == 3  # psql's for a script that an error ended
    assert f'ERROR:  invalid input syntax for type boolean: "{message}"' in done.stderr
    assert not any("zuletzt" in str(definition) for definition, _valid in state(dsql)["indexes"])  # type: ignore[attr-defined]


def test_a_refusal_stops_it(tmp_path: Path, dsql: Database) -> None:
    """What DSQL refuses reaches psql as an error with its SQLSTATE; the rest of the file is not run."""
    (tmp_path / "script.sql").write_text("CREATE TABLE t (a int[]);\nCREATE TABLE u (a int);\n")
    done = psql(dsql, "-v", "VERBOSITY=verbose", "-f", tmp_path / "script.sql")
    assert done.returncode == 3
    assert "ERROR:  0A000: " in done.stderr
    assert state(dsql)["rows"] == {}
