"""Findings as SARIF 2.1.0 (OASIS, errata 01), for code scanning.

``columnKind`` is unicodeCodePoints: columns are characters, from 1, and ``endColumn`` is that of the character after
the last one (3.30). Paths inside the working directory are relative to ``%SRCROOT%``, percent-encoded (3.4.4).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dsql_migrate import __version__
from dsql_migrate.lint.finding import Edit, Finding
from dsql_migrate.lint.output.json import dumped
from dsql_migrate.lint.output.places import Place, Text, Texts, replacements
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.output.summary import answer
from dsql_migrate.lint.result import Result
from dsql_migrate.lint.sifting.fingerprint import fingerprints

if TYPE_CHECKING:
    from dsql_migrate.lint.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {"error": "error", "warning": "warning", "info": "note"}


def render(result: Result, *, rules: Callable[[], Iterable[Rule]] | None = None) -> str:
    """One log with one run. ``rules`` gives the rules of the run; those that found something are described."""
    known = {rule.code: rule for rule in rules()} if rules is not None and result.findings else {}
    first: dict[str, Finding] = {}
    for finding in result.findings:
        first.setdefault(finding.code, finding)
    codes = sorted(first)
    numbers = {code: number for number, code in enumerate(codes)}
    made = zip(result.findings, fingerprints(result.findings), strict=True)
    with Texts() as texts:
        results = [_result(finding, numbers[finding.code], mark, texts) for finding, mark in made]
    run = {
        "tool": {
            "driver": {
                "name": "dsql-migrate",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(first[code], known.get(code)) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The directory that the linter ran in."}}},
        "invocations": [_invocation(result)],
        "properties": {"asOf": result.target.as_of.isoformat()},
        "results": results,
    }
    return dumped({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, levels=4) + "\n"


def _invocation(result: Result) -> dict[str, Any]:
    notifications = [
        {
            "level": "warning",
            "message": {"text": f"skipped: {shown(skipped.reason)}"},
            "locations": [{"physicalLocation": {"artifactLocation": location(skipped.path)}}],
        }
        for skipped in result.skipped
    ]
    notifications += [{"level": "note", "message": {"text": shown(note)}} for note in result.notes]
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _rule(finding: Finding, rule: Rule | None) -> dict[str, Any]:
    """A rule as a reportingDescriptor; of a rule that is not at hand, what one of its findings says."""
    described: dict[str, Any] = {"id": finding.code, "name": finding.name, "properties": {"tags": ["aurora-dsql"]}}
    if rule is None:
        described["defaultConfiguration"] = {"level": _LEVEL[finding.severity]}
        if finding.help:
            described["help"] = {"text": shown(finding.help)}
        return described
    why = " ".join(rule.why.split())
    told = [answer for answer in (rule.sqlstate, rule.server_message) if answer]
    described["shortDescription"] = {"text": rule.summary}
    described["fullDescription"] = {"text": why}
    described["defaultConfiguration"] = {"level": _LEVEL[rule.severity]}
    text = f"{why}\n\nInstead: {rule.instead}"
    markdown = f"**Why.** {why}\n\n**Instead.** {rule.instead}"
    if told:
        text += f"\n\nDSQL answers {' '.join(told)}"
        markdown += f"\n\n**DSQL answers** `{' '.join(told)}`"
    markdown += f"\n\n`dsql-migrate explain {rule.code}` says more."
    described["help"] = {"text": text, "markdown": markdown}
    return described


def _result(finding: Finding, number: int, fingerprint: str, texts: Texts) -> dict[str, Any]:
    properties = {
        "sqlstate": finding.sqlstate,
        "serverMessage": finding.server_message and shown(finding.server_message),
        "since": finding.since.isoformat() if finding.since else None,
        "object": finding.object and shown(finding.object),
        "within": finding.within and shown(finding.within),
    }
    spot: dict[str, Any] = {"physicalLocation": _physical(finding)}
    if finding.object:
        spot["logicalLocations"] = [{"fullyQualifiedName": shown(finding.object)}]
    advice = (answer(finding), finding.help)
    made: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": number,
        "level": _LEVEL[finding.severity],
        "message": {"text": _message(". ".join(part.rstrip(".") for part in (finding.message, *advice) if part))},
        "locations": [spot],
        "partialFingerprints": {"dsqlMigrateFinding/v1": fingerprint},
        "properties": {key: value for key, value in properties.items() if value is not None},
    }
    edits = replacements(finding)
    text = texts.of(finding) if edits else None
    if text is not None:
        made["fixes"] = [_fix(finding, edits, text)]
    return made


def _message(text: str) -> str:
    """Plain text, in which [words](target) would be a link (3.11.6)."""
    return re.sub(r"\[([^\]]*)\](?=\()", r"\\[\1\\]", shown(text))


def _physical(finding: Finding) -> dict[str, Any]:
    region: dict[str, Any] = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    return {"artifactLocation": location(finding.path), "region": region}


def location(path: str) -> dict[str, str]:
    """An artifactLocation: relative to %SRCROOT% inside the working directory, else an absolute URI.

    What is no path (``<stdin>``) becomes a relative URI without a base.
    """
    encoded = _quoted(path, "/")
    if path.startswith("<"):
        return {"uri": encoded}
    if not os.path.isabs(path) and path.split("/")[0] != os.pardir:
        return {"uri": encoded, "uriBaseId": "%SRCROOT%"}
    whole = os.path.abspath(path).replace(os.sep, "/")
    return {"uri": "file://" + _quoted(whole if whole.startswith("/") else f"/{whole}", "/:")}


def _quoted(path: str, safe: str) -> str:
    try:
        return quote(os.fsencode(path), safe=safe)
    except UnicodeEncodeError:  # no name that a file system gave
        return quote(path, safe=safe, errors="replace")


def _fix(finding: Finding, edits: tuple[Edit, ...], text: Text) -> dict[str, Any]:
    assert finding.fix is not None
    kind = "keeps the meaning" if finding.fix.applicability == "safe" else "changes the meaning"
    changes = [
        {
            "deletedRegion": _region(text.place(edit.start), text.place(edit.end)),
            **({"insertedContent": {"text": edit.text}} if edit.text else {}),
        }
        for edit in edits
    ]
    return {
        "description": {"text": f"A fix that {kind}."},
        "artifactChanges": [{"artifactLocation": location(finding.path), "replacements": changes}],
    }


def _region(start: Place, end: Place) -> dict[str, int]:
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
