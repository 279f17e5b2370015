"""``rules``, ``explain`` and ``completion``."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from dsql_migrate.cli import completion, explain, rules
from dsql_migrate.errors import Failure
from dsql_migrate.lint import load_rules


def codes(*arguments: str) -> list[str]:
    found = CliRunner().invoke(rules.command, ["--format", "json", *arguments])
    return [rule["code"] for rule in json.loads(found.output)["rules"]]


def test_rules_are_chosen() -> None:
    every = load_rules()
    assert codes() == [rule.code for rule in every]
    assert codes("--select", "DSQL304,truncate") == ["DSQL304", "DSQL605"]
    assert codes("--severity", "info", "--severity", "warning") == [r.code for r in every if r.severity != "error"]
    with pytest.raises(Failure, match="there is no rule 'truncat'") as caught:
        CliRunner().invoke(rules.command, ["--select", "truncat"], catch_exceptions=False)
    assert caught.value.hint == "did you mean truncate?"


def test_rules_as_a_table() -> None:
    lines = CliRunner().invoke(rules.command, ["--select", "DSQL3", "--format", "markdown"]).output.splitlines()
    assert lines[0].startswith("| code | name |")
    assert len(lines) == 2 + len(codes("--select", "DSQL3"))
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_every_rule_is_explained_in_every_form(rule: object) -> None:
    run = CliRunner()
    found = json.loads(run.invoke(explain.command, [rule.code, "--format", "json"], catch_exceptions=False).output)
    assert (found["code"], found["name"], found["schema_version"]) == (rule.code, rule.name, 1)
    page = run.invoke(explain.command, [rule.name, "--format", "markdown"], catch_exceptions=False).output
    assert page.startswith(f"# {rule.code} `{rule.name}`")
    assert page.count("```") % 2 == 0
    assert rule.name in run.invoke(explain.command, [rule.code.lower()], catch_exceptions=False).output


@pytest.mark.parametrize(("asked", "near"), [("DSQL3044", "DSQL304"), ("index-sort-oder", "index-sort-order")])
def test_near_ones_are_told(asked: str, near: str) -> None:
    with pytest.raises(Failure, match=f"there is no rule {asked}") as caught:
        CliRunner().invoke(explain.command, [asked], catch_exceptions=False)
    assert near in (caught.value.hint or "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed(shell: str) -> None:
    found = CliRunner().invoke(completion.command, [shell], catch_exceptions=False)
    assert found.exit_code == 0
    assert f"{completion.VARIABLE}={shell}_complete" in found.output
    assert "dsql-migrate" in found.output


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("dsql-migrate bas", ["baseline"]),
        ("dsql-migrate lint --chang", ["--changed-since"]),
        ("dsql-migrate lint --select index-so", ["index-sort-order"]),
        ("dsql-migrate lint --ignore truncate,dsql60", None),
        ("dsql-migrate explain trunc", ["truncate"]),
        ("dsql-migrate completion z", ["zsh"]),
    ],
)
def test_a_shell_that_asks_is_answered(words: str, completed: list[str] | None) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), completion.VARIABLE: "bash_complete"}
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()"]
    environment = {**os.environ, **asked, "PYTHONPATH": os.pathsep.join(sys.path)}
    output = subprocess.run(program, env=environment, capture_output=True, text=True, check=False).stdout
    found = [line.split(",", 1)[1] for line in output.splitlines()]
    if completed is None:
        assert "truncate,DSQL605" in found
    else:
        assert found == completed
