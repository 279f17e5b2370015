"""Which fixes of a run are made in one round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from dsql_migrate.lint.finding import Edit, Finding
from dsql_migrate.lint.fixing.collapse import KEYS
from dsql_migrate.lint.fixing.edits import Taken, whole_lines, with_comments

Edits = tuple[Edit, ...]
Fitted = Callable[[str, bytes, Edits], Edits]  # (path, text of the file, edits) -> edits that suit the file
Trouble = tuple[str, str, str | None]  # (path, code, object) of an error
_SYNTAX = "42601"
_UNREADABLE = "unreadable-statement"
OF_A_TRANSACTION = frozenset({"multiple-ddl-in-transaction", "ddl-and-dml"})


@dataclass(frozen=True, slots=True)
class Planned:
    """One fix that is to be made: its finding, and its edits on the text of the finding's file."""

    finding: Finding
    edits: Edits

    @property
    def key(self) -> tuple[str, str, str | None, tuple[str, ...]]:
        """The same in every round for a fix that is offered again: offsets move, these do not."""
        finding = self.finding
        return finding.path, finding.code, finding.object, (finding.message, *(edit.text for edit in self.edits))


def wanted(finding: Finding, unsafe: bool) -> bool:
    """Whether a finding has a fix that may be made."""
    fix = finding.fix
    return fix is not None and (fix.applicability == "safe" or (unsafe and fix.applicability == "unsafe"))


def hopeful(finding: Finding, unsafe: bool) -> bool:
    """Whether a finding has a fix that may be made, or one that only a look at the whole file can show."""
    return wanted(finding, unsafe) or finding.name in KEYS


def batch(
    findings: Iterable[Finding],
    contents: dict[str, bytes],
    unsafe: bool,
    without: Collection[object] = (),
    fitted: Fitted = lambda path, content, edits: edits,
) -> list[Planned]:
    """The fixes of one round: of those that touch, the first in the text. ``without``: keys that are left out;
    ``fitted``: see ``host.py``.

    Statements that cannot be read are mended in rounds of their own, before anything else: only then is known what
    else there is to say about them.
    """
    chosen: dict[str, list[Planned]] = {}
    some = [finding for finding in findings if wanted(finding, unsafe) and finding.path in contents]
    unreadable = [finding for finding in some if finding.sqlstate == _SYNTAX]
    for found in (unreadable, some):
        taken: dict[str, Taken] = {}
        for finding in sorted(found, key=lambda f: (f.path, f.start, f.end, f.code)):
            assert finding.fix is not None
            content = contents[finding.path]
            given = sorted(finding.fix.edits, key=lambda edit: edit.start)
            edits = tuple(whole_lines(with_comments(edit, content), content) for edit in given)
            planned = Planned(finding, fitted(finding.path, content, edits))
            if planned.key not in without and taken.setdefault(finding.path, Taken()).take(planned.edits):
                chosen.setdefault(finding.path, []).append(planned)
        if chosen:
            break
    return [planned for path in sorted(chosen) for planned in chosen[path]]


def reads_more(fixes: Iterable[Planned]) -> bool:
    """Whether the round is one that makes statements readable."""
    return any(planned.finding.sqlstate == _SYNTAX for planned in fixes)


def unread(finding: Finding) -> bool:
    """Whether it says that a statement cannot be read."""
    return finding.sqlstate == _SYNTAX or finding.name == _UNREADABLE


def troubles(findings: Iterable[Finding], only_syntax: bool = False, apart: Collection[str] = ()) -> Counter[Trouble]:
    """The errors of a run by file, rule and object. Which statement is the second one of a transaction is no matter.

    ``apart``: files whose transactions are taken apart afterwards, so that errors of them count for nothing.
    """
    return Counter(
        (finding.path, finding.code, None if finding.name in OF_A_TRANSACTION else finding.object)
        for finding in findings
        if finding.severity == "error"
        and (not only_syntax or unread(finding))
        and not (finding.name in OF_A_TRANSACTION and finding.path in apart)
    )
