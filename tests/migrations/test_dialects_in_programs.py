"""Programs for several databases: the side of a decision that PostgreSQL takes, and calls that send nothing."""

from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.source.migrations import Migration, projects

HEAD = 'from alembic import op\nimport sqlalchemy as sa\nrevision = "a"\ndown_revision = None\n\n'


def read(folder: Path, body: str, functions: str = "") -> Migration:
    file = folder / "a.py"
    indented = "\n".join("    " + line for line in body.splitlines())
    file.write_text(f"{HEAD}{functions}\n\ndef upgrade():\n{indented}\n\ndef downgrade():\n    pass\n")
    (project,) = projects([str(file)], lambda path: Path(path).read_bytes())
    assert project.tool.read is not None
    return project.tool.read(str(file), file.read_bytes(), project)


def sent(migration: Migration) -> str:
    return b"".join(section.sql for section in migration.sections).decode().replace("\n;", ";").strip()


@pytest.mark.parametrize(
    "test",
    [
        'op.get_bind().dialect.name == "mysql"',
        'bind.engine.name == "mysql"',
        "engine.name == MYSQL_ENGINE",
        'bind.dialect.name in {"mysql", "mssql"}',
        'bind.dialect.name not in ("postgresql",)',
        'not bind.dialect.name == "postgresql"',
        "isinstance(bind.dialect, MySQLDialect)",
        "not isinstance(bind.dialect, postgresql.dialect)",
        'connection.engine.name.startswith("mysql")',
        '"mysql" in inspector.dialect.dialect_description',
        'bind.dialect.name == "mysql" and is_old(bind)',
    ],
)
def test_what_is_for_another_database_is_not_sent(tmp_path, test):
    assert sent(read(tmp_path, f'if {test}:\n    op.execute("ALTER TABLE t MODIFY c INT")')) == ""


@pytest.mark.parametrize(
    "test",
    [
        "isinstance(bind.dialect, PGDialect)",
        '"sqlite" not in inspector.dialect.dialect_description',
        'bind.dialect.name == "postgresql" or is_new(bind)',
        'bind.dialect.name in ("postgresql", "mysql")',
    ],
)
def test_what_is_for_postgresql_is_sent_and_the_other_side_is_not(tmp_path, test):
    body = f'if {test}:\n    op.execute("SELECT 1")\nelse:\n    op.execute("SELECT 2")'
    assert sent(read(tmp_path, body)) == "SELECT 1;"


def test_a_variable_remembers_the_decision(tmp_path):
    body = 'is_mysql = bind.dialect.name == "mysql"\nif is_mysql:\n    op.execute("SHOW ENGINES")'
    assert sent(read(tmp_path, body)) == ""


def test_nothing_is_sent_behind_a_return_that_postgresql_reaches(tmp_path):
    body = 'if bind.dialect.name == "postgresql":\n    op.execute("SELECT 1")\n    return\nop.execute("PRAGMA x")'
    assert sent(read(tmp_path, body)) == "SELECT 1;"


def test_a_return_that_may_not_be_reached_ends_nothing(tmp_path):
    assert sent(read(tmp_path, 'if too_old():\n    return\nop.execute("SELECT 1")')) == "SELECT 1;"


def test_the_type_of_a_choice_is_that_for_postgresql(tmp_path):
    body = 'op.add_column("t", sa.Column("c", sa.JSON() if bind.dialect.name == "postgresql" else sa.Text()))'
    assert '"c" JSON' in sent(read(tmp_path, body))


@pytest.mark.parametrize(
    "call",
    ['print("x")', 'logger.info("x")', "session.commit()", "rows[0].append(1)", "setattr(a, 'b', 1)", "json.dumps({})"],
)
def test_calls_that_send_nothing_are_not_told(tmp_path, call):
    assert not read(tmp_path, call).unread


def test_rows_of_a_session_are_told(tmp_path):
    found = read(tmp_path, "session.add(User())\nsession.commit()")
    assert [part.reason for part in found.unread] == ["rows that the session sends are not read"]


def test_a_function_that_calls_itself_is_followed_once(tmp_path):
    found = read(tmp_path, "walk(3)", 'def walk(n):\n    op.execute("SELECT 1")\n    walk(n - 1)\n')
    assert (sent(found), found.unread) == ("SELECT 1;", ())


def test_one_reason_is_told_once_a_file_with_the_number_of_its_places(tmp_path):
    read(tmp_path, "mystery()\nother()\nmystery()\nmystery()")
    messages = [finding.message for finding in lint_paths([str(tmp_path)]).findings]
    assert messages == ["what mystery() does is not known (and 2 more in this file)", "what other() does is not known"]


def test_a_program_with_a_word_of_another_database_is_not_left_out(tmp_path):
    read(tmp_path, 'op.execute("ALTER TABLE t MODIFY c INT")\nop.execute("TRUNCATE t")  # of `t`')
    result = lint_paths([str(tmp_path)])
    assert not result.skipped
    assert {finding.code for finding in result.findings} >= {"DSQL906", "DSQL605"}


KNEX = "exports.up = async function (knex) {\n%s\n};\nexports.down = async function (knex) {};\n"


@pytest.mark.parametrize(
    "test",
    [
        "knex.client.config.client === 'mysql2'",
        "!knex.client.config.client.includes('pg')",
        "!(knex.client.config.client === 'pg')",
        "a === 'b' && client.includes('mysql')",
        "['mysql', 'mysql2'].includes(client)",
    ],
)
def test_what_javascript_sends_to_another_database_is_not_read(tmp_path, test):
    (tmp_path / "1_a.js").write_text(KNEX % f"if ({test}) {{ await knex.raw('ALTER TABLE t MODIFY c INT') }}")
    assert not lint_paths([str(tmp_path)]).findings


def test_javascript_that_returns_for_postgresql_sends_nothing_behind_it(tmp_path):
    body = "if (knex.client.config.client === 'pg') { return; }\nawait knex.raw('ALTER TABLE t MODIFY c INT');"
    (tmp_path / "1_a.js").write_text(KNEX % body)
    assert not lint_paths([str(tmp_path)]).findings


def test_the_runner_of_a_pattern_has_its_usual_name(tmp_path):
    text = "class A1700000000000 {\n  async up({ queryRunner, escape }) { await queryRunner.query('TRUNCATE t'); }\n}\n"
    (tmp_path / "1700000000000-A.js").write_text(text)
    assert [finding.code for finding in lint_paths([str(tmp_path)]).findings] == ["DSQL605"]
