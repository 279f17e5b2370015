"""Edit, lint again, keep what is sound, until nothing changes any more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dsql_migrate.lint.finding import Finding
from dsql_migrate.lint.fixing.collapse import with_keys_collapsed
from dsql_migrate.lint.fixing.edits import spliced
from dsql_migrate.lint.fixing.host import Hosts
from dsql_migrate.lint.fixing.plan import Planned, Trouble, batch, reads_more, troubles

if TYPE_CHECKING:
    from dsql_migrate.lint.result import Result

MOST = 50  # rounds: a fix that gives rise to another one of its own kind for ever ends here

Contents = dict[str, bytes]


class Lint(Protocol):
    """The result of the whole run with these contents; ``whole``: of every rule, whatever is selected or ignored."""

    def __call__(self, *, contents: Mapping[str, bytes], whole: bool = False) -> Result: ...


@dataclass(slots=True)
class Mended:
    """What came of it. ``result`` is the run over ``contents``; ``spoilt``: fixes that were not kept, and why."""

    contents: Contents
    result: Result
    done: list[Finding] = field(default_factory=list)
    spoilt: list[tuple[Finding, str]] = field(default_factory=list)


def mend(lint: Lint, contents: Mapping[str, bytes], unsafe: bool, hosts: Hosts, apart: Collection[str] = ()) -> Mended:
    """Make every fix that can be made in these files. ``apart``: see ``troubles``."""
    mended = Mended(dict(contents), lint(contents=contents))
    refused: set[object] = set()
    for _ in range(MOST):
        findings = _with_more(mended.result.findings, mended.contents, hosts)
        fixes = batch(findings, mended.contents, unsafe, refused, hosts.fitted)
        if not fixes:
            break
        trial = _Trial(lint, hosts, mended.contents, mended.result, reads_more(fixes), apart)
        trial.take(fixes)
        mended.contents, mended.result = trial.contents(), trial.result
        mended.done += [planned.finding for planned in trial.kept]
        for planned, reason in trial.refused:
            refused.add(planned.key)
            mended.spoilt.append((planned.finding, reason))
    return mended


def _with_more(findings: Iterable[Finding], contents: Contents, hosts: Hosts) -> list[Finding]:
    """The findings, with the fixes that take more than one statement to see."""
    of_file: dict[str, list[Finding]] = {}
    for finding in findings:
        of_file.setdefault(finding.path, []).append(finding)
    found: list[Finding] = []
    for path, some in of_file.items():
        found += with_keys_collapsed(some, hosts.sections(path, contents[path])) if path in contents else some
    return found


class _Trial:
    """The fixes of one round, tried all at once; where that makes something worse, by halves."""

    def __init__(
        self,
        lint: Lint,
        hosts: Hosts,
        contents: Contents,
        result: Result,
        only_syntax: bool,
        apart: Collection[str],
    ) -> None:
        self._lint, self._hosts, self._before, self._only_syntax = lint, hosts, contents, only_syntax
        self._apart = apart
        self._troubles = troubles(lint(contents=contents, whole=True).findings, only_syntax, apart)
        self._skipped = len(result.skipped)
        self.result = result
        self.kept: list[Planned] = []
        self.refused: list[tuple[Planned, str]] = []

    def take(self, fixes: Sequence[Planned]) -> None:
        """Keep all of these fixes that make nothing worse together with those kept so far."""
        if not fixes:
            return
        after = edited(self._before, [*self.kept, *fixes])
        reason = "the language of the file has no place for it"
        if self._files_are_sound(after, fixes):
            result = self._lint(contents=after)
            whole = self._lint(contents=after, whole=True)
            worse = troubles(whole.findings, self._only_syntax, self._apart) - self._troubles
            if not worse and len(result.skipped) <= self._skipped:
                self.kept += fixes
                self.result = result
                return
            reason = _worse(worse)
        if len(fixes) == 1:
            self.refused.append((fixes[0], reason))
            return
        middle = len(fixes) // 2
        self.take(fixes[:middle])
        self.take(fixes[middle:])

    def contents(self) -> Contents:
        """The texts with the fixes that were kept."""
        return edited(self._before, self.kept)

    def _files_are_sound(self, after: Contents, fixes: Sequence[Planned]) -> bool:
        for path in {planned.finding.path for planned in fixes}:
            edits = [e for planned in [*self.kept, *fixes] if planned.finding.path == path for e in planned.edits]
            if not self._hosts.sound(path, self._before[path], after[path], edits):
                return False
        return True


def _worse(worse: Mapping[Trouble, int]) -> str:
    if not worse:
        return "with it the file could not be read"
    _, code, about = sorted(worse, key=str)[0]
    return f"with it there would be {code}" + (f" on {about}" if about else "")


def edited(contents: Contents, fixes: Iterable[Planned]) -> Contents:
    """The texts with these fixes made."""
    edits: dict[str, list[Planned]] = {}
    for planned in fixes:
        edits.setdefault(planned.finding.path, []).append(planned)
    return contents | {
        path: spliced(contents[path], [edit for planned in found for edit in planned.edits])
        for path, found in edits.items()
    }
