"""The measuring scripts: the generated dump is whole, and the linter beside us gets DDL it can read."""

import importlib
import io
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dsql_migrate.rewrite.run import rewrite


@pytest.fixture
def make_dump(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(project / "benchmarks"))
    return importlib.import_module("make_dump")


@pytest.fixture
def corpus_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(project / "benchmarks"))
    monkeypatch.delitem(sys.modules, "corpus", raising=False)
    return importlib.import_module("corpus")


def test_a_dump_has_the_size_asked_for_and_is_the_same_each_time(make_dump: ModuleType) -> None:
    one, two = io.BytesIO(), io.BytesIO()
    rows = make_dump.write(one, 2_000_000)
    make_dump.write(two, 2_000_000)
    assert one.getvalue() == two.getvalue()
    assert len(one.getvalue()) == pytest.approx(2_000_000, rel=0.15)
    assert rows > 20_000
    assert one.getvalue().count(b"\n\\.\n") == 4


def test_rows_of_types_that_dsql_lacks_are_all_converted(make_dump: ModuleType, tmp_path: Path) -> None:
    with (tmp_path / "typed.sql").open("wb") as out:
        count = make_dump.write_typed(out, 300_000)
    done = rewrite(str(tmp_path / "typed.sql"), tmp_path / "out")
    assert done.totals.troubles == []
    assert done.ledger["source"]["rows"] == count
    assert (tmp_path / "out" / "quarantine.sql").read_text().count("\n") < 60


@pytest.mark.parametrize(("given", "size"), [("50MB", 50_000_000), ("1gb", 10**9), ("1.5KB", 1500), ("123", 123)])
def test_sizes(make_dump: ModuleType, given: str, size: int) -> None:
    assert make_dump.size_in_bytes(given) == size


def test_waiting_for_a_job_is_no_ddl(corpus_run: ModuleType) -> None:
    script = """\
CREATE INDEX ASYNC i ON t (a) \\gset
CALL sys.wait_for_job(:'job_id') \\gset
\\if :succeeded
\\else
  SELECT 'index i was not built: see sys.jobs'::boolean;
\\endif
ALTER TABLE ONLY t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (a) NOT VALID;
"""
    assert corpus_run.ddl_only(script) == (
        "CREATE INDEX ASYNC i ON t (a);\n"
        "ALTER TABLE ONLY t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (a) NOT VALID;\n"
    )


def test_a_false_alarm_has_a_name_and_anything_else_does_not(corpus_run: ModuleType) -> None:
    known = {"rule": "parse_error", "statement_preview": "COMMENT ON FUNCTION public.f(integer) IS 'x';"}
    assert corpus_run.named(known) == "comment-on-function"
    assert "other_rule" in corpus_run.named(known | {"rule": "other_rule"})


def test_migrations_are_not_dumps(corpus_run: ModuleType, tmp_path: Path) -> None:
    for name in ("shop/shop.sql", "mig-tool/V1__a.sql", "two/a.sql", "two/b.sql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [name for name, _ in corpus_run.dumps(tmp_path)] == ["shop", "two/a", "two/b"]


def test_the_page_on_recorded_answers_is_what_the_script_says(
    project: Path, conformance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix of docs/conformance.md is the one that a run gives; the other linter's part needs the other linter."""
    monkeypatch.syspath_prepend(str(project / "benchmarks"))
    script = importlib.import_module("conformance")
    record = json.loads((conformance / "cluster-record.json").read_text("utf-8"))
    cases = [case for case in script.recorded(record) if case.sqlstate not in script.AT_RUN_TIME]
    cases += script.executed(conformance, "2026-09-15")
    ours, _ = script.measure(cases, None)
    assert not any(score.missed or score.alarms for score in ours.values())
    page = (project / "docs" / "conformance.md").read_text("utf-8")
    assert script._row("dsql-migrate lint", ours.values(), worded=True) in page
