"""What a rule finds: a ``Match`` inside one statement, and the ``Finding`` that it becomes in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from dsql_migrate.record import Record, field

if TYPE_CHECKING:
    from dsql_migrate.schema import Catalogue
    from dsql_migrate.source.facts import Span

Severity = Literal["error", "warning", "info"]
Applicability = Literal["safe", "unsafe", "manual"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")  # rising
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Edit(Record):
    """Put ``text`` where the bytes from ``start`` to ``end`` stand: in a Match relative to the piece, else absolute."""

    start: int
    end: int
    text: str


class Fix(Record):
    """What mends a finding. safe: same meaning; unsafe: the meaning changes; manual: a person has to finish it."""

    applicability: Applicability
    edits: tuple[Edit, ...]


class Match(Record):
    """One place where a rule matches. ``at`` is relative to the piece; ``values`` fill the rule's placeholders."""

    at: Span
    values: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    fix: Fix | None = None  # where the check knows better than the rule's own fix
    sqlstate: str | None = None  # likewise for what DSQL answers
    message: str | None = None
    help: str | None = None  # in place of the rule's ``instead``
    unless: Callable[[Catalogue], bool] | None = None  # asked at the end of the script: true takes the match back


class Finding(Record):
    """A match in a file. Lines and columns count from 1, columns in characters; start and end are byte offsets."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    start: int
    end: int
    code: str
    name: str
    severity: Severity
    message: str
    sqlstate: str | None
    server_message: str | None
    help: str | None
    since: date | None  # the day from which DSQL accepts it, where that is known and yet to come
    object: str | None
    fix: Fix | None
    frame: str = ""  # the line of the source that it starts on, or a part of a long one
    frame_offset: int = 0  # characters of that line that were cut off in front
    once: bool = False  # advice that is told once a file, however often it applies
    unless: Callable[[Catalogue], bool] | None = None  # of a Match, as long as it has not been asked; see ``settled``
    within: str | None = None  # the function or block whose body it stands in: "function f", "DO block"


def settled(findings: Iterable[Finding], catalogue: Catalogue) -> list[Finding]:
    """The findings without those that the catalogue at the end takes back."""
    return [
        replace(finding, unless=None) if finding.unless is not None else finding
        for finding in findings
        if finding.unless is None or not finding.unless(catalogue)
    ]
