"""Whatever stands in quarantine.sql has a ledger entry that says why, and what takes its place."""

import json
from pathlib import Path

import pytest
from bundles import CASES, cases, dumps, options_of

from dsql_migrate.rewrite.run import rewrite


def _check(source: Path, out: Path, **options: object) -> None:
    done = rewrite(str(source), out, **options)  # type: ignore[arg-type]
    entries = json.loads((out / "ledger.json").read_text("utf-8"))["entries"]
    told = {entry["line"]: [] for entry in entries}
    for entry in entries:
        if "quarantine.sql" in entry["into"]:
            told[entry["line"]].append(entry)
            assert entry["reason"], entry
            assert entry.get("instead"), entry
            assert entry["disposition"] in ("application", "dropped", "unknown"), entry
    text = (out / "quarantine.sql").read_text("utf-8")
    for statement, reason in done.plan.quarantine:
        assert told.get(statement.line), (statement.line, reason)
        assert any(f"-- Instead: {' '.join(e['instead'].split())}" in text for e in told[statement.line]), reason


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case.relative_to(CASES)))
def test_cases(case: Path, tmp_path: Path) -> None:
    options = options_of(case)
    _check(case / "source.sql", tmp_path / "out", as_of=options.as_of, decisions=options.decisions)


def test_real_dumps(corpus: Path, tmp_path: Path) -> None:
    for name, dump in dumps(corpus):
        _check(dump, tmp_path / name)
