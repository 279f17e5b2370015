"""What people and programs read."""

import json
from pathlib import Path

from dsql_migrate.lint import lint_paths
from dsql_migrate.lint.output import json as as_json
from dsql_migrate.lint.output import text


def test_code_frame(tmp_path: Path) -> None:
    file = tmp_path / "V7.sql"
    file.write_text("-- größe\nCREATE INDEX ASYNC orders_placed ON orders (placed_at DESC);\n")
    assert text.render(lint_paths([str(file)])).splitlines() == [
        f"{file}:2:55: error DSQL304 index-sort-order: DESC on index key placed_at is not accepted [fixable]",
        "  |",
        "2 | CREATE INDEX ASYNC orders_placed ON orders (placed_at DESC);",
        "  |                                                       ^^^^",
        "  = DSQL answers 0A000: specifying sort order not supported for index keys",
        "  = Leave the order out. Where one query needs mixed directions, sort in the application or index a negated "
        "expression; dsql-migrate explain DSQL304",
        "",
        "1 error in 1 of 1 file; 1 fixable.   As of 2026-09-15.",
    ]


def test_carets_stand_under_wide_characters_and_tabs(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("\tCREATE TABLE 表 (id uuid PRIMARY KEY, m money);\n", encoding="utf-8")
    lines = text.render(lint_paths([str(file)])).splitlines()
    # the tab is shown as four blanks, the wide letter takes two cells
    assert lines[2] == "1 |     CREATE TABLE 表 (id uuid PRIMARY KEY, m money);"
    assert lines[3].index("^") == lines[2].index("money") + 1


def test_a_script_cannot_steer_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text('CREATE TABLE "\x1b[2J\u202eevil" (id money);\n', encoding="utf-8")
    shown = text.render(lint_paths([str(file)]))
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_quiet_and_colour(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("TRUNCATE t;\n")
    result = lint_paths([str(file)])
    assert len(text.render(result, frames=False, summary=False).splitlines()) == 1
    assert "\x1b[1;31m" in text.render(result, color=True)


def test_nothing_found(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("SELECT 1;\n")
    assert text.render(lint_paths([str(file)])) == "Nothing found in 1 file.   As of 2026-09-15.\n"


def test_json_has_the_agreed_shape_and_is_the_same_each_time(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("CREATE INDEX i ON t (a);\n")
    rendered = as_json.render(lint_paths([str(file)]))
    assert rendered == as_json.render(lint_paths([str(file)]))
    document = json.loads(rendered)
    assert document["schema_version"] == 1
    assert document["summary"] == {"files": 1, "skipped": 0, "errors": 1, "warnings": 0, "infos": 0}
    (finding,) = document["findings"]
    assert set(finding) == {
        "path", "line", "column", "end_line", "end_column", "start", "end", "code", "name", "severity", "message",
        "sqlstate", "server_message", "help", "since", "object", "fix",
    }  # fmt: skip
    assert finding["fix"] == {"applicability": "safe", "edits": [{"start": 12, "end": 12, "text": " ASYNC"}]}
