"""What holds for every format: stable bytes, portable paths, nothing hostile comes through, nothing loaded unasked."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dsql_migrate.lint import Result, lint_paths, load_rules
from dsql_migrate.lint.output import FORMATS, render
from dsql_migrate.lint.output.json import dumped
from dsql_migrate.lint.output.shown import shown
from dsql_migrate.lint.paths import portable

MIXED = (
    '-- größe\r\nCREATE INDEX "i😀ü" ON\tt (a DESC);\r\n'
    "CREATE TABLE 表 (id int PRIMARY KEY, m money);\r\nTRUNCATE t;\r\n"
)
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_input_gives_the_same_bytes(name: str, linted: Callable[..., Result]) -> None:
    first = render(name, linted(MIXED), rules=load_rules)
    assert "DSQL304" in first
    assert render(name, linted(MIXED), rules=load_rules) == first


@pytest.mark.parametrize("name", FORMATS)
def test_paths_do_not_depend_on_how_a_file_was_named(name: str, linted: Callable[..., Result]) -> None:
    relative = render(name, linted(MIXED, "db/a.sql"))
    assert render(name, lint_paths([os.path.abspath("db/a.sql")])) == relative
    assert render(name, lint_paths(["./db/../db/a.sql"])) == relative
    assert str(Path.cwd()) not in relative


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"json", "jsonl"}))
def test_what_could_steer_a_terminal_or_a_page_is_taken_out(name: str, hostile: Result) -> None:
    text = render(name, hostile)
    text.encode("utf-8")
    if name in ("gitlab", "rdjson"):  # there a path is a key: it is kept, as JSON
        for path in (hostile.findings[0].path, hostile.skipped[0].path):
            text = text.replace(dumped(portable(path)), "")
    assert not STEERING.search(text)


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_keeps_what_it_is_given_in_escapes(name: str, hostile: Result) -> None:
    text = render(name, hostile)
    assert "\\u001b[2J" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", text)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_found_is_said_in_every_format(name: str, linted: Callable[..., Result]) -> None:
    text = render(name, linted("SELECT 1;\n"))
    assert "DSQL" not in text.replace("dsql", "")
    assert text.endswith("\n") or name in ("jsonl", "github")


def test_a_format_is_imported_when_it_is_asked_for() -> None:
    code = (
        "import sys, dsql_migrate.lint.output as o; print([n for n in sys.modules if n.startswith(o.__name__ + '.')])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_character_that_is_unsafe_is_caught_by_the_quick_question() -> None:
    unsafe = [chr(code) for code in range(sys.maxunicode + 1) if STEERING.match(chr(code)) or code in (0x2028, 0xFFFE)]
    assert len(unsafe) > 2100
    assert {shown(character) for character in unsafe} == {"\N{REPLACEMENT CHARACTER}"}
    assert shown("größe 表 😀") == "größe 表 😀"
