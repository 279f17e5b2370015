"""Which files have changed since a revision, as git has it."""

from __future__ import annotations

import os
import subprocess

from dsql_migrate.errors import Failure


def changed_files(ref: str, folder: str = ".") -> frozenset[str]:
    """Absolute paths of files changed since the merge base of ``ref`` and HEAD, with uncommitted and untracked ones.

    ``folder`` lies in the checkout. Deleted files are not among them; of a renamed one it is the new name. Paths have
    their links resolved, as ``os.path.realpath`` does. Raises Failure where there is no git, no checkout, or no such
    revision.
    """
    top = root(folder)
    base = merge_base(ref, folder)
    plain = ("--name-only", "--no-relative", "--no-ext-diff", "--diff-filter=d", "-z")
    tracked = _git(folder, "diff", *plain, "--end-of-options", base, "--")
    # From the top of the checkout: git names untracked files relative to where it runs, and only those below.
    untracked = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    names = [name for part in (tracked, untracked) for name in part.split(b"\0") if name]
    return frozenset(os.path.join(top, os.fsdecode(name)) for name in names)


def has_changed(path: str, changed: frozenset[str]) -> bool:
    """Whether a file is among those of ``changed_files``: by the name it has there, or as what a link leads to."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name) in changed or os.path.realpath(path) in changed


def merge_base(ref: str, folder: str = ".") -> str:
    """The hash of the commit from which both ``ref`` and HEAD come. Raises Failure, as ``changed_files`` does."""
    if not ref or ref.startswith("-"):
        raise Failure(f"not a git revision: {ref!r}")
    root(folder)
    commit = _asked(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if commit is None:
        raise Failure(f"git knows no revision {ref}", hint="a shallow clone lacks it: fetch it first")
    if _asked(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
        raise Failure("the git checkout has no commit yet")
    base = _asked(folder, "merge-base", commit, "HEAD")
    if base is None:
        raise Failure(f"{ref} and HEAD have no common ancestor", hint="a shallow clone lacks it: fetch more history")
    return base


def content_at(commit: str, path: str) -> bytes | None:
    """The bytes of a file as a commit has it; None where the commit has no such file. Raises Failure."""
    folder = os.path.dirname(os.path.abspath(path))
    name = os.path.relpath(os.path.realpath(path), root(folder)).replace(os.sep, "/")
    done = _run(folder, "cat-file", "blob", f"{commit}:{name}")
    return done.stdout if done.returncode == 0 else None


def root(folder: str = ".") -> str:
    """The top of the checkout that a folder lies in, links resolved. Raises Failure where it lies in none."""
    found = _asked(folder, "rev-parse", "--show-toplevel")
    if not found:
        raise Failure(f"not in a git checkout: {os.path.abspath(folder)}", hint="--changed-since asks git what changed")
    return os.path.realpath(found)


def _asked(folder: str, *arguments: str) -> str | None:
    """What git says, without its line end; None where it refuses."""
    done = _run(folder, *arguments)
    return os.fsdecode(done.stdout).removesuffix("\n") if done.returncode == 0 else None


def _git(folder: str, *arguments: str) -> bytes:
    done = _run(folder, *arguments)
    if done.returncode:
        said = os.fsdecode(done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
        raise Failure(f"git {arguments[0]} failed: {said[-1]}")
    return done.stdout


def _run(folder: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git. A checkout is input, so it must not make git start a program or take a lock: no pager, no fsmonitor."""
    settings = ("--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(
            ["git", *settings, "-C", folder or ".", *arguments],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    except OSError as error:
        raise Failure(f"cannot run git: {error.strerror or error}") from None
