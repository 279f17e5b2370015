"""lint --output-format FORMAT[:PATH]: several at once, whole files or none, one clear line where it cannot be done."""

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import lint
from dsql_migrate.errors import Failure
from dsql_migrate.lint.output import FORMATS


@pytest.fixture(autouse=True)
def _script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.sql").write_text("TRUNCATE t;\n")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(lint.command, ["a.sql", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_printed(name: str) -> None:
    result = run("--output-format", name)
    assert result.exit_code == 1
    assert "DSQL605" in result.stdout


def test_several_files_and_one_print() -> None:
    formats = ["sarif", "junit", "markdown", "gitlab"]
    files = [option for name in formats for option in ("--output-format", f"{name}:out.{name}")]
    result = run(*files, "--output-format", "json")
    assert json.loads(result.stdout)["summary"]["errors"] == 1
    for name in formats:
        assert "DSQL605" in Path(f"out.{name}").read_text("utf-8")
    assert sorted(os.listdir()) == ["a.sql", *sorted(f"out.{name}" for name in formats)]


def test_without_a_format_to_print_the_text_is_printed() -> None:
    assert "1 error in 1 of 1 file" in run("--output-format", "json:out.json").stdout


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (["xml"], "the format is one of full, concise"),
        (["json:"], "no path behind the colon"),
        (["json", "sarif"], "only one format can be printed"),
        (["json:x", "sarif:./x"], "the same file more than once"),
    ],
)
def test_usage_that_makes_no_sense(outputs: list[str], message: str) -> None:
    result = run(*(option for output in outputs for option in ("--output-format", output)))
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no/such/out.json", "there is no folder no/such"),
        ("folder", "it is a folder"),
        ("a.sql/out.json", "there is no folder a.sql"),
        ("x" * 300, "file name too long"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is_written(path: str, message: str) -> None:
    Path("folder").mkdir()
    with pytest.raises(Failure, match=message):
        run("--output-format", "sarif:out.sarif", "--output-format", f"json:{path}")
    assert sorted(os.listdir()) == ["a.sql", "folder"]


def test_an_existing_file_is_replaced_only_when_forced() -> None:
    Path("out.json").write_text("mine")
    with pytest.raises(Failure, match=r"out\.json exists"):
        run("--output-format", "sarif:out.sarif", "--output-format", "json:out.json")
    assert Path("out.json").read_text() == "mine"
    assert not Path("out.sarif").exists()
    run("--output-format", "json:out.json", "--force")
    assert json.loads(Path("out.json").read_text())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to() -> None:
    Path("closed").mkdir(mode=0o500)
    with pytest.raises(Failure, match="permission denied"):
        run("--output-format", "json:closed/out.json")


def test_a_link_is_followed_and_stays_a_link() -> None:
    Path("real.json").write_text("old")
    Path("link.json").symlink_to("real.json")
    run("--output-format", "json:link.json", "--force")
    assert Path("link.json").is_symlink()
    assert json.loads(Path("real.json").read_text())


def test_a_file_is_written_with_the_usual_rights() -> None:
    umask = os.umask(0o027)
    try:
        run("--output-format", "json:out.json")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(Path("out.json").stat().st_mode) == 0o640


def test_a_device_is_written_to_and_stays_what_it_is() -> None:
    code = "from dsql_migrate.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = ["lint", "a.sql", "-q", "--output-format", "gitlab:/dev/stdout", "--output-format", "concise"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    report, _, rest = done.stdout.partition("\n]\n")
    assert json.loads(report + "\n]")[0]["check_name"] == "DSQL605"
    assert rest.startswith("a.sql:1:1: error")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_what_a_format_has_no_place_for_goes_to_standard_error() -> None:
    Path("db").mkdir()
    Path("db/b.sql").write_bytes(b"\x00\x01")
    result = CliRunner().invoke(lint.command, ["db", "--output-format", "gitlab"], catch_exceptions=False)
    assert json.loads(result.stdout) == []
    assert "db/b.sql: skipped: " in result.stderr


def test_a_file_that_was_read_is_never_written_over() -> None:
    with pytest.raises(Failure, match="one of the files that were read"):
        run("--output-format", "json:./a.sql", "--force")
    assert Path("a.sql").read_text() == "TRUNCATE t;\n"


def test_where_one_file_fails_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: the second file cannot be made."""
    made: list[str] = []
    make = tempfile.mkstemp

    def full(**options: str) -> tuple[int, str]:
        if not options["prefix"].startswith((".a.sarif", ".b.json")):  # a cache's
            return make(**options)
        if made:
            raise OSError(28, "No space left on device")
        handle, name = make(**options)
        made.append(name)
        return handle, name

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(Failure, match=r"cannot write b\.json: no space left on device"):
        run("--output-format", "sarif:a.sarif", "--output-format", "json:b.json")
    assert len(made) == 1
    assert os.listdir() == ["a.sql"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("name", ["sarif", "rdjson"])
def test_a_pipe_is_read_once(name: str) -> None:
    os.mkfifo("pipe.sql")
    code = "from dsql_migrate.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, "-c", code, "lint", "pipe.sql", "--output-format", name]
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) as process:
        Path("pipe.sql").write_text("CREATE INDEX i ON t (a);\n")
        out, _ = process.communicate(timeout=30)
    assert "DSQL301" in out
    assert process.returncode == 1
