"""``dsql-migrate apply`` as its users call it: exit codes and what it prints."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsql_migrate.cli.apply import command
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.errors import Failure

LIBRARY = Path(__file__).parent / "data" / "library"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """What a plain PostgreSQL takes of the bundle."""
    folder = Path(shutil.copytree(LIBRARY, tmp_path / "out"))
    (folder / "post-data.sql").unlink()
    return folder


@pytest.mark.server
def test_applies_and_says_what_it_did(bundle: Path, server: Server) -> None:
    dsn = server.create_database("apply_command")
    done = CliRunner().invoke(command, [str(bundle), "--dsn", dsn])
    assert done.exit_code == 0, done.output
    assert "11 rows" in done.output
    again = CliRunner().invoke(command, [str(bundle)], env={"DSQL_MIGRATE_DSN": dsn})
    assert "steps were applied before" in again.output
    assert CliRunner().invoke(command, [str(bundle), "--dsn", dsn, "-q"]).output == ""
    refused = CliRunner().invoke(command, [str(bundle), "--dsn", dsn, "--restart"])
    assert refused.exit_code == 1
    assert 'pre-data.sql:2: 42P06: schema "lending" already exists: ' in refused.output
    server.drop_database("apply_command")


def test_what_cannot_be_done_is_a_failure(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "DSQL_MIGRATE_DSN"):
        monkeypatch.delenv(name, raising=False)
    assert isinstance(CliRunner().invoke(command, [str(bundle)]).exception, Failure)
    missing = CliRunner().invoke(command, [str(bundle), "--dsn", "host=/nonexistent password=hush"])
    assert isinstance(missing.exception, Failure)
    assert "hush" not in str(missing.exception)


def test_the_command_is_cheap_to_import() -> None:
    script = "import sys, dsql_migrate.cli.apply; print([m for m in ('psycopg', 'pglast') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"
