"""Every rule's own examples: what is bad is found at exactly the marked text, what is good is not found."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pytest

from dsql_migrate.lint import Finding, Rule, lint_source, load_rules
from dsql_migrate.lint.rule import ReadyRule, ready
from dsql_migrate.lint.sifting.ignores import Comments
from dsql_migrate.lint.sifting.suppression import KIND, suppressed
from dsql_migrate.source.open import source_of
from dsql_migrate.target import Target, load_target, store

RULES = load_rules()
NAMES = {rule.code: rule.name for rule in RULES}


def examples() -> Iterator[Any]:
    for rule in RULES:
        for number, example in enumerate(rule.examples):
            yield pytest.param(rule, example, id=f"{rule.code}-{number}")


@lru_cache(maxsize=32)
def on_day(day: date | None) -> tuple[Target, dict[str, list[ReadyRule]]]:
    target = load_target(day)
    return target, ready(RULES, target)


def day_of(rule: Rule, example: Any) -> date | None:
    """The example's own day; else the last day on which the rule applies."""
    if "as_of" in example:
        return date.fromisoformat(example["as_of"])
    since = rule.moot_from(load_target())
    return since - timedelta(days=1) if since else None


def found(rule: Rule, sql: str, given: str, day: date | None) -> list[Finding]:
    """The rule's findings in ``sql``, behind ``given``."""
    target, rules = on_day(day)
    with source_of(f"{given}{sql}".encode()) as source:
        comments = Comments(source)
        findings = lint_source(source, target, rules, seen=comments.seen)
        if KIND in rule.on:
            findings = suppressed(findings, comments.found, "a.sql", NAMES, rules[KIND]).findings
        return [f for f in findings if f.code == rule.code and f.start >= len(given.encode())]


@pytest.mark.parametrize(("rule", "example"), list(examples()))
def test_example(rule: Rule, example: Any) -> None:
    sql = example.get("bad") or example["good"]
    given = f"{example['given']};\n" if "given" in example else ""
    findings = found(rule, sql, given, day_of(rule, example))
    text = f"{given}{sql}".encode()
    marked = [text[f.start : f.end].decode() for f in findings]
    marks = example.get("marks", []) if "bad" in example else []
    assert marked == ([marks] if isinstance(marks, str) else marks)
    if "fixed" in example:
        fixed = text
        for finding in reversed(findings):
            assert finding.fix is not None
            for edit in reversed(finding.fix.edits):
                fixed = fixed[: edit.start] + edit.text.encode() + fixed[edit.end :]
        assert fixed.decode() == given + example["fixed"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_rule_is_whole(rule: Rule) -> None:
    """A rule says where it is known from and shows something good; a bad example may need a thousand columns."""
    assert rule.examples
    assert any("good" in example for example in rule.examples)
    sources = store.load()["timeline"]["sources"]
    assert rule.evidence
    for entry in rule.evidence:
        date.fromisoformat(entry["date"])
        assert entry["kind"] in ("docs", "cluster", "lint", "grammar")
        assert entry.get("source", "release-notes") in sources
        assert any(key in entry for key in ("source", "probe", "note", "url"))


def test_rules_are_small() -> None:
    """A rule that needs more than sixty lines is two rules, or a check."""
    folder = store.rules_folder()
    data = {f"{name}.yaml" for name in store.DATA_FILES}
    for path in folder.rglob("*.yaml"):
        if path.name not in data:
            assert len(path.read_text("utf-8").splitlines()) <= 60, path


def test_dates_and_their_prose_agree() -> None:
    """A summary that names a day names the one in the timeline, which is the only place that counts."""
    import re

    target = load_target()
    for rule in RULES:
        if rule.until and (named := re.search(r"before (\d{4}-\d\d-\d\d)", rule.summary)):
            assert named.group(1) == str(target.since(rule.until)), rule.code
