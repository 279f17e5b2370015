"""What people and programs read."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dsql_migrate.lint import Edit, Fix, Result, lint_paths
from dsql_migrate.lint.output import concise, full, render
from dsql_migrate.lint.output import json as as_json
from dsql_migrate.lint.output.summary import runs_line, summary_line
from dsql_migrate.lint.result import Run


def test_code_frame(tmp_path: Path) -> None:
    file = tmp_path / "V7.sql"
    file.write_text("-- größe\nCREATE INDEX ASYNC orders_placed ON orders (placed_at DESC);\n")
    assert render("full", lint_paths([str(file)])).splitlines() == [
        "V7.sql:2:55: error DSQL304 index-sort-order: DESC on index key placed_at is not accepted [fixable]",
        "  |",
        "2 | CREATE INDEX ASYNC orders_placed ON orders (placed_at DESC);",
        "  |                                                       ^^^^",
        "  = DSQL answers 0A000: specifying sort order not supported for index keys",
        "  = Leave the order out. Where one query needs mixed directions, sort in the application or index a negated "
        "expression; dsql-migrate explain DSQL304",
        "",
        "1 error in 1 of 1 file; 1 fixable with --fix.   As of 2026-09-15.",
    ]


def test_carets_stand_under_wide_characters_and_tabs(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("\tCREATE TABLE 表 (id uuid PRIMARY KEY, m money);\n", encoding="utf-8")
    lines = full.render(lint_paths([str(file)])).splitlines()
    # the tab is shown as four blanks, the wide letter takes two cells
    assert lines[2] == "1 |     CREATE TABLE 表 (id uuid PRIMARY KEY, m money);"
    assert lines[3].index("^") == lines[2].index("money") + 1


def test_a_script_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text('CREATE TABLE "\x1b[2J\u202eevil" (id money);\n', encoding="utf-8")
    shown = full.render(lint_paths([str(file)]))
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_quiet_and_colour(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("TRUNCATE t;\n")
    result = lint_paths([str(file)])
    assert len(full.render(result, quiet=True).splitlines()) == 1
    assert "\x1b[1;31m" in full.render(result, color=True)


def test_nothing_found(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("SELECT 1;\n")
    assert full.render(lint_paths([str(file)])) == "Nothing found in 1 file.   As of 2026-09-15.\n"


def test_json_has_the_agreed_shape_and_is_the_same_each_time(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("CREATE INDEX i ON t (a);\n")
    rendered = as_json.render(lint_paths([str(file)]))
    assert rendered == as_json.render(lint_paths([str(file)]))
    document = json.loads(rendered)
    assert document["schema_version"] == 1
    assert document["summary"] == {
        "files": 1, "skipped": 0, "errors": 1, "warnings": 0, "infos": 0, "suppressed": 0, "baselined": 0,
    }  # fmt: skip
    (finding,) = document["findings"]
    assert set(finding) == {
        "path", "line", "column", "end_line", "end_column", "start", "end", "code", "name", "severity", "message",
        "sqlstate", "server_message", "help", "since", "object", "fix",
    }  # fmt: skip
    assert finding["fix"] == {"applicability": "safe", "edits": [{"start": 12, "end": 12, "text": " ASYNC"}]}


def test_concise_is_a_line_a_finding(linted: Callable[..., Result]) -> None:
    result = linted("TRUNCATE 表 CASCADE;\nCREATE INDEX i ON t (a);\n")
    assert concise.render(result).splitlines() == [
        "a.sql:1:1: error DSQL605 truncate: TRUNCATE of 表 is not accepted",
        "a.sql:2:8: error DSQL301 index-async: indexes are built in the background only [fixable]",
        "2 errors in 1 of 1 file; 1 fixable with --fix.   As of 2026-09-15.",
    ]
    assert len(concise.render(result, quiet=True).splitlines()) == 2


def test_json_lines_are_the_findings_of_the_json(linted: Callable[..., Result]) -> None:
    result = linted('TRUNCATE "a\nb";\nCREATE INDEX i ON t (a);\n')
    lines = [json.loads(line) for line in render("jsonl", result).splitlines()]
    assert lines == json.loads(render("json", result))["findings"]


def test_text_is_another_name_for_full(linted: Callable[..., Result]) -> None:
    result = linted("TRUNCATE t;")
    assert render("text", result) == render("full", result)


FLYWAY = Run("Flyway", "db/migration", 31, "one transaction a file", "flyway.toml")
GOOSE = Run("goose", "internal/db", 4, "one transaction a file")
PSQL = Run("psql", "", 2, "one statement at a time")


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ((), ""),
        ((PSQL,), ""),
        ((FLYWAY,), "Flyway, one transaction a file"),
        ((replace(PSQL, sends="one transaction a file"),), "psql, one transaction a file"),
        ((FLYWAY, replace(FLYWAY, root="x/migration")), "Flyway in 2 folders, one transaction a file"),
        (
            (FLYWAY, GOOSE, PSQL),
            "Flyway in db/migration, one transaction a file; goose in internal/db, one transaction a file; "
            "psql, one statement at a time",
        ),
        (tuple(replace(GOOSE, title=f"t{n}") for n in range(5)), None),
    ],
    ids=["nothing", "psql", "one", "another way", "folders", "several", "many"],
)
def test_the_tools_are_told_in_a_few_words(runs: tuple[Run, ...], said: str | None, hostile: Result) -> None:
    line = runs_line(replace(hostile, runs=runs))
    assert line.endswith("; and 2 more") if said is None else line == said


def test_the_summary_tells_the_tool_and_what_was_left_out(linted: Callable[..., Result]) -> None:
    result = replace(linted("LOCK t;"), runs=(FLYWAY,), suppressed=2, baselined=12, notes=("look here",))
    assert summary_line(result) == (
        "Flyway, one transaction a file. 1 error in 1 of 1 file; 2 ignored by a comment; 12 in the baseline."
        "   As of 2026-09-15."
    )
    assert full.render(result).splitlines()[-2] == "note: look here"
    document = json.loads(render("json", result))
    assert document["summary"]["suppressed"] == 2
    assert document["summary"]["baselined"] == 12
    assert document["notes"] == ["look here"]
    assert document["runs"] == [
        {"title": "Flyway", "root": "db/migration", "files": 31, "sends": "one transaction a file",
         "evidence": "flyway.toml"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("applicabilities", "said"),
    [
        (("safe", "safe", "unsafe"), "2 fixable with --fix, 1 more with --unsafe-fixes"),
        (("unsafe", "manual", "manual"), "1 fixable with --unsafe-fixes"),
        (("manual", "manual", "manual"), "file.   "),
    ],
)
def test_fixes_are_counted_by_what_applies_them(applicabilities: tuple[str, ...], said: str, hostile: Result) -> None:
    edits = (Edit(0, 1, ""),)
    pairs = zip(hostile.findings, applicabilities, strict=True)
    findings = tuple(replace(f, fix=Fix(applicability, edits)) for f, applicability in pairs)  # type: ignore[arg-type]
    result = replace(hostile, findings=findings, skipped=(), suppressed=0)
    assert said in summary_line(result)
    tails = {"safe": "[fixable]", "unsafe": "[fixable with --unsafe-fixes]", "manual": "😀"}
    lines = concise.render(result, quiet=True).splitlines()
    for line, applicability in zip(lines, applicabilities, strict=True):
        assert line.endswith(tails[applicability])


def test_carets_of_a_finding_of_several_lines_end_with_the_line(linted: Callable[..., Result]) -> None:
    lines = full.render(linted("CREATE TABLE t (id int PRIMARY KEY,\r\n\tb text\r\n []);\r\n")).splitlines()
    assert lines[2:4] == ["2 |     b text", "  |       ^^^^"]


def test_json_says_in_which_body_a_finding_stands(linted: Callable[..., Result]) -> None:
    result = linted("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ TRUNCATE t $$;\n")
    inside = [finding for finding in json.loads(render("json", result))["findings"] if "within" in finding]
    assert [(finding["code"], finding["within"]) for finding in inside] == [("DSQL605", "function f")]
