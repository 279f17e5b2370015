"""``lint --fix`` and ``lint --diff``: the whole of it, but for printing and writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dsql_migrate.errors import Failure
from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.fixing import transactions
from dsql_migrate.lint.fixing.diff import Change
from dsql_migrate.lint.fixing.follow_up import migration, names_beside
from dsql_migrate.lint.fixing.history import applied, said
from dsql_migrate.lint.fixing.host import Hosts
from dsql_migrate.lint.fixing.plan import hopeful
from dsql_migrate.lint.fixing.rounds import mend
from dsql_migrate.lint.fixing.shelf import Shelf
from dsql_migrate.lint.fixing.text import Unfixable, text_of
from dsql_migrate.lint.fixing.transactions import TRANSACTION_RULES, Case, Refused
from dsql_migrate.source.migrations import Project

if TYPE_CHECKING:
    from dsql_migrate.lint.options import Options
    from dsql_migrate.lint.result import Result


class LintWith(Protocol):
    """A run with some contents in place of those on disk; ``whole``: every rule, whatever is selected or ignored."""

    def __call__(self, *, contents: Mapping[str, bytes], whole: bool = False) -> Result: ...


@dataclass(frozen=True, slots=True)
class Fixing:
    """What ``--fix`` may do besides safe fixes."""

    unsafe: bool = False
    allow_history: bool = False
    follow_up: bool = False


@dataclass(slots=True)
class Fixed:
    """What a run with fixes comes back with, not written yet: ``first`` is what there was, ``result`` what is left."""

    first: Result
    result: Result
    changes: list[Change] = field(default_factory=list)
    done: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could have been fixed and was not, a line each


Means = Callable[[Case], dict[str, bytes]]


def fix_paths(
    paths: Sequence[str], lint: LintWith, options: Options, fixing: Fixing, stdin: bytes | None = None
) -> Fixed:
    """Find, mend, and find again. ``lint`` is the run over ``paths``.

    Files that cannot be edited keep their findings, and a note says why. Raises what ``lint`` raises.
    """
    shelf = Shelf(paths, options, stdin)
    first = lint(contents={} if stdin is None else {"-": _text(stdin)})
    fixed = Fixed(first, first, notes=shelf.notes)
    frozen: frozenset[str] = frozenset()
    if options.start_after is not None and not fixing.allow_history:
        frozen = applied(shelf.projects().values(), options.start_after)
    mendable = [f for f in first.findings if hopeful(f, fixing.unsafe) or _of_a_transaction(f)]
    shelf.load(finding.path for finding in mendable if finding.path not in frozen)
    _mend_new(shelf, lint, fixed, fixing)
    _leave_history(shelf, lint, fixed, fixing, frozen, [finding for finding in mendable if finding.path in frozen])
    fixed.changes = shelf.changes()
    if any(project.tool.name == "atlas" for project in _changed(shelf, fixed)):
        fixed.notes.append("files of Atlas are other than atlas.sum says: run atlas migrate hash")
    return fixed


def _changed(shelf: Shelf, fixed: Fixed) -> list[Project]:
    if not fixed.changes:
        return []
    projects = shelf.projects()
    return [projects[change.path] for change in fixed.changes if change.path in projects]


def _mend_new(shelf: Shelf, lint: LintWith, fixed: Fixed, fixing: Fixing) -> None:
    if not shelf.contents:
        return
    run, apart = _over(shelf, lint), _Apart(shelf, lint, fixed)
    if fixing.unsafe:
        apart.by(transactions.told)
    projects = shelf.projects()
    hosts = Hosts(projects)
    before, started = Counter(map(_path_of_transaction, fixed.result.findings)), dict(shelf.contents)
    helped = [path for path, project in projects.items() if transactions.has_means(project)] if fixing.unsafe else []
    mended = mend(run, shelf.contents, fixing.unsafe, hosts, helped)
    shelf.contents, fixed.result = mended.contents, mended.result
    if fixing.unsafe:
        apart.by(transactions.told)
        apart.by(transactions.taken_apart)
        after = Counter(map(_path_of_transaction, fixed.result.findings))
        spoilt = {path for path in started if after[path] > before[path]}
        if spoilt:  # more transactions of several statements than before: these files again, without that
            shelf.contents |= {path: started[path] for path in spoilt}
            mended.done = [finding for finding in mended.done if finding.path not in spoilt]
            again = mend(run, shelf.contents, fixing.unsafe, Hosts(shelf.projects()))
            shelf.contents, fixed.result = again.contents, again.result
            mended.done += again.done
            mended.spoilt += again.spoilt
    else:
        apart.offer()
    fixed.done += mended.done
    fixed.notes += [_spoilt(finding, reason) for finding, reason in mended.spoilt]


def _path_of_transaction(finding: Finding) -> str:
    return finding.path if _of_a_transaction(finding) else ""


def _leave_history(
    shelf: Shelf,
    lint: LintWith,
    fixed: Fixed,
    fixing: Fixing,
    frozen: frozenset[str],
    findings: Sequence[Finding],
) -> None:
    """Write a new migration for what could be fixed in old ones, or say that there is something."""
    files = [path for path in fixed.first.files if any(finding.path == path for finding in findings)]
    if not files:
        return
    if not fixing.follow_up:
        fixed.notes.append(said(len(findings), files))
        return
    run, projects = _over(shelf, lint), shelf.projects()
    old = shelf.texts(files)
    hosts = Hosts(projects)
    new = mend(run, {**shelf.contents, **old}, fixing.unsafe, hosts).contents
    by_project: dict[int, list[str]] = {}
    for path in old:
        by_project.setdefault(id(projects[path]), []).append(path)
    made: dict[str, bytes] = {}
    for paths in by_project.values():
        project = projects[paths[0]]
        history = [(path, hosts.sections(path, old[path]), hosts.sections(path, new[path])) for path in paths]
        last = project.files[-1]
        later = shelf.texts(path for path in project.files if path not in frozen).values()
        try:
            made |= migration(project, history, names_beside(project, last, shelf.contents), tuple(later))
        except Refused as reason:
            fixed.notes.append(f"{paths[-1]}: no migration follows up on it: {reason}")
    if made:
        shelf.contents.update(made)
        fixed.result = run(contents=shelf.contents)
        apart = _Apart(shelf, lint, fixed, only=frozenset(made))
        apart.by(transactions.told)
        apart.by(transactions.taken_apart)


def _text(stdin: bytes) -> bytes:
    """Standard input as the linter wants it. Raises Failure where it is no text."""
    try:
        return text_of(stdin).content
    except Unfixable as reason:
        raise Failure(f"standard input: not fixed: {reason}") from None


def _over(shelf: Shelf, lint: LintWith) -> LintWith:
    """The run with the shelf's names; the same one twice in a row is made once."""
    options = shelf.options
    chosen = (options.select, options.ignore, options.per_file_ignores, options.severity, options.baseline)
    narrow = any(chosen) or options.changed_since is not None
    last: list[tuple[dict[str, bytes], bool, Result]] = []

    def run(*, contents: Mapping[str, bytes], whole: bool = False) -> Result:
        asked = dict(contents), whole and narrow
        if not last or last[0][:2] != asked:
            last[:] = [(*asked, lint(contents=shelf.for_lint(contents), whole=asked[1]))]
        return last[0][2]

    return run


