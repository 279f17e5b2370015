"""golang-migrate: a file a side, each one query."""

import pytest

from dsql_migrate.lint import lint_paths

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_files_run_by_number_each_way_back_behind_its_way(folder):
    names = ["1_a.up.sql", "1_a.down.sql", "2_b.up.sql", "10_c.up.sql", "10_c.down.sql"]
    made = folder(dict.fromkeys(sorted(names), "SELECT 1;"))
    assert made.order() == names
    assert made.tool() == ["golang-migrate: name 1_a.up.sql"]


def test_a_file_is_one_query(folder):
    assert folder({"1_a.up.sql": TWO, "1_a.down.sql": "DROP TABLE a;\nDROP TABLE b;"}).found() == [
        ("1_a.up.sql", 2, 1, "DSQL618"),
        ("1_a.down.sql", 2, 1, "DSQL618"),
    ]


def test_a_commit_inside_begins_another_transaction(folder):
    assert folder({"1_a.up.sql": TWO.replace(";\nCREATE", ";COMMIT;\nCREATE")}).codes() == []


def test_a_way_back_is_not_learned(folder):
    made = folder(
        {
            "1_a.up.sql": "CREATE TABLE m (id uuid PRIMARY KEY, j jsonb);",
            "1_a.down.sql": "DROP TABLE m;",
            "2_b.up.sql": "CREATE INDEX ASYNC i ON m (j);",
        }
    )
    assert made.found() == [("2_b.up.sql", 1, 28, "DSQL207")]


def test_queries_beside_the_migrations_are_scripts(folder):
    made = folder({"migration/1_a.up.sql": "SELECT 1;", "query/account.sql": TWO})
    assert made.tool() == ["golang-migrate: name 1_a.up.sql", "psql: "]
    assert made.codes() == []


@pytest.mark.corpus
def test_simplebank(corpus):
    result = lint_paths([str(corpus / "mig-golangmigrate-simplebank")])
    assert [(run.title, run.files) for run in result.runs] == [("golang-migrate", 10), ("psql", 6)]
    assert not result.skipped
    assert "DSQL618" in {finding.code for finding in result.findings if "000001_init_schema.up" in finding.path}
    assert not [finding for finding in result.findings if finding.code == "DSQL901"]
