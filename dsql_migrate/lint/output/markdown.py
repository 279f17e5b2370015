"""Findings as Markdown that a comment on a pull request can hold: counts, a table, what to do for each rule.

Whatever stands in a script is text here: no markup, no HTML, no mention of a person, no link. Errors come first, and
what would make the comment longer than GitHub takes (65,536 characters) is counted instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.lint.finding import SEVERITIES, Finding
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.output.summary import answer, counts_line, day_line, fix_note, runs_line
from dsql_migrate.lint.result import Result

LIMIT = 60_000  # characters in all; the rest is for what others put around it
_TABLE = 40_000  # characters of the table
_LONGEST = 600  # characters of one message or one piece of advice
_MARKUP = re.compile(r"([\\`*_\[\]|~])")
_REFERENCE = re.compile(r"(?:@|#|GH-)(?=\w)|:(?=//)|www(?=\.)", re.IGNORECASE)


def render(result: Result) -> str:
    """A heading, the counts, and below them a table of the findings, where there are any."""
    parts = ["### dsql-migrate lint", _head(result)]
    parts += [f"> {_prose(note)}" for note in result.notes]
    if result.findings:
        parts += [_table(result.findings), _advice(result.findings, LIMIT - _TABLE)]
    if result.skipped:
        rows = [f"- {code(skipped.path)}: {_prose(skipped.reason)}" for skipped in result.skipped]
        parts.append("**Skipped**\n\n" + _cut(rows, LIMIT // 10, "- … and {} more"))
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(result: Result) -> str:
    runs = runs_line(result)
    counts = re.sub(r"(--[a-z-]+)", r"`\1`", counts_line(result))
    return f"**{counts}.** {_prose(runs) + '. ' if runs else ''}{day_line(result)}."


def _table(findings: tuple[Finding, ...]) -> str:
    worst_first = sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))  # stable: then by place
    notes = [f" *({note})*" if (note := fix_note(finding)) else "" for finding in worst_first]
    rows = [
        f"| {finding.severity} | {code(f'{finding.path}:{finding.line}:{finding.column}')} | {finding.code} "
        f"{_prose(finding.name)} | {_prose(finding.message)}{note} |"
        for finding, note in zip(worst_first, notes, strict=True)
    ]
    return "| | where | rule | what |\n|---|---|---|---|\n" + _cut(rows, _TABLE, "\n… and {} more findings.")


def _advice(findings: tuple[Finding, ...], room: int) -> str:
    """What to do, once for each rule and each wording."""
    told: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        told.setdefault((finding.code, finding.help or ""), finding)
    rows = ["- " + " ".join(_told(told[key])) for key in sorted(told)]
    body = _cut(rows, room - LIMIT // 10 - 1000, "- … and {} more")
    return f"<details><summary>What to do</summary>\n\n{body}\n\n</details>"


def _told(finding: Finding) -> Iterator[str]:
    yield f"**{finding.code} {_prose(finding.name)}**:"
    if finding.help:
        yield _prose(finding.help.rstrip(".")) + "."
    if finding.since:
        yield f"DSQL accepts it since {finding.since}."
    if said := answer(finding):
        yield _prose(said.rstrip(".")) + "."


def _cut(rows: list[str], room: int, rest: str) -> str:
    """The rows that fit into ``room`` characters, and how many do not."""
    kept: list[str] = []
    for number, row in enumerate(rows):
        room -= len(row) + 1
        if room < 0:
            return "\n".join([*kept, rest.format(len(rows) - number)])
        kept.append(row)
    return "\n".join(kept)


def _prose(text: str) -> str:
    """Text without markup. A mention, an issue's number and an address are broken by a blank of no width."""
    text = shown(text)
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    text = _REFERENCE.sub("\\g<0>\u200b", text)
    text = _MARKUP.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))
    return text.replace("$", "<span>$</span>")  # else a formula stands between two of them


def code(text: str) -> str:
    """A code span that holds any text, also in a table: GitHub takes a | for a border unless it is escaped."""
    text = shown(text).replace("|", "\\|")
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"
