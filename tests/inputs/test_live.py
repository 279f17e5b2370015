"""A live PostgreSQL as the input: what is asked of pg_dump, what is kept, and what nobody may see."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import group
from dsql_migrate.engine.postgres.binaries import find_dump
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.errors import Failure
from dsql_migrate.inputs import Live, live

pytestmark = pytest.mark.server

SECRET = "s3cret-of-the-test"
SCHEMA = """
CREATE SCHEMA app;
CREATE TABLE app.customer (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE app.visit (id bigint PRIMARY KEY, customer_id bigint REFERENCES app.customer, at timestamptz);
CREATE TABLE public.note (id bigint PRIMARY KEY, body text);
INSERT INTO app.customer SELECT n, 'customer ' || n FROM generate_series(1, 50) n;
INSERT INTO app.visit SELECT n, n, '2026-01-01' FROM generate_series(1, 50) n;
INSERT INTO public.note VALUES (1, 'kept apart');
"""


@pytest.fixture(scope="module")
def dsn(server: Server) -> str:
    """A database with two schemas and rows; the DSN has a password that the server does not need."""
    made = server.create_database("live_input")
    with psycopg.connect(made, autocommit=True) as connection:
        connection.execute(SCHEMA)
    return f"{made} password={SECRET}"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


def ledger(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "ledger.json").read_text()))


def carried(out: Path, kind: str) -> dict[str, Any]:
    return {e["name"]: e.get("rows") for e in ledger(out)["entries"] if e["kind"] == kind}


def test_all_of_a_database_is_dumped_migrated_and_verified_again(dsn: str, tmp_path: Path) -> None:
    out, kept = tmp_path / "out", tmp_path / "kept.sql"
    done = run("migrate", "--dsn", dsn, "--keep-dump", str(kept), "-o", str(out), "-q")
    assert done.exit_code == 0, done.output
    assert carried(out, "rows") == {"app.customer": 50, "app.visit": 50, "public.note": 1}
    assert kept.stat().st_mode & 0o777 == 0o600
    again = run("verify", str(out), "-q")
    assert again.exit_code == 0, again.output
    moved = tmp_path / "moved.sql"
    kept.rename(moved)
    assert "no such file" in str(run("verify", str(out), "-q").exception)
    assert run("verify", str(out), "--source", str(moved), "-q").exit_code == 0


def test_the_password_is_nowhere_in_the_bundle(dsn: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("rewrite", "--dsn", dsn, "-o", str(out))
    assert done.exit_code == 0, done.output
    source = ledger(out)["source"]
    assert source["database"] == source["path"]
    assert source["database"].startswith("postgresql://postgres@/")
    assert SECRET not in done.output
    assert not [file for file in out.rglob("*") if file.is_file() and SECRET in file.read_text()]


def test_the_password_goes_through_the_environment_of_pg_dump(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[list[str], dict[str, str]]] = []
    start = subprocess.Popen

    def watched(arguments: list[str], **more: Any) -> Any:
        if "pg_dump" in str(arguments[0]) and "--version" not in arguments:
            seen.append((arguments, more["env"]))
        return start(arguments, **more)

    monkeypatch.setattr(subprocess, "Popen", watched)
    live.dumped(Live(dsn)).close()
    ((arguments, environment),) = seen
    assert SECRET not in " ".join(arguments)
    assert environment["PGPASSWORD"] == SECRET
    assert SECRET not in repr(Live(dsn))


def test_verify_says_what_it_needs_where_the_dump_was_not_kept(dsn: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("rewrite", "--dsn", dsn, "-o", str(out), "-q").exit_code == 0
    failed = run("verify", str(out))
    assert failed.exit_code != 0
    assert "live database" in str(failed.exception)
    assert "--keep-dump" in str(getattr(failed.exception, "hint", ""))


@pytest.mark.parametrize(
    ("options", "tables", "rows"),
    [
        (("--schema-only",), {"app.customer", "app.visit", "public.note"}, set()),
        (("--schema", "app"), {"app.customer", "app.visit"}, {"app.customer", "app.visit"}),
        (("--exclude-table", "app.v*"), {"app.customer", "public.note"}, {"app.customer", "public.note"}),
        (("--table", "public.note"), {"public.note"}, {"public.note"}),
        (
            ("--exclude-table-data", "app.visit", "--exclude-table-data", "app.customer"),
            {"app.customer", "app.visit", "public.note"},
            {"public.note"},
        ),
    ],
)
def test_what_is_chosen_is_what_pg_dump_dumps(
    dsn: str, tmp_path: Path, options: tuple[str, ...], tables: set[str], rows: set[str]
) -> None:
    out = tmp_path / "out"
    done = run("rewrite", "--dsn", dsn, *options, "-o", str(out), "-q")
    assert done.exit_code == 0, done.output
    assert set(carried(out, "table")) == tables
    assert {name for name, count in carried(out, "rows").items() if count} == rows


def test_a_pattern_that_matches_nothing_is_one_message(dsn: str) -> None:
    with pytest.raises(Failure, match=r"pg_dump: no matching tables were found") as failed:
        live.dumped(Live(dsn, tables=("nobody",)))
    assert "\n" not in failed.value.message
    assert failed.value.hint


def test_a_dsn_that_cannot_be_read_is_not_shown() -> None:
    with pytest.raises(Failure) as failed:
        live.dumped(Live(f"{SECRET} is no pair"))
    assert SECRET not in failed.value.message


def test_a_server_that_does_not_answer_is_one_message() -> None:
    with pytest.raises(Failure, match="cannot connect") as failed:
        live.dumped(Live(f"host=/nowhere-at-all dbname=x password={SECRET}"))
    assert SECRET not in failed.value.message
    assert "\n" not in failed.value.message


def test_a_pg_dump_older_than_the_server_is_not_taken() -> None:
    with pytest.raises(Failure, match=r"the server is PostgreSQL 99\.1, and the newest pg_dump here is") as failed:
        find_dump(99, "99.1")
    assert "postgresql-client-99" in str(failed.value.hint)


def test_the_oldest_pg_dump_that_can_is_taken() -> None:
    def major(program: Path) -> int:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        return int(said.split("(PostgreSQL)")[1].split(".")[0])

    assert 10 <= major(find_dump(10, "10.1")) <= major(find_dump(16, "16.1")) == 16


def test_a_dump_is_never_written_over(dsn: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.sql"
    kept.write_text("mine")
    with pytest.raises(Failure, match="is there already"):
        live.dumped(Live(dsn, keep=kept))
    assert kept.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rewrite", "-o", "x"), "name an INPUT"),
        (("rewrite", "in.sql", "--dsn", "dbname=x", "-o", "x"), "both INPUT"),
        (("migrate", "in.sql", "--schema-only", "-o", "x"), "--schema-only needs --dsn"),
    ],
)
def test_options_that_do_not_fit_together(arguments: tuple[str, ...], said: str) -> None:
    failed = run(*arguments)
    assert failed.exit_code == 2
    assert said in failed.output


@pytest.fixture
def locked(dsn: str) -> Iterator[None]:
    """pg_dump waits for this lock, and so can be stopped half-way."""
    with psycopg.connect(dsn) as connection:
        connection.execute("LOCK TABLE app.visit IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@pytest.mark.usefixtures("locked")
def test_an_interrupted_dump_leaves_nothing(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()"]
    kept = tmp_path / "kept.sql"
    child = subprocess.Popen(
        [*program, "rewrite", "--dsn", dsn, "--keep-dump", str(kept), "-o", str(tmp_path / "out")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
    )
    dumping = f"ps --ppid {child.pid} -o args="
    until = time.monotonic() + 30
    while b"pg_dump" not in subprocess.run(dumping.split(), capture_output=True, check=False).stdout:
        assert time.monotonic() < until
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tmp"]
    assert list((tmp_path / "tmp").iterdir()) == []
