"""Settings from a file stand in for the options' defaults; what is said on the command line wins."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCHEMA = "CREATE TABLE a (id bigint PRIMARY KEY);\nCREATE TABLE b (a bigint REFERENCES a);\n"


def rewrite(folder: Path, *more: str) -> tuple[int, str, dict[str, object]]:
    """Exit code, what went to standard error, and the decisions of the bundle."""
    (folder / "in.sql").write_text(SCHEMA)
    program = "from dsql_migrate.cli import main; main()"
    command = [sys.executable, "-c", program, "rewrite", "in.sql", "-o", "out", "--force", *more]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    ledger = folder / "out" / "ledger.json"
    return done.returncode, done.stderr, json.loads(ledger.read_text())["decisions"] if ledger.exists() else {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dsql-migrate.toml", 'foreign-keys = "application"\n'),
        ("dsql-migrate.toml", '[rewrite]\nforeign-keys = "application"\n'),
        ("pyproject.toml", '[tool.dsql-migrate]\nforeign-keys = "application"\n'),
    ],
)
def test_a_file_beside_the_input_is_found(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    code, _, decisions = rewrite(tmp_path)
    assert (code, decisions["general"]["foreign-keys"]) == (0, "application")


def test_the_command_line_wins(tmp_path: Path) -> None:
    (tmp_path / "dsql-migrate.toml").write_text('foreign-keys = "application"\nas-of = 2026-09-15\n')
    assert rewrite(tmp_path, "--foreign-keys", "native")[2]["general"]["foreign-keys"] == "native"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("foreign-keys = \n", "not readable TOML"),
        ("foreign-kes = 1\n", "unknown: foreign-kes"),
        ("[rewrit]\nowners = 'keep'\n", "no command of that name: rewrit"),
        ("[rewrite]\nfail-on = 'error'\n", "rewrite has no option fail-on"),
        ("owners = 'perhaps'\n", "owners"),
    ],
)
def test_a_wrong_file_is_named_and_nothing_is_done(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    code, error, decisions = rewrite(tmp_path, "--config", "mine.toml")
    assert code == 2
    assert says in error
    assert not decisions
