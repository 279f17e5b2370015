"""Decisions on the command line: an option each, a file, and the file of the bundle that is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import group, main
from dsql_migrate.rewrite.decisions import CHOICES

SOURCE = "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE t (id bigint PRIMARY KEY, m mood, n text[]);\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(group, list(words))


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.sql").write_text(SOURCE)
    assert run("rewrite", "in.sql", "-o", "out").exit_code == 0
    return tmp_path / "out"


def choose(bundle: Path, id: str, key: str, option: str) -> None:
    """As people do: put another word in the place of ``default``."""
    file = bundle / "decisions.yaml"
    before, head, after = file.read_text().partition(f"  {id}:\n")
    assert head
    file.write_text(before + head + after.replace(f"{key}: default", f"{key}: {option}", 1))


def test_the_decisions_of_a_replaced_bundle_hold(bundle: Path) -> None:
    choose(bundle, "type:public.mood", "enums", "check")
    done = run("rewrite", "in.sql", "-o", "out", "--force")
    assert "decisions of out/decisions.yaml hold (--no-decisions starts afresh)" in done.stderr
    assert "m text" in (bundle / "pre-data.sql").read_text()
    assert "enums: check" in (bundle / "decisions.yaml").read_text()
    done = run("rewrite", "in.sql", "-o", "out", "--force", "--no-decisions")
    assert not done.stderr
    assert "m mood" in (bundle / "pre-data.sql").read_text()
    assert "enums: check" not in (bundle / "decisions.yaml").read_text()


def test_nothing_is_said_where_nothing_was_decided(bundle: Path) -> None:
    assert run("rewrite", "in.sql", "-o", "out", "--force").stderr == ""


def test_a_file_that_is_named_holds_for_tomorrow_too(bundle: Path, tmp_path: Path) -> None:
    choose(bundle, "column:public.t.n", "arrays", "text")
    mine = tmp_path / "mine.yaml"
    (bundle / "decisions.yaml").rename(mine)
    (tmp_path / "in.sql").write_text(SOURCE.replace("t (", "t (x text[], "))
    before = mine.read_text()
    done = run("rewrite", "in.sql", "-o", "tomorrow", "--decisions", "mine.yaml")
    made = (tmp_path / "tomorrow" / "pre-data.sql").read_text()
    assert done.exit_code == 0
    assert "n text" in made
    assert "x jsonb" in made
    assert "column:public.t.x:" in (tmp_path / "tomorrow" / "decisions.yaml").read_text()
    assert mine.read_text() == before


def test_what_a_dump_no_longer_has_is_told(bundle: Path, tmp_path: Path) -> None:
    choose(bundle, "column:public.t.n", "arrays", "text")
    (tmp_path / "in.sql").write_text(SOURCE.replace(", n text[]", ""))
    done = run("rewrite", "in.sql", "-o", "out", "--force")
    line = (bundle / "decisions.yaml").read_text().splitlines().index("  column:public.t.n:") + 1
    told = "warning DSQL909 unused-decision: column:public.t.n: the input has no such object"
    assert f"out/decisions.yaml:{line}:3: {told}" in done.stderr
    assert done.exit_code == 0


def test_a_wrong_file_ends_the_run_and_touches_nothing(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "decisions.yaml").write_text("defaults:\n  enums: nothing\n")
    with pytest.raises(SystemExit) as ended:
        main(["rewrite", "in.sql", "-o", "out", "--force"])
    assert ended.value.code == 2
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "error: out/decisions.yaml:2:10: 'nothing' is no option of enums"
    assert len(told) == 2
    assert (bundle / "decisions.yaml").read_text().endswith("nothing\n")


def test_help_is_short_and_in_groups() -> None:
    text = run("migrate", "--help").output
    options, _, decisions = text.partition("\nDecisions:\n")
    assert "--force" in options
    assert "--enums" not in options
    told = [line for line in decisions.splitlines() if line.startswith("  --")]
    assert len(told) == len(CHOICES)
    enums = next(line for line in told if line.startswith("  --enums "))
    assert enums.split(maxsplit=2)[2] == " | ".join(option.name for option in CHOICES["enums"].options)


def test_every_choice_is_listed_with_its_options() -> None:
    text = run("decisions").output
    for choice in CHOICES.values():
        assert f"\n{choice.key}: {choice.question}" in f"\n{text}"
        for option in choice.options:
            assert option.effect in text
    assert "from 2026-05-21" in run("decisions", "enums").output


def test_one_choice_as_json_on_a_day() -> None:
    import json

    found = json.loads(run("decisions", "enums", "--format", "json", "--as-of", "2026-01-01").output)
    (enums,) = found["decisions"]
    assert enums["default"] == "check"
    assert {o["name"]: o["possible"] for o in enums["options"]}["domain"] is False


def test_a_shell_completes_options_and_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from click.shell_completion import BashComplete

    def completed(line: str, last: str) -> set[str]:
        complete = BashComplete(group, {}, "dsql-migrate", "_DSQL_MIGRATE_COMPLETE")
        return {item.value for item in complete.get_completions(line.split()[1:], last)}

    assert {"--enums", "--extension-defaults"} <= completed("dsql-migrate rewrite", "--e")
    assert completed("dsql-migrate rewrite --enums", "d") == {"domain"}
    assert completed("dsql-migrate decisions", "arr") == {"arrays"}


def test_a_word_that_is_no_option_is_refused() -> None:
    done = run("rewrite", "in.sql", "-o", "out", "--enums", "nothing")
    assert done.exit_code == 2
    assert "'nothing' is not one of" in done.output
