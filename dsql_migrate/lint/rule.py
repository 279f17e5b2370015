"""A rule: one YAML file of ``rules/`` as a dataclass, and the same rule made ready for one target."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

from dsql_migrate.errors import Failure
from dsql_migrate.lint import checks
from dsql_migrate.lint.condition import BadRule, condition, getter
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.dispatch import ReadyRules
from dsql_migrate.lint.finding import SEVERITIES, Applicability, Edit, Fix, Match, Severity
from dsql_migrate.lint.rewriting import deletion
from dsql_migrate.lint.subjects import KINDS, Subject, span_of
from dsql_migrate.record import Record
from dsql_migrate.source import regex
from dsql_migrate.source.facts import Span, TypeName, display
from dsql_migrate.target import Target, store

_FIELDS = frozenset(
    [
        "code",
        "name",
        "severity",
        "summary",
        "on",
        "where",
        "check",
        "mark",
        "message",
        "answer",
        "fix",
        "why",
        "instead",
        "once",
        "until",
        "since",
        "evidence",
        "examples",
        "file",
    ]
)
_EXAMPLE = frozenset({"bad", "good", "marks", "fixed", "as_of", "given"})
_REQUIRED = ("code", "name", "severity", "summary", "on", "message", "why", "instead")
_CODE = regex.compile(r"[A-Z]{2,8}[0-9]{3,4}")
_NAME = regex.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PLACE = regex.compile(r"\{([a-z_.\-]+)\}")


class Rule(Record):
    """A rule as its file says it. Make one with ``rule_of``."""

    code: str
    name: str
    severity: Severity
    summary: str
    on: tuple[str, ...]
    message: str
    why: str
    instead: str
    where: Mapping[str, Any]
    check: str | None
    mark: Any
    sqlstate: str | None
    server_message: str | None
    fix: Mapping[str, Any] | None
    until: str | None  # the capability that makes it moot
    since: str | None  # the capability without which it says nothing
    evidence: tuple[Mapping[str, Any], ...]
    examples: tuple[Mapping[str, Any], ...]
    file: str
    once: bool = False  # told once a file, however often it applies

    def active(self, target: Target) -> bool:
        """Whether it applies on the target's day."""
        if self.until is not None and target.has(self.until):
            return False
        return self.since is None or target.has(self.since)

    def moot_from(self, target: Target) -> date | None:
        """The day from which DSQL accepts what the rule refuses, where that is known."""
        return None if self.until is None else target.since(self.until)


class ReadyRule(Record):
    """A rule with its conditions compiled for one target."""

    rule: Rule
    matches: Callable[[Subject, Context], Iterable[Match]]
    since: date | None

    def message(self, subject: Subject, context: Context, match: Match) -> str:
        """The rule's message for one match."""
        return _fill(self.rule.message, subject, context, match.values)

    def server_message(self, subject: Subject, context: Context, match: Match) -> str | None:
        """What DSQL answers to it, where that is known."""
        told = match.message or self.rule.server_message
        return None if told is None else _fill(told, subject, context, match.values)

    def help(self, subject: Subject, context: Context, match: Match) -> str:
        """What to do."""
        return _fill(match.help or self.rule.instead, subject, context, match.values)


def load_rules(extra: tuple[Path, ...] = ()) -> tuple[Rule, ...]:
    """Every rule that comes with the tool and those in ``extra`` folders, by code. Raises Failure, naming the file."""
    rules = tuple(rule_of(entry) for entry in store.load(extra)["rules"])
    seen: dict[str, Rule] = {}
    for rule in rules:
        for key in (rule.code, rule.name):
            if key in seen:
                raise Failure(f"{rule.file}: {key} is taken by {seen[key].file}")
            seen[key] = rule
    return rules


def rule_of(entry: Mapping[str, Any]) -> Rule:
    """A rule from its file's content. Raises Failure where the form is not kept."""
    file = str(entry.get("file", "rule"))
    unknown = sorted(set(entry) - _FIELDS)
    missing = [key for key in _REQUIRED if not entry.get(key)]
    on = entry.get("on") or []
    kinds = tuple(on) if isinstance(on, list) else (str(on),)
    answer = entry.get("answer") or {}
    trouble = None
    strange = {key for example in entry.get("examples") or () for key in example} - _EXAMPLE
    if strange:
        trouble = f"unknown fields in an example: {', '.join(sorted(strange))}"
    elif unknown:
        trouble = f"unknown fields: {', '.join(unknown)}"
    elif missing:
        trouble = f"missing: {', '.join(missing)}"
    elif not _CODE.fullmatch(str(entry["code"])) or not _NAME.fullmatch(str(entry["name"])):
        trouble = f"not a code and a name: {entry['code']}, {entry['name']}"
    elif entry["severity"] not in SEVERITIES:
        trouble = f"severity is one of {', '.join(SEVERITIES)}"
    elif not KINDS.issuperset(kinds):
        trouble = f"on: no such fact: {', '.join(k for k in kinds if k not in KINDS)}"
    elif entry.get("check") is not None and entry["check"] not in checks.REGISTRY:
        trouble = f"no such check: {entry['check']}"
    if trouble:
        raise Failure(f"{file}: {trouble}")
    return Rule(
        code=entry["code"],
        name=entry["name"],
        severity=entry["severity"],
        summary=entry["summary"],
        on=kinds,
        message=entry["message"],
        why=entry["why"],
        instead=" ".join(str(entry["instead"]).split()),
        where=entry.get("where") or {},
        check=entry.get("check"),
        mark=entry.get("mark"),
        sqlstate=answer.get("sqlstate"),
        server_message=answer.get("message"),
        fix=entry.get("fix"),
        until=entry.get("until"),
        since=entry.get("since"),
        evidence=tuple(entry.get("evidence") or ()),
        examples=tuple(entry.get("examples") or ()),
        file=file,
        once=bool(entry.get("once")),
    )


