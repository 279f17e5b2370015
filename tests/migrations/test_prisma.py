"""Prisma: a folder a migration, each one query."""

import pytest

from dsql_migrate.lint import lint_paths

TWO = "CREATE TABLE a (id uuid PRIMARY KEY, n int);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"
LOCK = {"prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n'}


def test_folders_run_by_name(folder):
    names = [f"prisma/migrations/{name}/migration.sql" for name in ("0_init", "20230101_a", "20240101_b")]
    made = folder({**LOCK, **dict.fromkeys(reversed(names), TWO)})
    assert made.order() == names
    assert made.tool() == ["Prisma: migration_lock.toml"]
    assert made.codes() == ["DSQL618"] * 3


def test_a_migration_named_alone_is_recognised_and_knows_those_before_it(folder):
    made = folder(
        {
            **LOCK,
            "prisma/migrations/1_a/migration.sql": "CREATE TABLE m (id uuid PRIMARY KEY, j jsonb);",
            "prisma/migrations/2_b/migration.sql": "CREATE INDEX ASYNC i ON m (j);",
        }
    )
    alone = made.lint("prisma/migrations/2_b/migration.sql")
    assert [run.title for run in alone.runs] == ["Prisma"]
    assert len(alone.files) == 1
    assert [finding.code for finding in alone.findings] == ["DSQL207"]


@pytest.mark.parametrize(
    ("version", "codes"), [("^5.22.0", ["DSQL618"]), ("7.3.1", ["DSQL618"]), ("~7.4.0", []), ("8.0.0", [])]
)
def test_newer_versions_split_a_script_into_statements(folder, version, codes):
    package = {"package.json": f'{{"devDependencies": {{"prisma": "{version}"}}}}'}
    made = folder({**LOCK, **package, "prisma/migrations/1_a/migration.sql": TWO})
    assert made.codes() == codes
    # a statement that only DSQL has keeps it from splitting
    made = folder({"prisma/migrations/1_a/migration.sql": TWO + "CREATE INDEX ASYNC i ON a (n);"})
    assert made.codes() == ["DSQL618"]


@pytest.mark.corpus
def test_umami(corpus):
    result = lint_paths([str(corpus / "mig-prisma-umami")])
    assert [(run.title, run.files) for run in result.runs] == [("Prisma", 19)]
    assert [file.split("/")[-2][:2] for file in result.files] == [f"{n:02}" for n in range(1, 20)]
    assert not result.skipped
    assert not [finding for finding in result.findings if finding.code == "DSQL901"]
