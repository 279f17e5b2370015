"""The rules held against what a real cluster answered: nothing that it accepted may be called an error."""

import json
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.lint import Finding, lint_source, load_rules
from dsql_migrate.lint.rule import ready
from dsql_migrate.source.open import source_of
from dsql_migrate.target import load_target

# What depends on rows, other sessions or jobs is no matter of the text.
AT_RUN_TIME = frozenset({"40001", "25P02", "54000", "23503", "23514", "55000", "42P01", "22P02"})
# Refusals that the text alone does not show.
OUT_OF_REACH = {
    "enum/enum_column_undefined": "an unknown type may be a domain of an earlier script",
    "enum/enum_cast_undefined": "an unknown type may be a domain of an earlier script",
    "environment/env_lc_collate": "a parameter that SHOW does not know",
    "multi_statement/multi_two_ddl": "whether two statements are sent as one query is the runner's affair",
    "multi_statement/multi_ddl_then_async_index": "whether two statements are sent as one query is the runner's affair",
    "queries/q_lateral_left_outer_ref_cast": "a defect of the service in LEFT JOIN LATERAL",
}


@pytest.fixture(scope="module")
def record(conformance: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((conformance / "cluster-record.json").read_text("utf-8"))
    return loaded


def errors(sql: str, given: str, day: str) -> list[Finding]:
    from datetime import date

    target = load_target(date.fromisoformat(day))
    with source_of(f"{given}{sql}".encode()) as source:
        findings = lint_source(source, target, ready(load_rules(), target))
    return [f for f in findings if f.severity == "error" and f.start >= len(given.encode())]


def steps(record: dict[str, Any]) -> list[tuple[str, str, str, dict[str, Any], str]]:
    """(probe, SQL, what went before, what is expected, day) of every step of the probes with one session."""
    found = []
    for probe in record["probes"]:
        if len({step["session"] for step in probe["steps"]}) > 1:
            continue
        day = record["recorded"][probe["id"].split("/")[0]][:10]
        given = "".join(f"{sql};\n" for sql in probe.get("setup", ()))
        for step in probe["steps"]:
            found.append((probe["id"], step["sql"], given, step["expect"], day))
            if step["expect"]["ok"]:
                given += step["sql"] + ";\n"
    return found


def test_no_false_alarm_and_full_recall(record: dict[str, Any]) -> None:
    accepted = refused = 0
    wrong_state = []
    for probe, sql, given, expect, day in steps(record):
        found = errors(sql, given, day)
        if expect["ok"]:
            accepted += 1
            assert not found, (probe, sql, found)
        elif expect["sqlstate"] not in AT_RUN_TIME:
            refused += 1
            assert bool(found) == (probe not in OUT_OF_REACH), (probe, sql)
            if found and not any(f.sqlstate == expect["sqlstate"] for f in found):
                wrong_state.append((probe, expect["sqlstate"], [f.sqlstate for f in found]))
    assert not wrong_state
    assert accepted > 100
    assert refused > 70


def test_messages_are_the_clusters_own(record: dict[str, Any]) -> None:
    """What a finding says that DSQL answers is what it answered, word for word."""
    for probe, sql, given, expect, day in steps(record):
        if expect["ok"] or expect["sqlstate"] in AT_RUN_TIME or probe in OUT_OF_REACH:
            continue
        told = [f.server_message for f in errors(sql, given, day)]
        if probe != "index/sys_wait_for_job":  # the type in the message is that of the argument
            assert expect["message"] in told, (probe, sql)


@pytest.mark.parametrize("name", ["clean_statements", "supported_types"])
def test_statements_known_to_be_accepted(conformance: Path, name: str) -> None:
    text = (conformance / "dsql-lint/tests/grammar_corpus/in_tree" / f"{name}.sql").read_text("utf-8")
    for statement in text.split("\n\n"):
        assert not errors(statement, "", "2026-09-15"), statement