def ready(rules: Iterable[Rule], target: Target) -> ReadyRules:
    """The rules that apply on the target's day, by the kind of fact they are on. Raises Failure for a malformed one."""
    found = ReadyRules(target)
    for rule in rules:
        try:
            if not rule.active(target):
                continue
            made = ReadyRule(rule, _matcher(rule, target), rule.moot_from(target))
        except (BadRule, KeyError, re.error) as error:
            raise Failure(f"{rule.file}: {error}") from None
        for kind in rule.on:
            found.setdefault(kind, []).append(made)
    return found


def _matcher(rule: Rule, target: Target) -> Callable[[Subject, Context], Iterable[Match]]:
    holds, fix = condition(rule.where, target), _fixer(rule)
    if rule.check is not None:
        check = checks.REGISTRY[rule.check]
        if not rule.where and rule.fix is None:
            return check

        def checked(subject: Subject, context: Context) -> Iterable[Match]:
            if not holds(subject):
                return ()
            found = check(subject, context)
            return found if rule.fix is None else (m if m.fix else replace(m, fix=fix(subject, context)) for m in found)

        return checked
    mark = _marker(rule)

    def matched(subject: Subject, context: Context) -> Iterable[Match]:
        return (Match(mark(subject, context), fix=fix(subject, context)),) if holds(subject) else ()

    return matched


def _marker(rule: Rule) -> Callable[[Subject, Context], Span]:
    """Where a finding points. mark: a field or a list of fields (the first that stands in the text), {words: n} for the
    first words of the statement, {text: …} for words inside the part; without it, the first field of ``where``."""
    mark = rule.mark
    if isinstance(mark, Mapping):
        if "words" in mark:
            count = int(mark["words"])
            return lambda subject, context: context.head(count)
        phrase = str(mark["text"])
        return lambda subject, context: context.find(phrase, span_of(subject.part)) or _whole(subject, context)
    unsaid = [field for field in rule.where if not field.startswith(("owner", "parent"))]
    fields = mark if isinstance(mark, list) else [mark] if mark else unsaid
    places = [place(field) for field in fields]

    def marked(subject: Subject, context: Context) -> Span:
        return next((span for span in (at(subject) for at in places) if span is not None), _whole(subject, context))

    return marked


def _whole(subject: Subject, context: Context) -> Span:
    return span_of(subject.part) or span_of(subject.parent) or context.fact.span


def place(field: str) -> Callable[[Subject], Span | None]:
    """Where a field stands in the text: its own span, or that of the ``<field>_span`` beside it."""
    value, beside = getter(field), getter(f"{field}_span")
    return lambda subject: span_of(beside(subject)) or span_of(value(subject))


def _fixer(rule: Rule) -> Callable[[Subject, Context], Fix | None]:
    """fix: {applicability, delete: field} | {…, replace: field, with: text} | {…, after: field, insert: text}; the
    field ``mark`` is what the finding points at. {by: name} is a function of ``lint/mending``, which knows the
    applicability itself unless it is said."""
    fix = rule.fix
    if fix is None:
        return lambda subject, context: None
    if "by" in fix:
        return _mender(fix)
    applicability = cast(Applicability, fix.get("applicability"))
    field = fix.get("delete") or fix.get("replace") or fix.get("after")
    if applicability not in ("safe", "unsafe", "manual") or not isinstance(field, str):
        raise BadRule("fix needs an applicability and one of delete, replace, after")
    mark = _marker(rule) if field == "mark" else None
    at = place(field)
    text = str(fix.get("with") or fix.get("insert") or "")

    def fixed(subject: Subject, context: Context) -> Fix | None:
        span = at(subject) if mark is None else mark(subject, context)
        if span is None:
            return None
        if "delete" in fix:
            edit = deletion(span, context.text)
        elif "replace" in fix:
            edit = Edit(span.start, span.end, text)
        else:
            edit = Edit(span.end, span.end, text)
        return Fix(applicability, (edit,))

    return fixed


def _mender(fix: Mapping[str, Any]) -> Callable[[Subject, Context], Fix | None]:
    from dsql_migrate.lint import mending

    name, applicability = fix["by"], fix.get("applicability")
    if name not in mending.NAMES or applicability not in (None, "safe", "unsafe", "manual"):
        raise BadRule(f"no such fix: {name}, {applicability}")

    def fixed(subject: Subject, context: Context) -> Fix | None:
        found = mending.mend(name)(subject, context)
        return Fix(applicability, found.edits) if found is not None and applicability is not None else found

    return fixed


def _fill(text: str, subject: Subject, context: Context, values: Mapping[str, str]) -> str:
    first, *places = _split(text)
    if not places:
        return first
    parts = [first]
    for path, behind in zip(places[::2], places[1::2], strict=True):
        if path in values:
            parts.append(values[path])
        elif path.startswith("limit."):
            parts.append(str(context.target.limit(path.removeprefix("limit."))))
        else:
            parts.append(_shown(getter(path)(subject), context))
        parts.append(behind)
    return "".join(parts)


@cache
def _split(text: str) -> list[str]:
    """Text and names of placeholders in turn, text first and last."""
    return _PLACE.split(text)


def _shown(value: Any, context: Context) -> str:
    if isinstance(value, TypeName):
        return display(value)
    if isinstance(value, Span):
        return " ".join(value.of(context.text).split())
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
