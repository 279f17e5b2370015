"""The commands lint, rules and explain: options, exit codes, and what they load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsql_migrate.cli import explain, lint, rules
from dsql_migrate.errors import Failure

HEAVY = ("rich", "jinja2", "ruamel", "sqlglot", "psycopg")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "a.sql"
    file.write_text("CREATE TABLE t (id uuid PRIMARY KEY, n numeric);\n")
    return file


@pytest.mark.parametrize(("option", "code"), [([], 0), (["--fail-on", "warning"], 1), (["--fail-on", "info"], 1)])
def test_fail_on(script: Path, option: list[str], code: int) -> None:
    assert CliRunner().invoke(lint.command, [str(script), *option]).exit_code == code


def test_as_of(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("CREATE TABLE t (id uuid PRIMARY KEY, d jsonb);\n")
    assert CliRunner().invoke(lint.command, [str(file)]).exit_code == 0
    found = CliRunner().invoke(lint.command, [str(file), "--as-of", "2026-05-31"])
    assert found.exit_code == 1
    assert "As of 2026-05-31." in found.output


def test_standard_input() -> None:
    result = CliRunner().invoke(lint.command, ["-", "--format", "json"], input="TRUNCATE t;")
    assert json.loads(result.output)["findings"][0]["path"] == "<stdin>"


def test_reports_are_written_and_nothing_is_overwritten(script: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    run = [str(script), "--output-format", f"json:{report}"]
    result = CliRunner().invoke(lint.command, run)
    assert json.loads(report.read_text())["summary"]["warnings"] == 1
    assert "DSQL111" in result.output
    with pytest.raises(Failure, match="exists"):
        CliRunner().invoke(lint.command, run, catch_exceptions=False)
    assert CliRunner().invoke(lint.command, [*run, "--force"]).exit_code == 0


def test_unknown_format(script: Path) -> None:
    assert CliRunner().invoke(lint.command, [str(script), "--output-format", "xml"]).exit_code == 2


def test_rules_of_ones_own(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "t.yaml").write_text(
        "code: OUR001\nname: no-t\nseverity: error\nsummary: s\non: CreateTable\nwhere: {name.name: t}\n"
        "message: no table {name}\nwhy: w\ninstead: i\n"
    )
    result = CliRunner().invoke(lint.command, [str(script), "--rules", str(folder)])
    assert result.exit_code == 1
    assert "OUR001 no-t: no table t" in result.output


def test_rules_lists_and_explain_explains() -> None:
    listed = CliRunner().invoke(rules.command, ["--format", "json"])
    entries = {entry["code"]: entry for entry in json.loads(listed.output)["rules"]}
    assert entries["DSQL203"]["accepted_since"] == "2026-08-26"
    assert not entries["DSQL203"]["active"]
    page = CliRunner().invoke(explain.command, ["dsql203"]).output
    assert "DSQL accepts it since 2026-08-26." in page
    assert page == CliRunner().invoke(explain.command, ["foreign-key"]).output
    with pytest.raises(Failure, match="no rule"):
        CliRunner().invoke(explain.command, ["DSQL999"], catch_exceptions=False)


def test_lint_loads_nothing_heavy(script: Path, tmp_path: Path) -> None:
    """The light doors: with the rules compiled, lint imports none of the packages that other commands need."""
    code = (
        "import sys; from dsql_migrate.cli.lint import command; command.main([sys.argv[1]], standalone_mode=False); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], 'dsql_migrate.engine' in sys.modules)"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code, str(script)]
    subprocess.run(run, env=environment, check=True, capture_output=True)  # primes the cache
    last = subprocess.run(run, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    assert last == "[] False"
