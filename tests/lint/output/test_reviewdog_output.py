"""rdjson: columns are bytes of UTF-8, ends are exclusive, a fix is one replacement."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.lint import Edit, Fix, Result
from dsql_migrate.lint.output import render


def diagnostics(result: Result) -> list[dict[str, Any]]:
    document = json.loads(render("rdjson", result))
    assert document["source"] == {"name": "dsql-migrate"}
    found: list[dict[str, Any]] = document["diagnostics"]
    return found


def cut(data: bytes, span: dict[str, Any]) -> bytes:
    """The bytes of a range, as the format defines it."""
    starts = [0, *(at + 1 for at, byte in enumerate(data) if byte == 10)]
    start, end = (starts[span[side]["line"] - 1] + span[side]["column"] - 1 for side in ("start", "end"))
    return data[start:end]


LINES = {
    "ascii": "CREATE TABLE t (id int PRIMARY KEY, m money);\n",
    "two bytes": "-- ü\nCREATE TABLE größe (id int PRIMARY KEY, m money);\n",
    "astral": 'CREATE TABLE "😀" (id int PRIMARY KEY, m money);\n',
    "tabs and CRLF": "\r\n\tCREATE TABLE 表\t(id int PRIMARY KEY,\r\n\t\t\tm\tmoney);\r\n",
    "long line": f"SELECT '{'ü' * 400}'; CREATE TABLE t (id int PRIMARY KEY, m money);\n",
}


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
@pytest.mark.parametrize("gone", [False, True], ids=["file at hand", "file gone"])
def test_columns_are_bytes(text: str, gone: bool, linted: Callable[..., Result]) -> None:
    result = linted(text)
    if gone:
        Path("a.sql").unlink()
    (found,) = (d for d in diagnostics(result) if d["code"]["value"] == "DSQL101")
    span = found["location"]["range"]
    if gone and "ü" * 400 in text:
        assert span == {"start": {"line": 1}, "end": {"line": 1}}  # the line's beginning is not known any more
    else:
        assert cut(text.encode(), span) == b"money"


def test_a_fix_is_a_suggestion(linted: Callable[..., Result]) -> None:
    text = '-- ä\r\nCREATE INDEX ASYNC "😀" ON t (a DESC);\r\n'
    (found,) = diagnostics(linted(text))
    (suggestion,) = found["suggestions"]
    assert cut(text.encode(), suggestion["range"]) == b" DESC"
    assert suggestion["text"] == ""


def fixed(result: Result, applicability: Any, *edits: Edit) -> Result:
    (finding,) = result.findings
    return replace(result, findings=(replace(finding, fix=Fix(applicability, edits)),))


def test_edits_that_belong_together_become_one_replacement(linted: Callable[..., Result]) -> None:
    text = "TRUNCATE größe, 表;\n"
    result = fixed(linted(text), "unsafe", Edit(17, 17, "!"), Edit(0, 8, "DELETE FROM"))
    (suggestion,) = diagnostics(result)[0]["suggestions"]
    assert suggestion["text"] == "DELETE FROM größe,!"
    assert cut(text.encode(), suggestion["range"]) == "TRUNCATE größe,".encode()


def test_what_a_person_has_to_finish_is_no_suggestion(linted: Callable[..., Result]) -> None:
    result = linted("TRUNCATE t;\n")
    assert "suggestions" not in diagnostics(fixed(result, "manual", Edit(0, 8, "DELETE FROM")))[0]
    overlapping = fixed(result, "safe", Edit(0, 8, "x"), Edit(4, 9, "y"))
    assert "suggestions" not in diagnostics(overlapping)[0]


def test_skipped_files_are_diagnostics_of_a_whole_file(hostile: Result) -> None:
    last = diagnostics(hostile)[-1]
    assert last["message"].startswith("skipped: ")
    assert set(last["location"]) == {"path"}


def test_a_line_without_end_does_not_cost_its_square(linted: Callable[..., Result]) -> None:
    text = f"SELECT '{'x' * 1_100_000}'; " + "CREATE INDEX i ON t (a); " * 3
    found = diagnostics(linted(text))
    assert [d["location"]["range"] for d in found] == [{"start": {"line": 1}, "end": {"line": 1}}] * 3
    assert not any("suggestions" in d for d in found)
