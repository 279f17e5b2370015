"""What was decided, and what nobody has decided yet, in every form of the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.cli.terminal import summary
from dsql_migrate.errors import InputError
from dsql_migrate.report import build, render
from dsql_migrate.report.decided import read_decided

Document = dict[str, Any]
HOSTILE = "type:public.<b>|`x`\x1b[31m"
CHOICES = {
    "enums": {"check": {"object": [HOSTILE]}, "domain": {"default": ["type:public.a", "type:public.b"]}},
    "foreign-keys": {"inline": {"option": ["constraint:public.t.f"]}},
    "from-later": {"some": {"default": ["table:public.t"]}},
}


@pytest.fixture
def decided(ledger: Document) -> Document:
    return ledger | {"choices": CHOICES}


def test_they_are_read_in_the_order_of_the_list(decided: Document) -> None:
    found = read_decided(decided)
    assert [(one.key, one.option, one.open, one.count) for one in found] == [
        ("foreign-keys", "inline", False, 1), ("enums", "domain", True, 2), ("enums", "check", False, 1),
        ("from-later", "some", True, 1),
    ]  # fmt: skip
    assert found[1].question == "What does an enum become?"
    assert found[1].who == "nobody yet: the default"
    assert read_decided({}) == ()


WRONG = [[1], {"enums": 1}, {"enums": {"check": ["a"]}}, {"enums": {"check": {"object": 1}}}]


@pytest.mark.parametrize("choices", WRONG)
def test_another_shape_is_refused(choices: Any) -> None:
    with pytest.raises(InputError, match="choices"):
        read_decided({"choices": choices})


def test_every_form_lists_them(decided: Document, verification: Document) -> None:
    report = build(decided, verification, [])
    markdown, html = render(report, ".md"), render(report, ".html")
    assert "## Decisions (5, 3 open)" in markdown
    assert "| What does an enum become? `enums` | `domain` " in markdown
    assert '<section id="decided"><h2>Decisions <span class="count">5 choices, 3 open</span>' in html
    assert "nobody yet: the default" in html
    assert "<b>|" not in markdown + html
    assert "\x1b" not in markdown + html
    told = json.loads(render(report, ".json"))["decided"]
    assert [one["by"] for one in told] == ["option", "default", "object", "default"]
    shown = summary(report, Path("out"), color=False, width=110)
    assert "  by default       3    2 enums: domain, 1 from-later: some" in shown


def test_a_bundle_without_choices_has_no_section(ledger: Document, verification: Document) -> None:
    report = build(ledger, verification, [])
    assert "Decisions" not in render(report, ".md")
    assert 'id="decided"' not in render(report, ".html")
