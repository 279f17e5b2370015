"""Migrations for several databases side by side: those for others are named as skipped."""

import pytest

from dsql_migrate.lint import lint_paths


def put(folder, name, text="TRUNCATE t;\n"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("folder", ["mysql", "SQLite", "mariadb"])
def test_a_folder_of_another_database_beside_one_of_postgresql_is_skipped_and_said(tmp_path, folder):
    put(tmp_path, "postgres/V1__a.sql")
    other = put(tmp_path, f"{folder}/V1__a.sql")
    result = lint_paths([str(tmp_path)])
    assert [skipped.path for skipped in result.skipped] == [str(other)]
    assert "beside one for PostgreSQL" in result.skipped[0].reason
    assert len(result.files) == 1


def test_a_folder_that_only_bears_the_name_is_read(tmp_path):
    put(tmp_path, "oracle/V1__a.sql")
    result = lint_paths([str(tmp_path)])
    assert not result.skipped
    assert [finding.code for finding in result.findings] == ["DSQL605"]


def test_a_file_that_is_named_is_read_wherever_it_stands(tmp_path):
    put(tmp_path, "postgres/a.sql")
    assert not lint_paths([str(put(tmp_path, "mysql/a.sql"))]).skipped


def test_the_cache_remembers_what_was_skipped(tmp_path, monkeypatch):
    from dsql_migrate.lint import Options
    from dsql_migrate.lint.caching.cached import lint_cached

    monkeypatch.setenv("DSQL_MIGRATE_CACHE_DIR", str(tmp_path / "cache"))
    put(tmp_path, "db/postgres/a.sql")
    other = put(tmp_path, "db/mysql/a.sql")
    for _ in range(2):
        result = lint_cached([str(tmp_path / "db")], None, Options())
        assert [skipped.path for skipped in result.skipped] == [str(other)]


def test_a_folder_for_postgresql_that_comes_later_is_seen_through_the_cache(tmp_path, monkeypatch):
    from dsql_migrate.lint import Options
    from dsql_migrate.lint.caching.cached import lint_cached

    monkeypatch.setenv("DSQL_MIGRATE_CACHE_DIR", str(tmp_path / "cache"))
    put(tmp_path, "db/mysql/a.sql")
    assert lint_cached([str(tmp_path / "db/mysql")], None, Options()).findings
    (tmp_path / "db/postgres").mkdir()
    assert not lint_cached([str(tmp_path / "db/mysql")], None, Options()).findings
