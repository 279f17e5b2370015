"""The pre-commit hooks, the GitHub action and the snippets of docs/ci.md: they parse, and what they call exists."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dsql_migrate.cli import lint
from dsql_migrate.lint.output import FORMATS

ROOT = Path(__file__).resolve().parent.parent
CI = (ROOT / "docs" / "ci.md").read_text("utf-8")
COMMAND = [sys.executable, "-c", "from dsql_migrate.cli import main; main()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
NO_BASH = shutil.which("bash") is None
NO_NODE = shutil.which("node") is None


def yaml(text: str) -> Any:
    return YAML(typ="safe").load(text)


HOOKS = yaml((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
ACTION = yaml((ROOT / "action.yml").read_text("utf-8"))
STEPS = ACTION["runs"]["steps"]
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```", CI, re.M | re.S)


# -- pre-commit -------------------------------------------------------------------------------------------------------


def test_the_hooks_are_known_by_their_ids() -> None:
    assert [hook["id"] for hook in HOOKS] == ["dsql-migrate-lint", "dsql-migrate-fix"]
    assert all({"name", "entry", "language"} <= set(hook) for hook in HOOKS)


@pytest.mark.parametrize(("hook", "left"), [(HOOKS[0], "(a DESC)"), (HOOKS[1], "(a)")], ids=lambda v: str(v)[:20])
def test_a_hook_runs_on_a_file(hook: dict[str, Any], left: str, tmp_path: Path) -> None:
    file = tmp_path / "a b.sql"
    file.write_text("CREATE INDEX ASYNC i ON t (a DESC);\nTRUNCATE t;\n")
    program, *options = shlex.split(hook["entry"])
    assert program == "dsql-migrate"
    done = subprocess.run(
        [*COMMAND, *options, file.name], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "a b.sql:2:1: error DSQL605" in done.stdout
    assert left in file.read_text()


# -- the action -------------------------------------------------------------------------------------------------------


def test_nothing_from_outside_is_pasted_into_a_script() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step] + [
        step["with"]["script"] for step in STEPS if "script" in step.get("with", {})
    ]
    assert len(scripts) == 4
    assert not any("${{" in script for script in scripts)


@pytest.mark.skipif(NO_BASH, reason="no bash here")
def test_the_scripts_of_the_action_are_bash() -> None:
    for step in STEPS:
        if "run" in step:
            assert step["shell"] == "bash"
            subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)


def test_the_inputs_are_described_and_used() -> None:
    assert set(ACTION["inputs"]) == {"paths", "args", "version", "python-version", "comment"}
    text = (ROOT / "action.yml").read_text("utf-8")
    for name, value in ACTION["inputs"].items():
        assert value["description"]
        assert f"inputs.{name}" in text
        assert f"| `{name}` |" in CI


def run_lint_step(folder: Path, paths: str, args: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """The action's own script, with what a runner gives it; the second is what it set as outputs."""
    tools = folder / "bin"
    tools.mkdir()
    (tools / "python").symlink_to(sys.executable)
    program = tools / "dsql-migrate"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    environment = {
        **ENVIRONMENT, "BIN": str(tools), "PATHS": paths, "ARGS": args, "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    }  # fmt: skip
    (script,) = (step["run"] for step in STEPS if step.get("id") == "lint")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    written = (folder / "output").read_text() if (folder / "output").exists() else ""
    return done, dict(line.split("=", 1) for line in written.splitlines())


@pytest.mark.skipif(NO_BASH, reason="no bash here")
def test_the_action_annotates_and_writes_its_files(tmp_path: Path) -> None:
    (tmp_path / "my db").mkdir()
    (tmp_path / "my db" / "a.sql").write_text("TRUNCATE t;\nTRUNCATE u;\n")
    (tmp_path / "b.sql").write_text("SELECT 1;\n")
    done, outputs = run_lint_step(tmp_path, "'my db'\nb.sql", "--fail-on warning")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("::error title=DSQL605 truncate,file=my db/a.sql,line=") == 2
    assert outputs["exit-code"] == "1"
    assert outputs["findings"] == "2"
    assert json.loads(Path(outputs["sarif"]).read_text())["version"] == "2.1.0"
    assert Path(outputs["markdown"]).read_text() == (tmp_path / "summary").read_text()


@pytest.mark.skipif(NO_BASH, reason="no bash here")
@pytest.mark.parametrize(
    ("paths", "args"),
    [("$(touch ran) `touch ran` ; touch ran", ""), (".", "; touch ran #"), (".", "$(touch ran)"), ("--help", "")],
)
def test_no_input_of_the_action_is_run(paths: str, args: str, tmp_path: Path) -> None:
    done, outputs = run_lint_step(tmp_path, paths, args)
    assert outputs == {"exit-code": "2"}, done.stdout
    assert not list(tmp_path.glob("**/ran"))


_MOCK = """
const calls = []
const record = (name) => async (what) => { calls.push([name, what]) }
const github = {
  paginate: async () => JSON.parse(process.env.COMMENTS),
  rest: { issues: { listComments: null, updateComment: record('update'), createComment: record('create') } },
}
const context = { repo: { owner: 'o', repo: 'r' }, issue: { number: 7 } }
const core = { warning: (text) => calls.push(['warning', text]) }
const script = new (Object.getPrototypeOf(async function () {}).constructor)(
  'github', 'context', 'core', 'require', process.env.SCRIPT)
script(github, context, core, require).then(() => console.log(JSON.stringify(calls)))
"""
OURS = {"id": 3, "user": {"type": "Bot"}, "body": "<!-- dsql-migrate lint -->\nold"}
SOMEONES = {"id": 4, "user": {"type": "User"}, "body": OURS["body"]}


@pytest.mark.skipif(NO_NODE, reason="no node here")
@pytest.mark.parametrize(
    ("comments", "findings", "call"),
    [
        ([], "2", "create"),
        ([], "0", None),
        ([OURS], "0", "update"),
        ([SOMEONES, OURS], "2", "update"),
        ([SOMEONES], "2", "create"),
        ([{"id": 5, "user": None, "body": None}], "2", "create"),
    ],
)
def test_there_is_one_comment(comments: list[Any], findings: str, call: str | None, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    report.write_text("### `${process.exit(3)}`\n")
    (script,) = (step["with"]["script"] for step in STEPS if "script" in step.get("with", {}))
    environment = {
        **os.environ, "SCRIPT": script, "COMMENTS": json.dumps(comments), "REPORT": str(report), "FINDINGS": findings,
    }  # fmt: skip
    done = subprocess.run(["node", "-e", _MOCK], env=environment, capture_output=True, text=True, check=True)
    calls = json.loads(done.stdout)
    assert [name for name, _ in calls] == ([call] if call else [])
    for name, what in calls:
        assert what["body"] == "<!-- dsql-migrate lint -->\n### `${process.exit(3)}`\n"
        assert what.get("comment_id") == (3 if name == "update" else None)


# -- the snippets -----------------------------------------------------------------------------------------------------


def _calls() -> Iterator[list[str]]:
    """The words of each call of the linter in the snippets and in the action, up to a pipe."""
    for text in (CI, "\n".join(step["run"] for step in STEPS if "run" in step)):
        flat = re.sub(r"\\\n\s*|\n\s+(?=--)", " ", text)
        for call in re.findall(r"(?<![`\w-])dsql-migrate\"? lint\b([^|\n`]*)", flat):
            yield shlex.split(call.replace("$", ""))


def test_options_and_formats_that_are_shown_exist() -> None:
    known = {option for parameter in lint.command.params for option in parameter.opts}
    calls = list(_calls())
    assert len(calls) >= 4
    for words in calls:
        assert {word for word in words if word.startswith("--") and word != "--"} <= known, words
        asked = [word for flag, word in pairwise(words) if flag == "--output-format"]
        formats = [word.partition(":")[0] for word in asked]
        assert formats
        assert set(formats) <= set(FORMATS), words


def test_the_snippets_are_yaml_and_use_what_there_is() -> None:
    assert len(SNIPPETS) >= 5
    for snippet in SNIPPETS:
        assert yaml(snippet)
    (workflow, *_) = (yaml(snippet) for snippet in SNIPPETS)
    (step,) = (s for s in workflow["jobs"]["dsql"]["steps"] if "dsql-migrate" in s["uses"])
    assert set(step["with"]) <= set(ACTION["inputs"])
    hooks = [hook["id"] for snippet in SNIPPETS if "repos:" in snippet for hook in yaml(snippet)["repos"][0]["hooks"]]
    assert set(hooks) <= {hook["id"] for hook in HOOKS}


def test_every_format_is_in_the_table() -> None:
    named = set(re.findall(r"^\| `(\w+)`", CI, re.M)) | {"text"}
    assert set(FORMATS) <= named
