"""The model: what it concludes, what it counts, what it refuses to believe."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from dsql_migrate.errors import InputError
from dsql_migrate.report import Report, build
from dsql_migrate.report.entries import DISPOSITIONS

Document = dict[str, Any]
Maker = Callable[..., Document]


@pytest.fixture
def report(ledger: Document, verification: Document, findings: list[Document]) -> Report:
    return build(ledger, verification, findings)


def test_the_verdict_is_one_sentence(report: Report) -> None:
    assert report.verdict.status == "ready-after-rewriting"
    assert report.verdict.sentence == (
        "Ready after automatic rewriting: every object is accounted for and all 46,273 rows arrived; "
        "20 things move to the application; 7 things could not be proved by replay."
    )


def test_every_entry_is_counted_once_in_each_view(report: Report, ledger: Document) -> None:
    count = len(ledger["entries"])
    assert report.objects == len(report.ledger) == count
    assert sum(n for _, n in report.totals) == count
    assert sum(row.total for row in report.kinds) == count
    assert sum(section.count for section in report.sections) == count
    assert sum(len(group.entries) for section in report.sections for group in section.groups) == count
    assert [section.disposition for section in report.sections] == list(DISPOSITIONS)


def test_findings_are_counted_once_by_rule_and_by_object(report: Report, findings: list[Document]) -> None:
    assert sum(len(rule.findings) for rule in report.rules) == len(findings) == report.findings
    assert sum(len(group.findings) for group in report.by_object) == len(findings)


def test_what_asks_for_a_person_comes_first(report: Report) -> None:
    assert [rule.code for rule in report.rules[:4]] == ["DSQL501", "DSQL502", "DSQL505", "DSQL303"]
    assert [rule.needs_person for rule in report.rules] == [True] * 4 + [False] * (len(report.rules) - 4)
    assert report.rules[-1].text.startswith("a session setting")


def test_breakdowns_say_what_was_done(report: Report) -> None:
    rewritten = report.sections[1]
    assert rewritten.breakdown[:3] == (
        "36 foreign keys validated after load",
        "30 indexes async",
        "18 serial keys → identity",
    )
    assert "3 enums → domains" in rewritten.breakdown


@pytest.mark.parametrize(
    ("dispositions", "status", "headline"),
    [
        (["kept"], "ready", "Ready as it is"),
        (["kept", "rewritten"], "ready-after-rewriting", "Ready after automatic rewriting"),
        (["kept", "unknown"], "needs-work", "Needs work"),
        ([], "needs-work", "Nothing to migrate"),
    ],
)
def test_status(bundle: Maker, verification: Document, dispositions: list[str], status: str, headline: str) -> None:
    verdict = build(bundle(dispositions), verification, []).verdict
    assert (verdict.status, verdict.headline) == (status, headline)


def test_nothing_replayed_is_not_verified(ledger: Document) -> None:
    report = build(ledger, None, [])
    assert report.verdict.status == "not-verified"
    assert "nothing was replayed" in report.verdict.sentence
    assert report.next_steps[-1].command == "dsql-migrate verify OUT"


def test_one_failed_check_outweighs_ok(ledger: Document, verification: Document) -> None:
    verification["checks"][2]["ok"] = False
    report = build(ledger, verification, [])
    assert report.verdict.sentence.startswith("Not verified: 1 check failed (indexes)")
    assert not any("apply" in step.command for step in report.next_steps)


def test_rows_without_a_digest_are_not_called_equal(ledger: Document, verification: Document) -> None:
    for table in verification["tables"]:
        if table["name"] == "public.film":
            table["digest_target"] = None
    report = build(ledger, verification, [])
    assert report.verification is not None
    assert (report.verification.rows, report.verification.rows_equal) == (46_273, 45_273)
    assert "45,273 of 46,273 rows arrived equal" in report.verdict.sentence


def test_a_ledger_that_contradicts_itself_is_not_believed(ledger: Document, verification: Document) -> None:
    ledger["entries"].append(copy.deepcopy(ledger["entries"][0]))
    report = build(ledger, verification, [])
    assert report.verdict.status == "not-verified"
    assert len(report.problems) == 2


def test_unproved_things_stand_once(report: Report) -> None:
    names = [item.object for item in report.unproved]
    assert len(names) == len(set(names)) == 7
    assert report.unproved_groups[0].title == "4 functions"


def test_only_run_holds_times(ledger: Document, verification: Document, findings: list[Document]) -> None:
    first = build(ledger, verification, findings, {"seconds": 1})
    second = build(ledger, verification, list(reversed(findings)), {"seconds": 1})
    assert first == second
    assert first.run == {"seconds": 1}


@pytest.mark.parametrize(
    "damage",
    [{"schema_version": 2}, {"entries": {}}, {"entries": [1]}, {"entries": [{"disposition": "lost"}]}],
    ids=str,
)
def test_a_damaged_ledger_is_named(ledger: Document, damage: Document) -> None:
    if damage == {"entries": {}}:
        damage = {"entries": "none"}
    with pytest.raises(InputError, match="ledger"):
        build({**ledger, **damage}, None, [])


def _entry(name: str, kind: str, disposition: str, **rest: Any) -> Document:
    base = {"id": f"{kind}:{name}", "kind": kind, "name": name, "line": 1, "into": [], "reason": "", "rule": None}
    return {**base, "disposition": disposition, "proof": "exact", **rest}


def _ledger(*entries: Document) -> Document:
    return {"schema_version": 1, "as_of": "2026-09-15", "source": {}, "entries": list(entries)}


def test_a_folder_that_was_not_written_is_not_named() -> None:
    trigger = _entry("public.a.touch", "trigger", "application", into=["quarantine.sql"])
    steps = build(_ledger(trigger), None, []).next_steps
    assert not any("app/" in step.text + step.path for step in steps)
    assert any(step.path == "quarantine.sql" for step in steps)


def test_what_works_without_a_proof_is_named_before_what_is_gone() -> None:
    why = "unproved: not run"
    gone = [_entry(f"extension x{n}", "comment", "dropped", proof=why) for n in range(3)]
    moved = [_entry(f"public.a.t{n}", "trigger", "application", proof=why) for n in range(2)]
    view = _entry("public.v", "view", "kept", proof=why)
    titles = [group.title for group in build(_ledger(*gone, *moved, view), None, []).unproved_groups]
    assert titles == ["view public.v", "2 triggers", "3 comments"]


def test_a_finding_whose_object_was_rewritten_asks_for_nobody() -> None:
    parent = _entry("public.p", "table", "rewritten", rule="DSQL104", reason="merged")
    key = _entry("public.p.p_pkey", "constraint", "rewritten", line=4)
    place = {"severity": "error", "path": "a.sql", "line": 9, "message": "no"}
    attach = [{**place, "code": "DSQL133", "object": name} for name in ("public.p", "public.p_pkey")]
    lost = {**place, "code": "DSQL904", "object": None, "line": 50}
    report = build(_ledger(parent, key), None, [*attach, lost])
    assert {rule.code: rule.needs_person for rule in report.rules} == {
        "DSQL104": False,
        "DSQL133": False,
        "DSQL904": True,
    }
    assert report.rules[0].code == "DSQL904"
