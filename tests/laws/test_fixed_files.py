"""Law: what --fix leaves without a finding is taken by the engine, and by dsql-lint, AWS's own linter."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bundles import PROJECT
from witnesses import Witnessed, witnessed

from dsql_migrate.lint import Options, lint_paths, load_rules
from dsql_migrate.lint.fixing.run import Fixing, fix_paths
from dsql_migrate.lint.result import Result
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces
from dsql_migrate.target import load_target

sys.path.insert(0, str(PROJECT / "benchmarks"))
from corpus import FALSE_ALARMS, named

RULES = load_rules()
TARGET = load_target()
TOOL = shutil.which("dsql-lint") or str(Path(sys.executable).parent / "dsql-lint")
KNOWN = frozenset(alarm.name for alarm in FALSE_ALARMS)
IDIOM = "serial_sequence_idiom"  # SET DEFAULT nextval(…) is accepted since 2026-07-06; its advice is another table
LARGEST = 400_000  # bytes


def fixed(text: bytes) -> tuple[bytes, Result]:
    """A script with all its fixes, and what is left to find."""

    def run(*, contents: Mapping[str, bytes], whole: bool = False) -> Result:
        return lint_paths(["-"], TARGET, RULES, None, contents)

    made = fix_paths(["-"], run, Options(), Fixing(unsafe=True), text)
    return (made.changes[0].after if made.changes else text), made.result


def examples() -> Iterator[Any]:
    """What every rule with a fix makes of its own examples, where the rule applies on the newest day."""
    for rule in RULES:
        for number, example in enumerate(rule.examples):
            if example.get("fixed") and "as_of" not in example and rule.active(TARGET):
                given = f"{example['given']};\n" if "given" in example else ""
                yield pytest.param(f"{given}{example['fixed']};\n".encode(), id=f"{rule.code}-{number}")


def scripts() -> list[Any]:
    folder = PROJECT.parent / "shared" / "corpus"
    found = sorted(path for path in folder.rglob("*.sql") if path.stat().st_size < LARGEST)
    return [pytest.param(path, id=str(path.relative_to(folder))) for path in found]


@cache
def of_script(path: Path) -> tuple[bytes, Result]:
    return fixed(path.read_bytes())


@pytest.mark.parametrize("text", list(examples()))
def test_the_engine_takes_every_fixed_example(text: bytes) -> None:
    assert [str(met) for met in witnessed(text, TARGET) if met.refusal] == []


@pytest.mark.parametrize("path", scripts())
def test_statements_without_a_finding_are_taken_by_the_engine(path: Path) -> None:
    """Statements that were as they are before the fix are the matter of test_two_witnesses.py."""
    before = {met.sql for met in witnessed(path.read_bytes(), TARGET)}
    after, _ = of_script(path)
    found = list(witnessed(after, TARGET))
    reported = {name for met in found if met.codes and (name := _domain(met.sql))}
    new = [met for met in found if met.sql not in before and met.refusal and not met.codes and not met.unread]
    assert [str(met) for met in new if not _known(met, reported)] == []


def _domain(sql: str) -> str | None:
    """The name of the domain that a statement makes."""
    made = re.match(r"create\s+domain\s+(?:\w+\.)?(\w+)", sql, re.IGNORECASE)
    return made[1] if made else None


def _known(met: Witnessed, reported: set[str]) -> bool:
    """Columns of a type or domain whose making lint reports; elements of CREATE SCHEMA, which the policy judges."""
    unmade = re.fullmatch(r'type "[^"]+" does not exist', met.refusal or "") is not None
    column = re.fullmatch(r"datatype (\w+) not supported", met.refusal or "")
    return unmade or (column is not None and column[1] in reported) or met.sql.lower().startswith("create schema")


def _without_rows(script: bytes) -> bytes:
    """The SQL of a script: dsql-lint reads neither the rows of COPY nor the lines for psql."""
    with source_of(script) as source:
        return b"".join(piece.text for piece in pieces(source) if piece.kind == "sql" and piece.keyword != "copy")


@pytest.mark.skipif(not Path(TOOL).exists(), reason="dsql-lint is not installed")
@pytest.mark.parametrize("path", scripts())
def test_clean_files_are_clean_to_dsql_lint(path: Path, tmp_path: Path) -> None:
    after, result = of_script(path)
    if any(finding.severity == "error" for finding in result.findings):
        pytest.skip("not all of it can be fixed")
    file = tmp_path / "fixed.sql"
    file.write_bytes(_without_rows(after))
    said = subprocess.run([TOOL, "--format", "json", str(file)], capture_output=True, text=True, check=False)
    found = json.loads(said.stdout)["files"] if said.stdout.strip() else []
    assert [d for each in found for d in each["diagnostics"] if named(d) not in KNOWN and d["rule"] != IDIOM] == []
