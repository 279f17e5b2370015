"""Takes out the findings that comments ask to ignore, and tells which of these comments do nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dsql_migrate.lint.finding import Edit, Finding, Fix
from dsql_migrate.lint.sifting.selection import meant, near
from dsql_migrate.record import Record, field

if TYPE_CHECKING:
    from dsql_migrate.lint.rule import ReadyRule
    from dsql_migrate.lint.sifting.ignores import Ignore, Selector

KIND = "Ignore"  # what the rule about these comments is on


class Kept(Record, frozen=False):
    """What is left of a file's findings, those about its comments among them, and the codes of those taken out."""

    findings: list[Finding] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


class _Asked:
    """One comment with what it means: code -> the word between the brackets that means it; None: every rule."""

    def __init__(self, ignore: Ignore, known: Mapping[str, str]) -> None:
        self.ignore = ignore
        self.strange: list[Selector] = []
        self.used: set[str] = set()  # the words, and "" for a comment without brackets
        self.codes: dict[str, str] | None = {} if ignore.selectors or ignore.trouble else None
        for selector in ignore.selectors:
            codes = meant(selector.text, known)
            if not codes:
                self.strange.append(selector)
            for code in codes:
                assert self.codes is not None
                self.codes.setdefault(code, selector.text)

    def takes(self, finding: Finding) -> bool:
        """Whether it speaks of the finding's place and of its rule; it then counts as used."""
        ignore = self.ignore
        first, last = ignore.lines
        start, end = ignore.span
        here = ignore.everywhere or (finding.line <= last and finding.end_line >= first) or start <= finding.start < end
        if not here or (self.codes is not None and finding.code not in self.codes):
            return False
        self.used.add("" if self.codes is None else self.codes[finding.code])
        return True


def suppressed(
    findings: Sequence[Finding],
    ignores: Sequence[Ignore],
    path: str,
    known: Mapping[str, str],
    rules: Iterable[ReadyRule] = (),
) -> Kept:
    """One file's findings without those that its comments take out, and with one for each comment that does nothing.

    ``known``: the name of each rule by its code. ``rules``: those about the comments; without one nothing is told.
    """
    asked = [_Asked(ignore, known) for ignore in ignores]
    kept = Kept()
    for finding in findings:
        takers = [one for one in asked if one.takes(finding)]
        if takers:
            kept.codes.append(finding.code)
        else:
            kept.findings.append(finding)
    for ready in rules:
        for one in asked:
            about = _about(one, path, known, ready)
            if about is None:
                continue
            if any(other is not one and other.codes and other.takes(about) for other in asked):
                kept.codes.append(about.code)
            else:
                kept.findings.append(about)
    kept.findings.sort(key=lambda finding: (finding.start, finding.end, finding.code))
    return kept


def _about(asked: _Asked, path: str, known: Mapping[str, str], ready: ReadyRule) -> Finding | None:
    """The finding about a comment that does nothing, or that is not understood; None where there is none."""
    ignore, rule = asked.ignore, ready.rule
    message, help_, fix = _told(asked, known, rule.code)
    if message is None:
        return None
    return Finding(
        path=path,
        line=ignore.line,
        column=ignore.column,
        end_line=ignore.line,
        end_column=ignore.column + ignore.end - ignore.start,
        start=ignore.start,
        end=ignore.end,
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        message=message,
        sqlstate=None,
        server_message=None,
        help=help_ or rule.instead,
        since=None,
        object=None,
        fix=fix,
        frame=ignore.frame,
        frame_offset=ignore.frame_offset,
    )


def _told(asked: _Asked, known: Mapping[str, str], own: str) -> tuple[str | None, str | None, Fix | None]:
    """Message, help where it is not the rule's own, and fix."""
    ignore = asked.ignore
    if ignore.trouble is not None:
        return f"the comment ignores nothing: {ignore.trouble}", "Write -- dsql: ignore[RULE] reason", None
    if asked.strange:
        word = asked.strange[0]
        return f"the comment names no rule: {word.text}", near(word.text, known), _without(ignore, asked.strange)
    if asked.codes is None:
        return (None if asked.used else "the comment ignores nothing"), None, _without(ignore, ())
    idle = [word for word in ignore.selectors if word.text not in asked.used and own not in meant(word.text, known)]
    if not idle:
        return None, None, None
    names = ", ".join(word.text for word in idle)
    return f"the comment ignores nothing of {names}", None, _without(ignore, idle)


def _without(ignore: Ignore, idle: Sequence[Selector]) -> Fix | None:
    """The comment without some of its words; without the comment where none is left."""
    if ignore.gone is None:
        return None
    left = [word.text for word in ignore.selectors if word not in idle]
    if not left:
        return Fix("safe", (Edit(*ignore.gone, ""),))
    return Fix("safe", (Edit(ignore.selectors[0].start, ignore.selectors[-1].end, ",".join(left)),))
