"""Applied migrations are left alone; what could be fixed in them may become a new one."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import lint
from dsql_migrate.errors import Failure
from dsql_migrate.lint.fixing.follow_up import next_name, statements
from dsql_migrate.lint.fixing.history import means

INDEX = "CREATE INDEX {} ON t (a);\n"
TABLE = "CREATE TABLE t (id uuid PRIMARY KEY, a text);\n"


@pytest.fixture
def flyway(tmp_path: Path) -> Path:
    (tmp_path / "V1__t.sql").write_text(TABLE)
    for number, name in ((2, "x"), (3, "y")):
        (tmp_path / f"V{number}__{name}.sql").write_text(INDEX.format(name))
    return tmp_path


def fix(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(lint.command, ["--fix", *arguments, str(folder)], catch_exceptions=False)


@pytest.mark.parametrize("last", ["2", "V2", "V2__x.sql", "V2__x", "{}/V2__x.sql"])
def test_migrations_up_to_the_last_applied_one_stay(flyway: Path, last: str) -> None:
    result = fix(flyway, "--start-after", last.format(flyway))
    assert (flyway / "V2__x.sql").read_text() == INDEX.format("x")
    assert (flyway / "V3__y.sql").read_text() == "CREATE INDEX ASYNC y ON t (a);\n"
    assert result.exit_code == 1
    assert "1 finding could be fixed in V2__x.sql of the history" in result.stderr


def test_history_is_edited_when_that_is_said(flyway: Path) -> None:
    assert fix(flyway, "--start-after", "3", "--allow-history").exit_code == 0
    assert (flyway / "V2__x.sql").read_text() == "CREATE INDEX ASYNC x ON t (a);\n"


def test_a_new_migration_follows_up(flyway: Path) -> None:
    fix(flyway, "--start-after", "3", "--follow-up")
    assert (flyway / "V2__x.sql").read_text() == INDEX.format("x")
    made = (flyway / "V4__dsql_follow_up.sql").read_text()
    assert "CREATE INDEX ASYNC IF NOT EXISTS x ON t (a);\n" in made
    assert "CREATE INDEX ASYNC IF NOT EXISTS y ON t (a);\n" in made
    assert "CREATE TABLE" not in made
    assert (flyway / "V4__dsql_follow_up.sql.conf").read_text() == "executeInTransaction=false\n"


def test_what_was_followed_up_once_is_not_again(flyway: Path) -> None:
    fix(flyway, "--start-after", "3", "--follow-up")
    before = sorted(path.name for path in flyway.iterdir())
    fix(flyway, "--start-after", "3", "--follow-up")
    assert sorted(path.name for path in flyway.iterdir()) == before


def test_a_follow_up_of_a_tool_that_sends_files_whole_is_several(tmp_path: Path) -> None:
    (tmp_path / "0001_t.up.sql").write_text(TABLE + INDEX.format("x"))
    (tmp_path / "0002_u.up.sql").write_text(INDEX.format("y"))
    fix(tmp_path, "--start-after", "0002_u", "--follow-up")
    made = {path.name: path.read_text() for path in tmp_path.iterdir() if "follow_up" in path.name}
    assert set(made) == {
        f"{number}_dsql_follow_up{part}.{side}.sql"
        for number, part in (("0003", ""), ("0004", "_2"))
        for side in ("up", "down")
    }
    assert "IF NOT EXISTS y" in made["0004_dsql_follow_up_2.up.sql"]


def test_a_version_that_is_not_there(flyway: Path) -> None:
    with pytest.raises(Failure, match="no migration is called so"):
        fix(flyway, "--start-after", "9")


def test_what_is_written_again_defines_and_does_not_write() -> None:
    before = b"CREATE EXTENSION x; CREATE SEQUENCE s; TRUNCATE t; INSERT INTO t VALUES (uuid_generate_v4());"
    after = b"CREATE SEQUENCE s CACHE 65536; DELETE FROM t; INSERT INTO t VALUES (gen_random_uuid());"
    assert list(statements(before, after)) == [b"CREATE SEQUENCE IF NOT EXISTS s CACHE 65536"]


@pytest.mark.parametrize(
    ("names", "following"),
    [
        (["V1__a.sql", "V13.1__b.sql", "R__c.sql"], "V14__dsql_follow_up"),
        (["001_a.sql", "009_b.sql", "README"], "010_dsql_follow_up"),
        (["20240101235959_a.sql"], "20240102000000_dsql_follow_up"),
        (["2024-01-01-000000_a", "00000000000000_diesel_initial_setup"], "2024-01-01-000001_dsql_follow_up"),
        (["01_init", "02_b", "migration_lock.toml"], "03_dsql_follow_up"),
    ],
)
def test_the_next_name_is_numbered_as_the_others_are(names: list[str], following: str) -> None:
    assert next_name(names) == following


def test_a_version_is_no_part_of_another() -> None:
    assert means("db/V1.2__a.sql", "1.2")
    assert means("0001_init/migration.sql", "1")
    assert not means("db/V12__a.sql", "1")
    assert not means("db/V1__2.sql", "2")
