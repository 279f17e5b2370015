"""``lint`` and ``baseline`` as people run them: settings, paths, standard input, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
BAD = "CREATE INDEX i ON t (a DESC);\nTRUNCATE t;\n"


@pytest.fixture
def dsql(tmp_path: Path) -> Run:
    """Run the program in ``tmp_path``: exit code, standard output, standard error."""

    def run(*arguments: str, stdin: str | None = None, cwd: Path = tmp_path) -> tuple[int, str, str]:
        program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", *arguments]
        home = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / ".cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(program, cwd=cwd, capture_output=True, text=True, check=False, input=stdin, env=home)
        return done.returncode, done.stdout, done.stderr

    return run


def found(output: str) -> list[tuple[str, str, str]]:
    return [(f["path"], f["code"], f["severity"]) for f in json.loads(output)["findings"]]


def test_settings_of_a_file(tmp_path: Path, dsql: Run) -> None:
    (tmp_path / "db" / "old").mkdir(parents=True)
    (tmp_path / "db" / "old" / "a.sql").write_text(BAD)
    (tmp_path / "db" / "b.sql").write_text(BAD)
    (tmp_path / "skip.sql").write_text(BAD)
    (tmp_path / "pyproject.toml").write_text(
        "[tool.dsql-migrate.lint]\n"
        'extend-ignore = "index-async"\n'
        'severity = {"index-sort-order" = "warning"}\n'
        'per-file-ignores = {"db/old/*.sql" = ["DSQL3"]}\n'
        'exclude = ["skip.sql"]\n'
        'format = "json"\n'
    )
    expected = [("a.sql", "DSQL605", "error"), ("b.sql", "DSQL304", "warning"), ("b.sql", "DSQL605", "error")]
    for folder in (tmp_path, tmp_path / "db"):
        code, out, _ = dsql("lint", cwd=folder)
        assert code == 1
        assert sorted((Path(path).name, *rest) for path, *rest in found(out)) == expected


def test_rules_and_baseline_count_from_the_file(tmp_path: Path, dsql: Run) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "t.yaml").write_text(
        "code: OUR001\nname: no-t\nseverity: error\nsummary: s\non: CreateTable\nwhere: {name.name: t}\n"
        "message: no table {name}\nwhy: w\ninstead: i\n"
    )
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.sql").write_text("CREATE TABLE t (id bigint PRIMARY KEY);\n")
    (tmp_path / "dsql-migrate.toml").write_text('[lint]\nrules = ["ours"]\nbaseline = "known.json"\n')
    code, _, error = dsql("lint", cwd=tmp_path / "sub")
    assert (code, "no such baseline" in error) == (2, True)
    code, out, _ = dsql("baseline", cwd=tmp_path / "sub")
    assert (code, "known.json: 1 entry." in out) == (0, True)
    assert json.loads((tmp_path / "known.json").read_text())["findings"][0]["path"] == "sub/a.sql"
    code, out, _ = dsql("lint", cwd=tmp_path / "sub")
    assert (code, "1 in the baseline" in out) == (0, True)
    assert dsql("explain", "OUR001")[0] == 0


def test_baseline_is_not_overwritten_and_update_prunes(tmp_path: Path, dsql: Run) -> None:
    (tmp_path / "a.sql").write_text(BAD)
    assert dsql("baseline", "-o", "b.json")[:2] == (0, "b.json: 3 entries.\n")
    code, _, error = dsql("baseline", "-o", "b.json")
    assert (code, "b.json exists" in error) == (2, True)
    (tmp_path / "a.sql").write_text("TRUNCATE t;\nTRUNCATE u;\n")
    code, out, _ = dsql("lint", "--baseline", "b.json")
    assert (code, "2 entries of b.json no longer found" in out) == (1, True)
    assert dsql("baseline", "--update", "-o", "b.json")[:2] == (0, "b.json: 1 entry left, 2 taken out.\n")
    assert dsql("lint", "--baseline", "b.json", "--format", "json")[1].count('"DSQL605"') == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[lint]\nselect = 3\n", "select"),
        ("[lint]\nselect = [3]\n", "select is a list of strings"),
        ('[lint]\nseverity = ["a=b"]\n', "severity is a table"),
        ("[lint]\nignore = {a = 'b'}\n", "ignore is no table"),
        ("[lint]\nselekt = ['a']\n", "lint has no option selekt"),
        ("[lint]\nselect = ['DSQL305x']\n", "select: there is no rule 'DSQL305x'"),
        ("[lint]\nseverity = {truncate = 'fatal'}\n", "with one of error, warning, info"),
        ("[lint]\nper-file-ignores = {'a.sql' = []}\n", "write GLOB:RULES"),
        ("[lint]\nfail-on = 'fatal'\n", "fail-on"),
        ("[lint]\nframework = 'nope'\n", "'nope' is not one of"),
        ("[lint]\nas-of = 'yesterday'\n", "as-of"),
        ("[lint]\nrules = ['nowhere']\n", "no such folder of rules"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, dsql: Run, text: str, says: str) -> None:
    (tmp_path / "a.sql").write_text(BAD)
    (tmp_path / "dsql-migrate.toml").write_text(text)
    code, out, error = dsql("lint")
    assert (code, out) == (2, "")
    assert says in error


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 1),
        (["--fail-on", "never"], 0),
        (["--exit-zero"], 0),
        (["--select", "DSQL1"], 0),
        (["--severity", "DSQL=info"], 0),
        (["--severity", "DSQL=info", "--fail-on", "info"], 1),
        (["--ignore", "ALL", "--extend-select", "truncate"], 1),
        (["--exclude", "*.sql"], 0),
        (["--per-file-ignores", "a.sql:ALL"], 0),
    ],
)
def test_exit_codes(tmp_path: Path, dsql: Run, options: list[str], code: int) -> None:
    (tmp_path / "a.sql").write_text(BAD)
    assert dsql("lint", *options)[0] == code


def test_standard_input_stands_for_a_file(tmp_path: Path, dsql: Run) -> None:
    options = ["--per-file-ignores", "old/*.sql:DSQL3", "--format", "json"]
    code, out, _ = dsql("lint", *options, "--stdin-filename", "old/a.sql", stdin=BAD)
    assert (code, found(out)) == (1, [("old/a.sql", "DSQL605", "error")])
    code, out, _ = dsql("lint", "--fix", "--select", "DSQL3", "--stdin-filename", "old/a.sql", "-", stdin=BAD)
    assert (code, out) == (0, "CREATE INDEX ASYNC i ON t (a);\nTRUNCATE t;\n")
    assert not (tmp_path / "old").exists()
    code, _, error = dsql("lint", "--stdin-filename", "a.sql", ".", stdin=BAD)
    assert (code, "PATHS has to have -" in error) == (2, True)
    options = ["--exclude", "old", "--force-exclude", "--stdin-filename", "old/a.sql"]
    assert dsql("lint", *options, "-", stdin=BAD)[0] == 0


def test_globs_and_excludes(tmp_path: Path, dsql: Run) -> None:
    for name in ("a.sql", "db/b.sql", "db/deep/c.sql", "db/notes.txt", "node_modules/d.sql", "db/.hidden/e.sql"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("TRUNCATE t;\n")

    def paths(*arguments: str) -> list[str]:
        return [path for path, _, _ in found(dsql("lint", "--format", "json", *arguments)[1])]

    assert paths() == ["a.sql", "db/b.sql", "db/deep/c.sql"]
    assert paths("**/*.sql") == ["a.sql", "db/b.sql", "db/deep/c.sql"]
    assert paths("db/*.sql") == ["db/b.sql"]
    assert paths("d*") == ["db/b.sql", "db/deep/c.sql"]
    assert paths("db/*.txt") == ["db/notes.txt"]
    assert paths("db/notes.txt") == ["db/notes.txt"]
    assert paths("--exclude", "deep") == ["a.sql", "db/b.sql"]
    assert paths("--exclude", "db/**/c.sql", ".") == ["a.sql", "db/b.sql"]
    assert paths("--exclude", "a.sql", "a.sql") == ["a.sql"]
    assert paths("--exclude", "a.sql", "--force-exclude", "a.sql", "db/b.sql") == ["db/b.sql"]
    for wrong in ("x*.sql", "none.sql"):
        code, _, error = dsql("lint", wrong)
        assert code == 2
        assert wrong in error


def test_changed_since_filters_findings_and_keeps_the_schema(tmp_path: Path, dsql: Run) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "V1__a.sql").write_text("CREATE TABLE t (id bigint PRIMARY KEY, a int);\nTRUNCATE t;\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "1")
    (tmp_path / "migrations" / "V2__b.sql").write_text("TRUNCATE t;\n")
    code, out, _ = dsql("lint", "--changed-since", "main", "--format", "json")
    assert (code, {path for path, _, _ in found(out)}) == (1, {"migrations/V2__b.sql"})
    assert json.loads(out)["summary"]["files"] == 1
    code, out, _ = dsql("lint", "--changed-since", "main", "-", "--format", "json", stdin="TRUNCATE t;")
    assert [path for path, _, _ in found(out)] == ["<stdin>"]
    for ref, says in (("nope", "git knows no revision nope"), ("--help", "not a git revision")):
        code, _, error = dsql("lint", f"--changed-since={ref}")
        assert code == 2
        assert says in error


def test_changed_since_outside_of_git(tmp_path: Path, dsql: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a.sql").write_text(BAD)
    code, _, error = dsql("lint", "--changed-since", "main")
    assert (code, "not in a git checkout" in error) == (2, True)
