"""What git says has changed since a revision, and what is said where git cannot say it."""

import os
import subprocess
from pathlib import Path

import pytest

from dsql_migrate.errors import Failure
from dsql_migrate.lint.sifting.changed import changed_files, content_at, has_changed, merge_base


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """main has same.sql, edited.sql, dropped.sql; the branch changes all but the first, each in another way."""
    (tmp_path / "db").mkdir()
    for name in ("same.sql", "edited ü.sql", "dropped.sql", "moved.sql", "db/open.sql"):
        (tmp_path / name).write_text(f"-- {name}\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "1")
    git(tmp_path, "checkout", "-qb", "branch")
    (tmp_path / "edited ü.sql").write_text("-- changed\n")
    git(tmp_path, "rm", "-q", "dropped.sql")
    git(tmp_path, "mv", "moved.sql", "db/here.sql")
    git(tmp_path, "commit", "-qam", "2")
    git(tmp_path, "checkout", "-q", "main")
    (tmp_path / "same.sql").write_text("-- changed on main\n")
    git(tmp_path, "commit", "-qam", "3")
    git(tmp_path, "checkout", "-q", "branch")
    (tmp_path / "db/open.sql").write_text("-- not committed\n")
    (tmp_path / "new.sql").write_text("-- not tracked\n")
    return tmp_path


@pytest.mark.parametrize("folder", [".", "db"])
def test_committed_uncommitted_and_untracked_files(checkout: Path, folder: str) -> None:
    found = {os.path.relpath(path, checkout) for path in changed_files("main", str(checkout / folder))}
    assert found == {"edited ü.sql", "db/here.sql", "db/open.sql", "new.sql"}


def test_a_file_reached_through_a_link_has_changed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("other") / "link"
    link.symlink_to(checkout)
    changed = changed_files("main", str(checkout))
    assert has_changed(str(link / "new.sql"), changed)
    assert not has_changed(str(link / "same.sql"), changed)


def test_the_content_at_the_merge_base(checkout: Path) -> None:
    base = merge_base("main", str(checkout))
    assert content_at(base, str(checkout / "edited ü.sql")) == "-- edited ü.sql\n".encode()
    assert content_at(base, str(checkout / "same.sql")) == b"-- same.sql\n"
    assert content_at(base, str(checkout / "new.sql")) is None


@pytest.mark.parametrize("ref", ["--output=x", "-x", ""])
def test_what_could_be_an_option_is_refused(checkout: Path, ref: str) -> None:
    with pytest.raises(Failure, match="not a git revision"):
        changed_files(ref, str(checkout))


def test_an_unknown_revision(checkout: Path) -> None:
    with pytest.raises(Failure, match="git knows no revision nope"):
        changed_files("nope", str(checkout))


def test_no_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Failure, match="not in a git checkout"):
        changed_files("main", str(tmp_path))


def test_no_git(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    with pytest.raises(Failure, match="cannot run git"):
        changed_files("main", str(checkout))
