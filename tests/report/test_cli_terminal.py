"""Progress and summary on the terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.cli.terminal import Progress, amount_of, summary
from dsql_migrate.report import build
from dsql_migrate.report.visible import cells

Document = dict[str, Any]


def test_the_summary(ledger: Document, verification: Document) -> None:
    verified = "Verified. 325 of 325 objects accounted for, 46,273 of 46,273 rows equal."
    rewritten = "36 foreign keys validated after load, 30 indexes async, 18 serial keys → identity …"
    moved, dropped = "15 triggers, 4 functions, 1 materialized view", "1 index, 15 comments, 15 owners, 6 settings"
    unproved = "4 functions, materialized view public.rental_by_category …"
    expected = [
        f"{verified:<94}as of 2026-09-15",
        "",
        "  kept           159",
        f"  rewritten      109    {rewritten}",
        f"  application     20    {moved:<60}app/python, quarantine.sql",
        f"  dropped         37    {dropped:<72}decisions.yaml",
        f"  unproved         7    {unproved}",
        "",
        "Next: read out/report.html · adopt out/app/python · read out/quarantine.sql · review out/decisions.yaml",
        "      dsql-migrate apply out --dsn …",
    ]
    told = summary(build(ledger, verification, []), Path("out"), color=False, width=110)
    assert told.splitlines() == expected


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_summary_fits_the_width(ledger: Document, verification: Document, width: int) -> None:
    for state in (verification, None):
        told = summary(build(ledger, state, []), Path("out"), color=False, width=width)
        assert len(told.splitlines()) <= 24
        assert max(cells(line) for line in told.splitlines()) <= width


def test_colour_changes_nothing_but_colour(ledger: Document, verification: Document) -> None:
    report = build(ledger, verification, [])
    plain, painted = (summary(report, Path("out"), color=color, width=90) for color in (False, True))
    assert "\x1b[1;32mVerified." in painted
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", painted).splitlines()] == plain.splitlines()


def test_what_failed_is_told_first(ledger: Document, verification: Document) -> None:
    verification["checks"][5] |= {"ok": False, "detail": "public.film differs"}
    for table in verification["tables"]:
        if table["name"] == "public.film":
            table |= {"rows_target": 999, "digest_target": "00"}
    lines = summary(build(ledger, verification, []), Path("out"), color=False, width=100).splitlines()
    assert lines[0].startswith("Not verified. 325 of 325 objects accounted for, 45,273 of 46,273 rows equal.")
    assert lines[2:4] == [
        "  ✗ rows: public.film differs",
        "  ✗ public.film: 1,000 rows in the source, 999 in the target, digests different",
    ]


def test_names_cannot_steer_the_terminal(ledger: Document, verification: Document) -> None:
    ledger["entries"][-1] |= {"name": "x\x1b[2J\u202e\r", "kind": "\x07", "proof": "unproved: \x1b]0;owned\x07"}
    ledger["as_of"] = "\x1b[31m"
    verification["checks"][0] |= {"ok": False, "detail": "\x1b[31m"}
    told = summary(build(ledger, verification, []), Path("o\x1bt x"), color=False, width=100)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", told)
    assert told.count("\n") < 24


def test_a_command_can_be_pasted(ledger: Document, verification: Document) -> None:
    told = summary(build(ledger, verification, []), Path("my out"), color=False, width=110)
    assert "dsql-migrate apply 'my out' --dsn" in told


def test_progress_away_from_a_terminal_is_one_line_a_stage() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        reading = progress.stage("Reading", 3_100_000, "bytes", label="shop\x1b.sql")
        reading.advance(1_000_000)
        reading.advance(2_100_000)
        reading.done()
        reading.done()
        progress.stage("Rewriting", None, "objects").done("42 tables, 61 keys")
        replaying = progress.stage("Replaying", None, "rows")
        replaying.advance(46_273)
        replaying.done()
    assert stream.getvalue().splitlines() == [
        "Reading    shop\\u001b.sql   3.1 MB",
        "Rewriting  42 tables, 61 keys",
        "Replaying  46,273 rows",
    ]


def test_progress_on_a_terminal_draws_bars() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with Progress(stream, mode="bars") as progress:
        stage = progress.stage("Reading", 100, "bytes", label="[red]shop[/red].sql")
        stage.advance(50)
        stage.done()
        progress.stage("Replaying", None, "rows").done("46,273 rows")
    told = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert "[red]shop[/red].sql   100 bytes" in told
    assert "100 %" in told
    assert "46,273 rows" in told


def test_silent_progress_says_nothing() -> None:
    stream = io.StringIO()
    Progress(stream, mode="silent").stage("Reading", 1, "rows").done("all")
    assert stream.getvalue() == ""


def test_amounts() -> None:
    told = [amount_of(n, "bytes") for n in (1, 999, 3_100_000, 5 * 10**9, 10**15)]
    assert told == ["1 byte", "999 bytes", "3.1 MB", "5.0 GB", "1000.0 TB"]
    assert [amount_of(n, "rows") for n in (1, 46_273)] == ["1 row", "46,273 rows"]
