"""SARIF 2.1.0: valid against the schema of the standard, exact places, fixes that can be applied."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dsql_migrate.lint import Result, lint_paths, load_rules
from dsql_migrate.lint.output import render
from dsql_migrate.lint.output.sarif import location

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text("utf-8"))


def sarif(result: Result) -> dict[str, Any]:
    """The run of the log, after it was held against the schema."""
    log = json.loads(render("sarif", result, rules=load_rules))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    assert log["version"] == "2.1.0"
    run: dict[str, Any] = log["runs"][0]
    return run


def test_the_schema_is_not_a_rubber_stamp(linted: Callable[..., Result]) -> None:
    log = json.loads(render("sarif", linted("TRUNCATE t;\n")))
    log["runs"][0]["results"][0]["level"] = "bad"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate(log)


def test_columns_are_code_points_and_ends_are_exclusive(linted: Callable[..., Result]) -> None:
    run = sarif(linted('CREATE TABLE "😀表" (id int PRIMARY KEY,\tm money);\n'))
    assert run["columnKind"] == "unicodeCodePoints"
    (result,) = (r for r in run["results"] if r["ruleId"] == "DSQL101")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 42, "endLine": 1, "endColumn": 47}
    assert 'CREATE TABLE "😀表" (id int PRIMARY KEY,\tm money);'[41:46] == "money"


def test_findings_of_several_lines(linted: Callable[..., Result]) -> None:
    (result,) = sarif(linted("CREATE TABLE t (id int PRIMARY KEY,\r\n\tb text\r\n []);\r\n"))["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 4, "endLine": 3, "endColumn": 4}


def apply(text: str, change: dict[str, Any]) -> str:
    """The text with the replacements made, as the standard says: regions of lines and code points."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    for part in reversed(change["replacements"]):
        region = part["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + part.get("insertedContent", {}).get("text", "") + text[end:]
    return text


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_fixes_can_be_applied_to_the_file(mark: str, linted: Callable[..., Result]) -> None:
    text = '/* 😀 */\r\nCREATE INDEX ASYNC "größe😀" ON\tt (a DESC);\r\n'
    (result,) = sarif(linted(mark + text))["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert apply(text, change) == text.replace(" DESC", "")


def test_a_fix_is_left_out_where_the_file_is_not_what_was_linted(linted: Callable[..., Result]) -> None:
    result = linted("CREATE INDEX i ON t (a);\n")
    assert "fixes" in sarif(result)["results"][0]
    Path("a.sql").write_text("-- another line\nCREATE INDEX i ON t (a);\n")
    assert "fixes" not in sarif(result)["results"][0]
    Path("a.sql").unlink()
    assert "fixes" not in sarif(result)["results"][0]


def test_rules_are_described_once_and_referred_to(linted: Callable[..., Result]) -> None:
    run = sarif(linted("TRUNCATE t;\nTRUNCATE u;\nCREATE INDEX i ON t (a);\n"))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({"DSQL605", "DSQL301"})
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    (truncate,) = (rule for rule in rules if rule["id"] == "DSQL605")
    assert "**Instead.**" in truncate["help"]["markdown"]
    assert truncate["shortDescription"]["text"]
    assert truncate["defaultConfiguration"] == {"level": "error"}


def test_a_rule_that_is_not_at_hand_is_described_by_its_finding(linted: Callable[..., Result]) -> None:
    log = json.loads(render("sarif", linted("TRUNCATE t;\n")))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["id"] == "DSQL605"


def test_fingerprints_stay_when_lines_move(linted: Callable[..., Result]) -> None:
    one, other = (sarif(linted(text))["results"][0] for text in ("TRUNCATE t;\n", "\n\nTRUNCATE t;\n"))
    assert one["partialFingerprints"] == other["partialFingerprints"]


def test_hostile_words_keep_the_log_valid(hostile: Result) -> None:
    run = sarif(hostile)
    assert "](http" not in run["results"][0]["message"]["text"].replace("\\](http", "")
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert [notification["level"] for notification in notifications] == ["warning", "note"]


def test_paths_become_uris(tmp_path: Path) -> None:
    assert location("db/a b#ü:%.sql") == {"uri": "db/a%20b%23%C3%BC%3A%25.sql", "uriBaseId": "%SRCROOT%"}
    assert location("/srv/a b.sql") == {"uri": "file:///srv/a%20b.sql"}
    assert location("../a.sql") == {"uri": (tmp_path.parent / "a.sql").as_uri()}
    assert location("<stdin>") == {"uri": "%3Cstdin%3E"}
    assert location(os.fsdecode(b"\xff.sql")) == {"uri": "%FF.sql", "uriBaseId": "%SRCROOT%"}


def test_severities_become_levels(linted: Callable[..., Result]) -> None:
    result = linted("CREATE TABLE t (id uuid PRIMARY KEY, n numeric);\n")
    assert {r["level"] for r in sarif(result)["results"]} == {"warning"}


def test_a_file_that_could_not_be_read_is_a_notification() -> None:
    Path("db").mkdir()
    Path("db/a.sql").write_bytes(b"\x00\x01binary")
    run = sarif(lint_paths(["db"]))
    assert run["results"] == []
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "db/a.sql"
