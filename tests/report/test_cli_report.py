"""``dsql-migrate report OUT -o FILE``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli.report import command
from dsql_migrate.errors import Failure

Document = dict[str, Any]


@pytest.fixture
def out(tmp_path: Path, ledger: Document, verification: Document, findings: list[Document]) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "ledger.json").write_text(json.dumps(ledger))
    (folder / "verification.json").write_text(json.dumps({**verification, "run": {"seconds": 3}}))
    (folder / "findings.json").write_text(json.dumps(findings))
    return folder


def run(*arguments: Path | str) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_the_ending_says_the_format(out: Path, tmp_path: Path, ending: str) -> None:
    result = run(out, "-o", tmp_path / f"r.{ending}")
    assert result.exit_code == 0
    assert result.output.startswith("Ready after automatic rewriting: every object")
    written = (tmp_path / f"r.{ending}").read_text("utf-8")
    assert {"html": "<!DOCTYPE html>", "md": "# Ready", "json": "{\n"}[ending] in written[:40]


def test_findings_may_be_what_lint_wrote(out: Path, tmp_path: Path, findings: list[Document]) -> None:
    (out / "findings.json").write_text(json.dumps({"schema_version": 1, "findings": findings}))
    assert run(out, "-o", tmp_path / "r.json").exit_code == 0
    document = json.loads((tmp_path / "r.json").read_text())
    assert document["findings"] == len(findings)
    assert document["run"] == {"seconds": 3}


def test_a_bundle_that_was_not_replayed(out: Path, tmp_path: Path) -> None:
    (out / "verification.json").unlink()
    (out / "findings.json").unlink()
    assert run(out, "-o", tmp_path / "r.md").output.startswith("Not verified: all 325 objects")


def test_a_dump_is_no_bundle_yet(tmp_path: Path) -> None:
    dump = tmp_path / "shop.sql"
    dump.write_text("CREATE TABLE a (b int);")
    error = run(dump, "-o", tmp_path / "r.html").exception
    assert isinstance(error, Failure)
    assert error.hint is not None
    assert "dsql-migrate migrate" in error.hint


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "{}"])
def test_a_damaged_ledger_leaves_no_report(out: Path, tmp_path: Path, text: str) -> None:
    (out / "ledger.json").write_text(text)
    assert isinstance(run(out, "-o", tmp_path / "r.html").exception, Failure)
    assert not (tmp_path / "r.html").exists()


def test_an_existing_file_is_kept(out: Path, tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text("mine")
    assert isinstance(run(out, "-o", tmp_path / "r.md").exception, Failure)
    assert (tmp_path / "r.md").read_text() == "mine"
    assert run(out, "-o", tmp_path / "r.md", "--force").exit_code == 0
