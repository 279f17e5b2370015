"""Scripts of other databases in a folder are skipped and named; one that was named itself is linted all the same."""

from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.lint.dialects import dialect_of


@pytest.mark.parametrize(
    ("sql", "database"),
    [
        ("CREATE TABLE `users` (`id` INTEGER UNSIGNED NOT NULL);", "MySQL"),
        ("CREATE TABLE t (id INT AUTO_INCREMENT) ENGINE=InnoDB;", "MySQL"),
        ("CREATE TABLE t (id Int64) ENGINE = ReplacingMergeTree ORDER BY id;", "ClickHouse"),
        ("CREATE TABLE [dbo].[t] (id int IDENTITY(1,1));\nGO\n", "SQL Server"),
        ("CREATE TABLE t (id NUMBER(10), name VARCHAR2(20 CHAR));", "Oracle"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);", "SQLite"),
    ],
)
def test_a_folder_may_hold_scripts_of_others(tmp_path: Path, sql: str, database: str) -> None:
    (tmp_path / "a.sql").write_text(sql)
    (tmp_path / "b.sql").write_text("TRUNCATE t;")
    assert dialect_of(sql.encode()) == database
    result = lint_paths([str(tmp_path)])
    assert [(skipped.path, skipped.reason) for skipped in result.skipped] == [
        (str(tmp_path / "a.sql"), f"a script for {database}")
    ]
    assert [finding.code for finding in result.findings] == ["DSQL605"]


def test_one_that_was_named_is_linted(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("CREATE TABLE `users` (`id` int);")
    result = lint_paths([str(file)])
    assert [finding.code for finding in result.findings] == ["DSQL901"]


def test_what_is_quoted_gives_nothing_away() -> None:
    assert dialect_of(b"SELEC '`a`', \"`b`\", $$`c`$$; -- `d`\n/* GO */") is None


def test_a_program_may_keep_statements_for_others(tmp_path: Path) -> None:
    folder = tmp_path / "migrations" / "versions"
    folder.mkdir(parents=True)
    (folder / "1_a.py").write_text(
        "from alembic import op\nrevision = '1'\ndown_revision = None\n\n\ndef upgrade():\n"
        "    if mysql():\n"
        "        op.execute('ALTER TABLE t MODIFY a LONGTEXT')\n"
        "    else:\n"
        "        op.execute('TRUNCATE t')\n"
    )
    found = [(finding.line, finding.name, finding.message) for finding in lint_paths([str(tmp_path)]).findings]
    assert (8, "unread-migration-code", "a statement for MySQL") in found
    assert "unreadable-statement" not in [name for _, name, _ in found]
    assert (10, "truncate") in [(line, name) for line, name, _ in found]