def _of_a_transaction(finding: Finding) -> bool:
    return finding.name in TRANSACTION_RULES


class _Apart:
    """Transactions with several DDL statements, taken apart file by file."""

    def __init__(self, shelf: Shelf, lint: LintWith, fixed: Fixed, only: frozenset[str] | None = None) -> None:
        self._shelf, self._lint, self._fixed, self._only = shelf, _over(shelf, lint), fixed, only
        self._told: set[str] = set()

    def by(self, means: Means) -> None:
        """Use one means on every file that needs it; what makes nothing better is taken back."""
        made = {case.path: (case, self._made(means, case)) for case in self._cases()}
        made = {path: (case, files) for path, (case, files) in made.items() if files}
        if not made:
            return
        together = {name: content for _, files in made.values() for name, content in files.items()}
        if self._better(together, [case for case, _ in made.values()]):
            return
        for case, files in made.values():
            if not self._better(files, [case]):
                self._note(case.path, f"that alone does not help; {case.project.tool.escape}")

    def offer(self) -> None:
        """Say how many files it could be done for."""
        count = 0
        for case in self._cases():
            try:
                count += bool(transactions.told(case) or transactions.taken_apart(case))
            except Refused:
                continue
        if count:
            files = "1 file has" if count == 1 else f"{count} files have"
            by = "--unsafe-fixes takes that apart by the tool's means"
            self._fixed.notes.append(f"{files} several DDL statements in one transaction: {by}")

    def _cases(self) -> list[Case]:
        found: dict[str, list[Finding]] = {}
        for finding in self._fixed.result.findings:
            mine = self._shelf.is_plain(finding.path) and (self._only is None or finding.path in self._only)
            if _of_a_transaction(finding) and mine:
                found.setdefault(finding.path, []).append(finding)
        projects = self._shelf.projects()
        hosts, contents = Hosts(projects), self._shelf.contents
        return [
            Case(path, contents[path], projects[path], hosts.sections(path, contents[path]), tuple(findings), contents)
            for path, findings in found.items()
            if path in projects
        ]

    def _made(self, means: Means, case: Case) -> dict[str, bytes]:
        try:
            return means(case)
        except Refused as reason:
            self._note(case.path, str(reason))
            return {}

    def _note(self, path: str, reason: str) -> None:
        if path not in self._told:
            self._told.add(path)
            self._fixed.notes.append(f"{path}: its transaction is not taken apart: {reason}")

    def _better(self, files: Mapping[str, bytes], cases: Sequence[Case]) -> bool:
        """Take these files where they have fewer such findings than before, and no other error more."""
        contents = {**self._shelf.contents, **files}
        if contents == self._shelf.contents:
            return True  # the other side of the migration has brought it along
        result = self._lint(contents=contents)
        before, after = self._fixed.result.findings, result.findings
        gone = sum(map(_of_a_transaction, before)) - sum(map(_of_a_transaction, after))
        if gone <= 0 or _others(after) - _others(before) or len(result.skipped) > len(self._fixed.result.skipped):
            return False
        paths = {case.path for case in cases}
        left = Counter(finding.path for finding in after if _of_a_transaction(finding))
        for finding in before:
            if _of_a_transaction(finding) and finding.path in paths:
                left[finding.path] -= 1
                if left[finding.path] < 0:
                    self._fixed.done.append(finding)
        self._shelf.contents, self._fixed.result = contents, result
        return True


def _others(findings: Sequence[Finding]) -> Counter[tuple[str, str | None]]:
    """Errors of other rules by rule and object: a statement may stand in another file now."""
    errors = (finding for finding in findings if finding.severity == "error" and not _of_a_transaction(finding))
    return Counter((finding.code, finding.object) for finding in errors)


def _spoilt(finding: Finding, reason: str) -> str:
    place = f"{finding.path}:{finding.line}:{finding.column}"
    return f"{place}: the fix for {finding.code} {finding.name} was not made: {reason}"
