"""What GitHub, GitLab and readers of JUnit take: escapes, required fields, counts."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from dsql_migrate.lint import Result, lint_paths
from dsql_migrate.lint.output import render

SPREAD = "CREATE TABLE t (id int PRIMARY KEY, b text\n []);\n"  # the type stands on two lines


# -- GitHub -----------------------------------------------------------------------------------------------------------


def unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """(command, properties, message) of each line, read as the runner reads it."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert match, line
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        found.append((match[1], {key: unescaped(value) for key, value in properties.items()}, unescaped(match[3])))
    return found


def test_an_annotation_has_its_place_and_what_to_do(linted: Callable[..., Result]) -> None:
    (command, properties, message), *_ = commands(render("github", linted("-- ä\nTRUNCATE 表;\n", "db/a,b:c%41.sql")))
    assert command == "error"
    assert properties == {
        "title": "DSQL605 truncate", "file": "db/a,b:c%41.sql", "line": "2", "endLine": "2", "col": "1",
        "endColumn": "9",
    }  # fmt: skip
    assert message.splitlines()[0] == "db/a,b:c%41.sql:2:1: DSQL605 TRUNCATE of 表 is not accepted"


def test_columns_are_left_out_where_a_finding_has_several_lines(linted: Callable[..., Result]) -> None:
    (_, properties, _), *_ = commands(render("github", linted(SPREAD)))
    assert properties["line"] != properties["endLine"]
    assert "col" not in properties


def test_no_script_can_write_a_command_of_its_own(hostile: Result) -> None:
    found = commands(render("github", hostile))
    assert [command for command, _, _ in found] == ["error", "warning", "notice", "warning", "notice"]


# -- GitLab -----------------------------------------------------------------------------------------------------------


def test_issues_have_what_gitlab_requires(linted: Callable[..., Result]) -> None:
    (issue,) = json.loads(render("gitlab", linted("-- ä\n\tTRUNCATE 表;\n", "db/ä.sql")))
    assert issue["check_name"] == "DSQL605"
    assert issue["severity"] == "major"
    assert issue["location"]["path"] == "db/ä.sql"
    assert issue["location"]["lines"] == {"begin": 2, "end": 2}
    assert issue["location"]["positions"]["begin"] == {"line": 2, "column": 2}
    assert "TRUNCATE of 表" in issue["description"]


def test_every_issue_has_a_fingerprint_of_its_own_that_stays(linted: Callable[..., Result]) -> None:
    text = "TRUNCATE t;\nTRUNCATE t;\nTRUNCATE u;\n"
    first, moved = (json.loads(render("gitlab", linted(t))) for t in (text, f"-- one line more\n{text}"))
    assert len({issue["fingerprint"] for issue in first}) == 3
    assert [i["fingerprint"] for i in first] == [i["fingerprint"] for i in moved]


def test_nothing_found_is_an_empty_report(linted: Callable[..., Result]) -> None:
    assert json.loads(render("gitlab", linted("SELECT 1;"))) == []


# -- JUnit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 1), ("warning", 2), ("info", 3), ("never", 0)])
def test_junit_is_red_where_the_exit_code_is_1(fail_on: str, failures: int, hostile: Result) -> None:
    suites = ET.fromstring(render("junit", hostile, fail_on=fail_on))
    assert len(suites.findall(".//failure")) == failures == int(suites.attrib["failures"])
    assert len(suites.findall(".//testcase")) == int(suites.attrib["tests"]) == 4
    assert len(suites.findall(".//system-out")) == 3 - failures
    assert len(suites.findall(".//skipped")) == 1
    assert all(len(case) == 1 for case in suites.iter("testcase"))


def test_junit_keeps_the_words_and_only_the_words(hostile: Result) -> None:
    failure = ET.fromstring(render("junit", hostile)).find(".//failure")
    assert failure is not None
    assert "]]> <b>&amp;" in failure.attrib["message"]
    assert "]]> <b>&amp;" in (failure.text or "")
    assert "😀" in (failure.text or "")


def test_a_clean_file_is_a_case_that_passed(linted: Callable[..., Result]) -> None:
    linted("SELECT 1;", "db/a.sql")
    linted("TRUNCATE t;", "db/b.sql")
    clean, bad = ET.fromstring(render("junit", lint_paths(["db"])))
    assert (clean.attrib["name"], len(clean), len(clean[0])) == ("db/a.sql", 1, 0)
    assert bad[0].attrib["file"] == "db/b.sql"
    assert bad[0].attrib["line"] == "1"


def test_files_of_one_name_in_two_folders_are_two_suites(linted: Callable[..., Result]) -> None:
    for folder in ("x", "y"):
        linted("SELECT 1;", f"{folder}/a.sql")
    names = [suite.attrib["name"] for suite in ET.fromstring(render("junit", lint_paths([str(Path.cwd())])))]
    assert names == ["x/a.sql", "y/a.sql"]
