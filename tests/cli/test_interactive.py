"""The questions of ``migrate --interactive``: typed answers, back and quit; and the whole of it on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import main
from dsql_migrate.cli.asking import ask
from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.decisions.questions import Came
from dsql_migrate.rewrite.planning import make_plan
from dsql_migrate.rewrite.run import read_input
from dsql_migrate.target import load_target

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = """\
CREATE TYPE mood AS ENUM ('sad');
CREATE TYPE size AS ENUM ('s');
CREATE TABLE t (id serial PRIMARY KEY, m mood, tags text[]);
"""


class Asked:
    """What came of one dialogue."""

    def __init__(self, folder: Path, typed: str, decisions: Decisions | None = None, sql: str = SOURCE) -> None:
        (folder / "in.sql").write_text(sql)
        target = load_target()
        script = read_input(str(folder / "in.sql"), decisions or Decisions(), target)
        self.plans = 0
        self.decisions: Decisions | None = None

        def comes_up(given: Decisions) -> Came:
            self.plans += 1
            return make_plan(script, target, given)[0].taken

        @click.command()
        def command() -> None:
            self.decisions = ask(comes_up, decisions or Decisions(), target)

        self.result: Result = CliRunner().invoke(command, input=typed)
        script.source.close()
        self.text = self.result.stderr


def keys(asked: Asked) -> list[str]:
    """The questions in the order in which they were put, by a word that each has."""
    words = {"at once": "identity-cache", "numbers of": "keys", "an enum": "enums", "an array": "arrays"}
    lines = [line for line in asked.text.splitlines() if line.startswith("[")]
    return [next((key for word, key in words.items() if word in line), line) for line in lines]


def test_enter_takes_what_holds_and_says_so(tmp_path: Path) -> None:
    asked = Asked(tmp_path, "\n" * 9)
    assert keys(asked)[-2:] == ["enums", "arrays"]
    assert asked.decisions is not None
    assert {"enums": "domain", "arrays": "jsonb"}.items() <= asked.decisions.general.items()
    assert asked.plans == 1  # nothing was decided otherwise: nothing is planned anew


def answers(asked: Asked, **typed: str) -> str:
    """Lines that answer the questions of a dialogue, by key; Enter for the others, and to go on."""
    return "".join(typed.get(key, "") + "\n" for key in keys(asked)) + "\n"


def test_a_number_or_a_name_decides_for_all(tmp_path: Path) -> None:
    plain = Asked(tmp_path, "\n" * 9)
    asked = Asked(tmp_path, answers(plain, enums="2", arrays="text"))
    assert asked.decisions is not None
    assert (asked.decisions.general["enums"], asked.decisions.general["arrays"]) == ("check", "text")


def test_one_object_after_the_other(tmp_path: Path) -> None:
    plain = Asked(tmp_path, "\n" * 9)
    asked = Asked(tmp_path, answers(plain, enums="o\ncheck\nb\n\n2"))
    assert "1/2 type:public.mood [domain]" in asked.text
    assert "2/2 type:public.size [domain]" in asked.text
    assert asked.decisions is not None
    assert asked.decisions.objects == {"type:public.mood": {"enums": "domain"}, "type:public.size": {"enums": "check"}}


def test_back_takes_an_answer_back(tmp_path: Path) -> None:
    plain = Asked(tmp_path, "\n" * 9)
    asked = Asked(tmp_path, answers(plain, enums="check", arrays="b\ndomain\ntext"))
    assert asked.decisions is not None
    assert (asked.decisions.general["enums"], asked.decisions.general["arrays"]) == ("domain", "text")
    assert "This is the first question." in Asked(tmp_path, "b\n" + "\n" * 9).text


def test_the_rest_stays_as_it_is(tmp_path: Path) -> None:
    asked = Asked(tmp_path, "r\n")
    assert asked.decisions == Decisions()


def test_quit_ends_it(tmp_path: Path) -> None:
    asked = Asked(tmp_path, "\nq\n")
    assert asked.result.exit_code == 130
    assert asked.decisions is None
    assert asked.text.endswith("Nothing was written.\n")


def test_wrong_words_are_asked_again(tmp_path: Path) -> None:
    plain = Asked(tmp_path, "\n" * 9)
    asked = Asked(tmp_path, answers(plain, enums="9\nno\nlookup", arrays="text") + "\n" * 3)
    assert "'9' is none of them: a number from 1 to" in asked.text
    assert "'no' is none of them" in asked.text
    asked = Asked(tmp_path, answers(plain, **{"identity-cache": "x\n70\n80000"}))
    assert "'x' is none of them: a whole number" in asked.text
    assert "identity-cache 70: DSQL takes 1, or 65536 and more" in asked.text
    assert asked.decisions is not None
    assert asked.decisions.general["identity-cache"] == "80000"


def test_what_an_answer_brings_up_is_asked(tmp_path: Path) -> None:
    """A partitioned table that is merged has one key; as tables behind a view each partition may have an array."""
    sql = """CREATE TABLE p (at date NOT NULL, tags text[]) PARTITION BY LIST (at);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('2025-01-01');"""
    asked = Asked(tmp_path, "view\n\n\n\n", sql=sql)
    assert asked.plans == 2
    assert "column: public.p1.tags" in asked.text


def test_decisions_of_single_objects_are_shown_and_can_be_taken_over(tmp_path: Path) -> None:
    plain = Asked(tmp_path, "\n" * 9)
    own = Decisions(objects={"type:public.mood": {"enums": "check"}})
    asked = Asked(tmp_path, answers(plain, enums="r"), own)
    assert "decided by themselves so far: 1 type: public.mood" in asked.text
    assert asked.decisions is not None
    assert asked.decisions.objects == own.objects
    asked = Asked(tmp_path, answers(plain, enums="domain"), own)
    assert asked.decisions is not None
    assert asked.decisions.take("enums", "type:public.mood", load_target()).option == "domain"


def test_nothing_to_decide(tmp_path: Path) -> None:
    asked = Asked(tmp_path, "", sql="CREATE TABLE t (id bigint PRIMARY KEY);")
    assert "There is nothing to decide in this input." in asked.text
    assert asked.decisions == Decisions()


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    asked = Asked(tmp_path, "\n" * 5, sql='CREATE TABLE t (id bigint PRIMARY KEY, "a\x1b[2J" text[]);')
    assert "\x1b[2J" not in asked.text


def test_without_a_terminal_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.sql").write_text(SOURCE)
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with pytest.raises(SystemExit) as ended:
            main(["migrate", str(tmp_path / "in.sql"), "-o", str(tmp_path / "out"), "--interactive"])
    assert ended.value.code == 2
    assert "--interactive asks on a terminal" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def dialogue(folder: Path, typed: str) -> tuple[int, str]:
    """The command on a terminal of its own: exit code, and what the terminal showed."""
    control, terminal = pty.openpty()
    program = "from dsql_migrate.cli import main; main()"
    words = [sys.executable, "-c", program, "migrate", "in.sql", "-o", "out", "--interactive", "--as-of", "2026-09-15"]
    process = subprocess.Popen(
        words, cwd=folder, stdin=terminal, stdout=terminal, stderr=terminal, close_fds=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "TERM": "dumb"},
    )  # fmt: skip
    os.close(terminal)
    os.write(control, typed.encode())
    shown, until = b"", time.monotonic() + 120
    while time.monotonic() < until:
        try:
            data = os.read(control, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(control)
    return process.wait(30), shown.decode("utf-8", "replace")


@pytest.mark.server
def test_on_a_terminal_answers_land_in_the_bundle(tmp_path: Path) -> None:
    sql = "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE t (id bigint PRIMARY KEY, m mood);\n"
    (tmp_path / "in.sql").write_text(sql)
    code, shown = dialogue(tmp_path, "check\n\n")
    assert code == 0, shown
    assert "What does an enum become?" in shown
    assert "\n  enums: check\n" in (tmp_path / "out" / "decisions.yaml").read_text()
    assert "m text" in (tmp_path / "out" / "pre-data.sql").read_text()


def test_on_a_terminal_quitting_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in.sql").write_text(SOURCE)
    code, shown = dialogue(tmp_path, "q\n")
    assert code == 130, shown
    assert "Nothing was written." in shown
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.sql"]
