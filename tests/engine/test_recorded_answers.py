"""The engine, asked by libpq through the gateway, answers as the cluster did."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.engine.local import Database, LocalDsql

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "benchmarks"))
import engine_conformance as run  # noqa: E402
import measure  # noqa: E402
import replaying  # noqa: E402
import showing  # noqa: E402

sys.path.remove(str(PROJECT / "benchmarks"))

RECORD = Path(os.environ.get("DSQL_MIGRATE_CONFORMANCE") or PROJECT.parent / "shared" / "conformance")
MANNERS = [
    pytest.param(replaying.Manner("prepared"), id="prepared, text"),
    pytest.param(replaying.Manner("unnamed", binary=True), id="unnamed, binary"),
]


def _probes() -> list[Any]:
    path = RECORD / "cluster-record.json"
    found = []
    for probe in json.loads(path.read_text("utf-8"))["probes"] if path.is_file() else ():
        reason = run.EXPLAINED_APART.get(probe["id"])
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        found.append(pytest.param(probe, id=probe["id"], marks=marks))
    return found


@pytest.mark.server
@pytest.mark.parametrize("probe", _probes())
def test_a_probe_on_an_empty_database(probe: dict[str, Any], dsql: Database, conformance: Path) -> None:
    answers = run.apart(probe, dsql.dsn, replaying.Manner())
    assert replaying.differences(probe, answers) == []


@pytest.fixture
def engine() -> Iterator[LocalDsql]:
    """An engine of our own: the suite ran on the database ``postgres``."""
    with LocalDsql() as started:
        yield started


@pytest.mark.server
@pytest.mark.parametrize("manner", MANNERS)
def test_all_probes_in_a_row_on_one_database(manner: Any, engine: LocalDsql, conformance: Path) -> None:
    found = run.suite(run.read_record(conformance), engine.dsn(), manner)
    wrong = {probe["id"]: what for probe, answers in found if (what := replaying.differences(probe, answers))}
    assert wrong.keys() == run.EXPLAINED.keys(), wrong


def test_every_explained_probe_is_in_the_record(conformance: Path) -> None:
    assert run.EXPLAINED_APART.keys() <= {probe["id"] for probe in run.read_record(conformance)["probes"]}


# How the comparison itself works ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("t", 16, "true"),
        (None, 25, "NULL"),
        ("{1,2,3}", 1007, "[1 2 3]"),
        ('{a,"b,c",NULL,"q\\"w"}', 1009, '[a b,c <nil> q"w]'),
        ('(1,"a ""b""",)', 2249, '[1 a "b" <nil>]'),
        ("(1,seed)", 16400, "(1,seed)"),  # the row type of a table is not known to the recorder's driver
        ("00000000-0000-0000-0000-0000000000aa", 2950, "[0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 170]"),
        ("127.0.0.1", 869, "127.0.0.1/32"),
        ("2026-09-16 18:30:50.25+00", 1184, "2026-09-16T18:30:50.25Z"),
        ("1e+21", 701, "1e+21"),
        ("{t,f}", 1000, "[true false]"),
    ],
)
def test_values_are_shown_as_the_recorder_printed_them(value: str | None, kind: int, expected: str) -> None:
    assert expected in showing.forms(value, kind)


def _probe(*steps: tuple[int, str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    keys = ("session", "sql", "expect", "protocol")
    listed = [dict(zip(keys, (*step, "extended"), strict=True)) for step in steps]
    return {"id": "group/name", "steps": listed} | more


ONE = replaying.Rows("SELECT 1", ("n",), (23,), (("1",),))
CONFLICT = {"ok": False, "sqlstate": "40001", "message": "lost"}
LOST = replaying.Answer(sqlstate="40001", message="lost")
DONE = replaying.Answer((replaying.Rows("COMMIT"),))


@pytest.mark.parametrize(
    "answer",
    [
        replaying.Answer(sqlstate="42601", message="syntax error"),
        replaying.Answer((replaying.Rows("SELECT 2", ("n",), (23,), (("1",), ("1",))),)),
        replaying.Answer((replaying.Rows("SELECT 1", ("m",), (23,), (("1",),)),)),
        replaying.Answer((replaying.Rows("SELECT 1", ("n",), (23,), (("2",),)),)),
        replaying.Answer((replaying.Rows("SELECT 1"),)),
        replaying.Answer((ONE, ONE)),
    ],
    ids=["refused", "more rows", "another column", "another value", "no rows", "another result"],
)
def test_each_kind_of_difference_is_seen(answer: Any) -> None:
    expect = {"ok": True, "tag": "SELECT 1", "columns": ["n"], "rows": [["1"]]}
    assert replaying.differences(_probe((1, "SELECT 1 AS n", expect)), [replaying.Answer((ONE,))]) == []
    assert len(replaying.differences(_probe((1, "SELECT 1 AS n", expect)), [answer])) == 1


def test_a_refusal_has_to_have_the_message_word_for_word() -> None:
    probe = _probe((1, "COMMIT", CONFLICT))
    assert replaying.differences(probe, [LOST]) == []
    assert replaying.differences(probe, [replaying.Answer(sqlstate="40001", message="Lost")])
    assert replaying.differences(probe, [DONE])


def test_in_a_race_it_counts_how_many_lose_not_who() -> None:
    probe = _probe((1, "COMMIT", {"ok": True, "tag": "COMMIT"}), (2, "COMMIT", CONFLICT), conflict_race=True)
    assert replaying.differences(probe, [LOST, DONE]) == []
    assert replaying.differences(probe, [DONE, LOST]) == []
    assert replaying.differences(probe, [DONE, DONE])
    assert replaying.differences(probe, [LOST, LOST])


def test_the_table_replaces_the_one_before() -> None:
    page = "# Page\n\n## How closely it agrees\n\n## What it costs\n\nlater\n"
    once = measure.put_between(page, "How closely it agrees", "| one |", "make it")
    twice = measure.put_between(once, "How closely it agrees", "| two |", "make it")
    assert "| one |" in once
    assert "later" in twice
    assert twice == once.replace("| one |", "| two |")
