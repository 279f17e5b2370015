"""The rules held against what a real cluster answered: nothing that it accepted may be called an error."""

import json
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.lint import Finding, lint_source, load_rules
from dsql_migrate.lint.context import TransactionState
from dsql_migrate.lint.rule import ready
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.open import source_of
from dsql_migrate.target import Target, load_target

# SQLSTATE of what only the rows, another session or a job bring about.
AT_RUN_TIME = {
    "40001": "another session's transaction",
    "25P02": "the statement before has failed",
    "23503": "a row that is not there",
    "23514": "a row that breaks a CHECK",
    "55000": "an index whose job has not ended",
    "22P02": "a job that is not there",
}


@pytest.fixture(scope="module")
def record(conformance: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((conformance / "cluster-record.json").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=16)
def on_day(day: str) -> tuple[Target, Any]:
    target = load_target(date.fromisoformat(day))
    return target, ready(load_rules(), target)


def findings(sql: str, given: str, day: str, simple: bool = False) -> list[Finding]:
    """What is found in ``sql`` behind ``given``; ``simple``: sent as one query of the protocol."""
    target, rules = on_day(day)
    if simple:
        catalogue = Catalogue()
        with source_of(given.encode()) as source:
            lint_source(source, target, rules, catalogue=catalogue)
        with source_of(sql.encode()) as source:
            query = TransactionState.around("query", None)
            found = lint_source(source, target, rules, catalogue=catalogue, transaction=query)
    else:
        with source_of(f"{given}{sql}".encode()) as source:
            found = [f for f in lint_source(source, target, rules) if f.start >= len(given.encode())]
    return [f for f in found if f.severity != "info"]


def errors(sql: str, given: str, day: str, simple: bool = False) -> list[Finding]:
    return [f for f in findings(sql, given, day, simple) if f.severity == "error"]


def steps(record: dict[str, Any]) -> list[tuple[str, str, str, dict[str, Any], str, bool]]:
    """(probe, SQL, what went before, what is expected, day, sent as one query); of probes with one session."""
    found = []
    for probe in record["probes"]:
        if len({step["session"] for step in probe["steps"]}) > 1:
            continue
        day = record["recorded"][probe["id"].split("/")[0]][:10]
        given = "".join(f"{sql};\n" for sql in probe.get("setup", ()))
        for step in probe["steps"]:
            simple = step["protocol"] == "simple"
            found.append((probe["id"], step["sql"], given, step["expect"], day, simple))
            if step["expect"]["ok"] or step["expect"]["sqlstate"] == "54000":
                given += step["sql"] + ";\n"
    return found


def test_nothing_that_the_cluster_took_is_an_error(record: dict[str, Any]) -> None:
    accepted = [step for step in steps(record) if step[3]["ok"]]
    assert len(accepted) > 100
    for probe, sql, given, _expect, day, simple in accepted:
        assert not errors(sql, given, day, simple), (probe, sql)


def test_everything_it_refused_is_found_with_its_own_words(record: dict[str, Any]) -> None:
    """One finding at least says what the cluster said: SQLSTATE and message."""
    refused = [s for s in steps(record) if not s[3]["ok"] and s[3]["sqlstate"] not in AT_RUN_TIME]
    assert len(refused) > 75
    for probe, sql, given, expect, day, simple in refused:
        told = {(f.sqlstate, f.server_message) for f in findings(sql, given, day, simple)}
        assert (expect["sqlstate"], expect["message"]) in told, (probe, sql, told)


def test_what_the_text_cannot_show_is_not_guessed(record: dict[str, Any]) -> None:
    for probe, sql, given, expect, day, simple in steps(record):
        if not expect["ok"] and expect["sqlstate"] in AT_RUN_TIME and expect["sqlstate"] != "25P02":
            assert not errors(sql, given, day, simple), (probe, sql)


@pytest.mark.parametrize("name", ["clean_statements", "supported_types"])
def test_statements_known_to_be_accepted(conformance: Path, name: str) -> None:
    text = (conformance / "dsql-lint/tests/grammar_corpus/in_tree" / f"{name}.sql").read_text("utf-8")
    for statement in text.split("\n\n"):
        assert not errors(statement, "", "2026-09-15"), statement
