"""The files that `make bench` lints, made of the demo's dump where there is no corpus."""

import sys
from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def made(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("DSQL_MIGRATE_CORPUS", str(tmp_path / "none"))
    import make_lint_input

    yield make_lint_input
    sys.modules.pop("make_lint_input", None)


def test_as_many_migrations_as_were_asked_for_and_all_of_them_are_read(made, tmp_path):
    paths = made.write_migrations(tmp_path / "db", 60)
    assert len(paths) == 60
    found = lint_paths([str(tmp_path / "db")])
    assert len(found.files) == 60
    assert not [finding for finding in found.findings if finding.code == "DSQL901"]


def test_no_create_table_stands_twice_in_a_schema(made, tmp_path):
    text = made.write_schema(tmp_path / "s.sql", 3_000).read_text()
    tables = [line for line in text.splitlines() if line.startswith("CREATE TABLE")]
    assert len(tables) > 20
    assert len(set(tables)) == len(tables)
    assert 3_000 <= text.count("\n") < 3_200


def test_one_file_is_about_as_long_as_asked_for(made, tmp_path):
    assert 30 <= made.write_one(tmp_path / "one.sql", 50).read_text().count("\n") <= 70


def test_a_part_of_a_page_takes_the_place_of_the_one_with_its_heading(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from measure import put_section

    page = tmp_path / "page.md"
    put_section(page, "# One\n\n1\n")
    put_section(page, "# Two\n\n2\n")
    put_section(page, "# One\n\nnew\n")
    assert page.read_text() == "# One\n\nnew\n\n# Two\n\n2\n"
