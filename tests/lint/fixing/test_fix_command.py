"""``lint --fix`` and ``--diff`` as people use them: what is written, what is printed, which exit code."""

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import lint
from dsql_migrate.errors import Failure

INDEX = "CREATE INDEX CONCURRENTLY i ON t (a DESC);\n"
FIXED = "CREATE INDEX ASYNC i ON t (a);\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "a.sql"
    file.write_text(f"-- kept\n{INDEX}TRUNCATE t;\n")
    return file


def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(lint.command, [str(a) for a in arguments], input=stdin)


def test_fix_mends_in_place_and_says_what_is_left(script: Path) -> None:
    result = run("--fix", script)
    assert script.read_text() == f"-- kept\n{FIXED}TRUNCATE t;\n"
    assert result.exit_code == 1
    assert "TRUNCATE" in result.stdout
    assert "DSQL302" not in result.stdout
    assert "Fixed 2 findings in 1 file." in result.stderr


def test_fix_of_all_there_is_ends_with_zero(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text(INDEX)
    assert run("--fix", file).exit_code == 0
    assert run("--fix", file).stderr.startswith("Fixed 0 findings.")


def test_diff_changes_nothing_and_is_a_patch(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = script.read_bytes()
    monkeypatch.chdir(tmp_path)
    result = run("--diff", "a.sql")
    assert result.exit_code == 1
    assert script.read_bytes() == before
    subprocess.run(["patch", "-p0"], input=result.stdout_bytes, cwd=tmp_path, check=True, capture_output=True)
    assert script.read_text() == f"-- kept\n{FIXED}TRUNCATE t;\n"


def test_diff_of_what_cannot_be_fixed_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE;\n")
    result = run("--diff", file)
    assert (result.exit_code, result.stdout) == (0, "")


def test_standard_input_comes_out_fixed_and_findings_go_to_the_other_channel() -> None:
    result = run("--fix", "-", stdin=f"{INDEX}LOCK t;\n")
    assert result.stdout == f"{FIXED}LOCK t;\n"
    assert "LOCK" in result.stderr
    assert result.exit_code == 1


def test_standard_input_without_anything_to_fix_comes_out_as_it_was() -> None:
    assert run("--fix", "-", stdin=b"SELECT 'x\xff';").stdout_bytes == b"SELECT 'x\xff';"


def test_unsafe_fixes_are_made_only_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    text = "CREATE TABLE t (pos int PRIMARY KEY, UNIQUE (pos) DEFERRABLE);\n"
    file.write_text(text)
    result = run("--fix", file)
    assert file.read_text() == text
    assert "1 fixable with --unsafe-fixes" in result.stdout
    assert "1 more with --unsafe-fixes" in run("--diff", file).stderr
    assert run("--fix", "--unsafe-fixes", file).exit_code == 0
    assert file.read_text() == text.replace(" DEFERRABLE", "")


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.sql", tmp_path / "link.sql"
    real.write_text(INDEX)
    real.chmod(0o640)
    link.symlink_to(real)
    run("--fix", link)
    assert link.is_symlink()
    assert real.read_text() == FIXED
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "migrations", tmp_path / "elsewhere.sql"
    folder.mkdir()
    outside.write_text(INDEX)
    (folder / "a.sql").symlink_to(outside)
    result = run("--fix", folder)
    assert outside.read_text() == INDEX
    assert "outside of what was named" in result.stderr


def test_a_file_that_may_not_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.sql"
    file.write_text(INDEX)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(Failure, match="nothing was written"):
        CliRunner().invoke(lint.command, ["--fix", str(file)], catch_exceptions=False)
    assert file.read_text() == INDEX


def test_quiet_says_nothing_of_what_was_fixed(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text(INDEX)
    result = run("--fix", "-q", file)
    assert (result.stdout, result.stderr) == ("", "")


def test_standard_input_keeps_its_byte_order_mark() -> None:
    assert run("--fix", "-", stdin=b"\xef\xbb\xbf" + INDEX.encode()).stdout_bytes == b"\xef\xbb\xbf" + FIXED.encode()


def test_standard_input_that_is_no_text() -> None:
    with pytest.raises(Failure, match="no text file"):
        CliRunner().invoke(lint.command, ["--fix", "-"], input=b"PGDMP\x01", catch_exceptions=False)
