"""``lint --fix`` and ``lint --diff``: the whole of it, but for printing and writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dsql_migrate.lint.files import files_of
from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.fixing.diff import Change
from dsql_migrate.lint.fixing.host import Hosts
from dsql_migrate.lint.fixing.plan import hopeful
from dsql_migrate.lint.fixing.rounds import mend
from dsql_migrate.lint.fixing.text import MOST, Text, Unfixable, text_of
from dsql_migrate.lint.fixing.write import outside
from dsql_migrate.source.migrations import Project, projects

if TYPE_CHECKING:
    from dsql_migrate.lint.options import Options
    from dsql_migrate.lint.result import Result


def stdin_name(options: Options) -> str:
    """What the findings of standard input call it."""
    return options.stdin_filename or "<stdin>"


class LintWith(Protocol):
    """A run with some contents in place of those on disk."""

    def __call__(self, *, contents: Mapping[str, bytes]) -> Result: ...


@dataclass(frozen=True, slots=True)
class Fixing:
    """What ``--fix`` may do besides safe fixes."""

    unsafe: bool = False
    allow_history: bool = False


@dataclass(slots=True)
class Fixed:
    """What a run with fixes comes back with, not written yet: ``first`` is what there was, ``result`` what is left."""

    first: Result
    result: Result
    changes: list[Change] = field(default_factory=list)
    done: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could have been fixed and was not, a line each


def fix_paths(
    paths: Sequence[str], lint: LintWith, options: Options, fixing: Fixing, stdin: bytes | None = None
) -> Fixed:
    """Find, mend, and find again. ``lint`` is the run over ``paths`` with some contents in place of those on disk.

    Files that cannot be edited keep their findings, and a note says why. Raises what ``lint`` raises.
    """
    given = {} if stdin is None else {"-": stdin}
    first = lint(contents=given)
    fixed = Fixed(first, first)
    stdin_as = stdin_name(options) if stdin is not None else None
    texts = _texts(first, paths, given, fixing, fixed.notes, stdin_as)
    if not texts:
        return fixed
    contents = {path: text.content for path, text in texts.items()}

    def again(changed: Mapping[str, bytes]) -> Result:
        return lint(contents={"-" if path == stdin_as else path: content for path, content in changed.items()})

    mended = mend(again, contents, fixing.unsafe, Hosts(_projects(paths, contents, options)))
    fixed.result, fixed.done = mended.result, mended.done
    for path, text in texts.items():
        if mended.contents[path] != text.content:
            try:
                fixed.changes.append(Change(path, text.raw, text.encoded(mended.contents[path])))
            except Unfixable as reason:
                fixed.notes.append(f"{path}: not fixed: {reason}")
    fixed.notes += [_spoilt(finding) for finding in mended.spoilt]
    return fixed


def _texts(
    result: Result,
    paths: Sequence[str],
    given: Mapping[str, bytes],
    fixing: Fixing,
    notes: list[str],
    stdin_as: str | None,
) -> dict[str, Text]:
    """The texts of the files that have something to mend, by path."""
    texts: dict[str, Text] = {}
    for path in dict.fromkeys(finding.path for finding in result.findings if hopeful(finding, fixing.unsafe)):
        try:
            if path == stdin_as:
                texts[path] = text_of(given["-"])
                continue
            elsewhere = outside(path, paths)
            if elsewhere is not None:
                raise Unfixable(f"it is a link to {elsewhere}, outside of what was named")
            with open(path, "rb") as file:
                texts[path] = text_of(file.read(MOST + 1))
        except Unfixable as reason:
            notes.append(f"{path}: not fixed: {reason}")
        except OSError as error:
            notes.append(f"{path}: not fixed: {(error.strerror or str(error)).lower()}")
    return texts


def _projects(paths: Sequence[str], contents: Mapping[str, bytes], options: Options) -> dict[str, Project]:
    """The project of each file."""
    files = list(files_of([path for path in paths if path != "-"]))
    named = frozenset(path for path, was_named in files if was_named)

    def read(path: str) -> bytes:
        if path in contents:
            return contents[path]
        with open(path, "rb") as file:
            return file.read()

    listed = [path for path, _ in files]
    listed += [path for path in contents if path not in named and path not in listed]
    found = projects(listed, read, named, options.framework)
    return {path: project for project in found for path in project.files}


def _spoilt(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}:{finding.column}"
    return f"{place}: the fix for {finding.code} {finding.name} was not made: with it, something else would be wrong"
