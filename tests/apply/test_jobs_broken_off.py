"""``apply --jobs`` stopped by Ctrl-C at any moment, and run again: every row once, every index built."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from support.databases import state, superuser

from dsql_migrate.apply import apply_bundle
from dsql_migrate.engine.endpoint import PsycopgEndpoint
from dsql_migrate.engine.local import Database, LocalDsql
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.run import rewrite

pytestmark = pytest.mark.server
PROJECT = Path(__file__).resolve().parent.parent.parent
TABLES, ROWS = 6, 4000


def script() -> str:
    lines = [f"CREATE TABLE t{n} (id int NOT NULL, up int, name text);" for n in range(TABLES)]
    for n in reversed(range(TABLES)):
        rows = "".join(f"{row}\t{ROWS - 1 - row}\trow {row} of {n}\n" for row in range(ROWS))
        lines.append(f"COPY t{n} (id, up, name) FROM stdin;\n{rows}\\.\n")
    lines += [f"ALTER TABLE ONLY t{n} ADD CONSTRAINT t{n}_pkey PRIMARY KEY (id);" for n in range(TABLES)]
    lines += [f"CREATE INDEX t{n}_name ON t{n} (name);" for n in range(TABLES)]
    lines += [
        f"ALTER TABLE ONLY t{n} ADD CONSTRAINT t{n}_up FOREIGN KEY (up) REFERENCES t{n - 1} (id);"
        for n in range(1, TABLES)
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module", params=["native", "inline"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "source.sql").write_text(script())
    rewrite(str(folder / "source.sql"), folder / "out", decisions=Decisions.of(foreign_keys=request.param))
    return folder / "out"


@pytest.fixture
def whole(made: Path, dsql_server: LocalDsql) -> dict[str, object]:
    database = Database(dsql_server, dsql_server.new_database())
    endpoint = PsycopgEndpoint(database.dsn)
    assert apply_bundle(made, endpoint, journal=False).ok
    endpoint.close()
    return state(database)


def test_broken_off_and_run_again(made: Path, whole: dict[str, object], dsql: Database, tmp_path: Path) -> None:
    for path in made.glob(".apply-journal-*"):
        path.unlink()
    call = "from dsql_migrate.cli import main; main()"
    options = ["--dsn", dsql.dsn, "--jobs", "3", "--in-doubt", "missing"]
    command = [sys.executable, "-c", call, "apply", str(made), *options]
    code, runs = -1, 0
    for after in (0.7, 0.9, 1.1, 1.3, 60):
        running = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(PROJECT)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        until = time.monotonic() + after
        while running.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        if running.poll() is None:
            running.send_signal(signal.SIGINT)
        output = running.communicate(timeout=60)[0].decode()
        code, runs = running.returncode, runs + 1
        if output.startswith("Applied to "):  # done, perhaps just before the signal came
            code = 0
        if code == 0:
            break
        assert "interrupted" in output, output
        assert "Traceback" not in output, output
    assert code == 0, output
    assert state(dsql) == whole
    with psycopg.connect(superuser(dsql)) as connection:
        found = connection.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone()
    assert found == (0,)
