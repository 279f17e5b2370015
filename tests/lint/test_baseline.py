"""A baseline: what is known is not told, what is new is, and lines may move."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_migrate.errors import Failure
from dsql_migrate.lint import Options, Result, lint_paths
from dsql_migrate.lint.sifting.baseline import Baseline

STATEMENTS = (
    "CREATE TABLE a (id serial PRIMARY KEY, x int[]);",
    "CREATE INDEX i ON a (id DESC);",
    "TRUNCATE a;",
    "CREATE TABLE b (\n    id bigint PRIMARY KEY,\n    x int[]\n);",
    "TRUNCATE a;",  # alike in all but the line
    "GRANT SELECT ON a TO public;",
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.sql").write_text("\n".join(STATEMENTS) + "\n")
    return tmp_path


def baseline(path: str = "base.json", *files: str) -> Baseline:
    made = Baseline.of(Path(path), lint_paths(files or ["."]).findings)
    Path(path).write_text(made.text())
    return made


def run(*files: str, path: str = "base.json") -> Result:
    return lint_paths(files or ["."], options=Options(baseline=Path(path)))


def test_a_baseline_makes_a_file_clean(here: Path) -> None:
    whole = len(lint_paths(["."]).findings)
    assert whole >= len(STATEMENTS)
    baseline()
    result = run()
    assert (result.findings, result.baselined, result.notes) == ((), whole, ())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["", "\n", "\n\n  \n", "-- a remark\n", "/* two\nlines */\n", "\r\n", "SELECT 1;\n"]),
        min_size=len(STATEMENTS) + 1,
        max_size=len(STATEMENTS) + 1,
    )
)
def test_it_survives_blank_lines_and_comments_between_statements(here: Path, between: list[str]) -> None:
    (here / "a.sql").write_text("\n".join(STATEMENTS) + "\n")
    baseline()
    parts = [part for pair in zip(between, [*STATEMENTS, ""], strict=True) for part in (pair[0], pair[1] + "\n")]
    (here / "a.sql").write_text("".join(parts))
    result = run()
    assert (result.findings, result.notes) == ((), ())


def test_what_is_new_is_told(here: Path) -> None:
    baseline()
    with (here / "a.sql").open("a") as file:
        file.write("TRUNCATE a;\nTRUNCATE new;\n")
    assert [(f.line, f.name) for f in run().findings] == [(10, "truncate"), (11, "truncate")]


def test_a_statement_moved_to_another_file_is_new(here: Path) -> None:
    baseline()
    (here / "b.sql").write_text("TRUNCATE a;\n")
    assert [f.path for f in run().findings] == ["b.sql"]


def test_it_holds_from_another_folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "db").mkdir()
    (here / "a.sql").rename(here / "db" / "a.sql")
    baseline()
    monkeypatch.chdir(here / "db")
    assert run("a.sql", path="../base.json").findings == ()
    assert run(str(here / "db" / "a.sql"), path=str(here / "base.json")).findings == ()


def test_entries_that_no_longer_occur_are_told_and_pruned(here: Path) -> None:
    (here / "b.sql").write_text("TRUNCATE b;\n")
    (here / "c.sql").write_text("TRUNCATE c;\n")
    made = baseline()
    (here / "a.sql").write_text("\n".join(STATEMENTS[1:]) + "\n")
    (here / "b.sql").unlink()
    result = run("a.sql")  # c.sql is not looked at: nothing is said of its entries
    assert result.findings == ()
    gone = made.gone(result.findings, ["a.sql"])
    result = run("a.sql", "c.sql")
    (note,) = result.notes
    assert "no longer found" in note
    gone = made.gone(lint_paths(["a.sql", "c.sql"]).findings, ["a.sql", "c.sql"])
    assert {made.entries[each]["path"] for each in gone} == {"a.sql", "b.sql"}
    Path("base.json").write_text(made.without(gone).text())
    assert run("a.sql", "c.sql").notes == ()


def test_the_file_is_sorted_and_the_same_each_time(here: Path) -> None:
    text = baseline().text()
    document = json.loads(text)
    assert document["schema_version"] == 1
    assert len(document["findings"]) == text.count('"fingerprint"')
    assert text == Baseline.read(Path("base.json")).text()
    places = [(entry["path"], entry["code"]) for entry in document["findings"]]
    assert places == sorted(places)


def test_an_empty_baseline(here: Path) -> None:
    (here / "a.sql").write_text("SELECT 1;\n")
    assert json.loads(baseline().text()) == {"findings": [], "schema_version": 1}
    assert run().findings == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no such baseline"),
        ("{", "not readable JSON"),
        ("[" * 100_000, "not readable JSON"),
        ("[]", "is no baseline"),
        ('{"findings": [{"path": 1}], "schema_version": 1}', "is no baseline"),
        ('{"findings": [], "schema_version": 2}', "schema_version 2, known is 1"),
    ],
)
def test_a_file_that_is_no_baseline(here: Path, content: str | None, says: str) -> None:
    if content is not None:
        (here / "base.json").write_text(content)
    with pytest.raises(Failure, match=says):
        run()


def test_advice_that_is_told_once_for_many_is_known_for_each_of_them(here):
    from click.testing import CliRunner

    from dsql_migrate.cli.baseline import command

    tables = "".join(f"CREATE TABLE t{n} (id bigserial PRIMARY KEY);\n" for n in range(4))
    (here / "a.sql").write_text(tables)
    made = CliRunner().invoke(command, ["a.sql", "-o", "base.json"])
    assert made.exit_code == 0, made.output
    assert not run("a.sql").findings
