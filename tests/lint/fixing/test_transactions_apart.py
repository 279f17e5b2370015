"""Several DDL statements in one transaction: what --unsafe-fixes makes of a project of each tool."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dsql_migrate.cli import lint

ONE = "CREATE TABLE a (id uuid PRIMARY KEY);\n"
TWO = "CREATE TABLE b (id uuid PRIMARY KEY);\n"
OFF_ONE, OFF_TWO = "DROP TABLE b;\n", "DROP TABLE a;\n"


def project(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())


def state(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_bytes().decode() for p in folder.rglob("*") if p.is_file()}


def fix(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(lint.command, ["--fix", "--unsafe-fixes", *arguments, str(folder)])


def changed(folder: Path, files: dict[str, str], *arguments: str) -> dict[str, str]:
    """What is new or other after the fix, which must leave nothing to find and do nothing when run again."""
    project(folder, files)
    result = fix(folder, *arguments)
    after = state(folder)
    assert result.exit_code == 0, result.output
    assert "Fixed 0 " in fix(folder, *arguments).stderr
    assert state(folder) == after
    return {name: content for name, content in after.items() if files.get(name) != content}


def test_goose(tmp_path: Path) -> None:
    text = f"-- +goose Up\n{ONE}{TWO}-- +goose Down\n{OFF_ONE}{OFF_TWO}"
    assert changed(tmp_path, {"1_a.sql": text}) == {"1_a.sql": f"-- +goose NO TRANSACTION\n{text}"}


def test_goose_with_other_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = f"\ufeff-- +goose Up\n{ONE}{TWO}".replace("\n", "\r\n")
    after = text.replace("\ufeff", "\ufeff-- +goose NO TRANSACTION\r\n")
    assert changed(tmp_path, {"1_a.sql": text}) == {"1_a.sql": after}


def test_flyway(tmp_path: Path) -> None:
    made = changed(tmp_path, {"V1__a.sql": ONE + TWO, "V2__b.sql": "CREATE TABLE c (id uuid PRIMARY KEY);\n"})
    assert made == {"V1__a.sql.conf": "executeInTransaction=false\n"}


def test_flyway_with_a_configuration_of_the_script(tmp_path: Path) -> None:
    made = changed(tmp_path, {"V1__a.sql": ONE + TWO, "V1__a.sql.conf": "encoding=UTF-8"})
    assert made == {"V1__a.sql.conf": "encoding=UTF-8\nexecuteInTransaction=false\n"}


def test_what_is_said_already_is_not_changed(tmp_path: Path) -> None:
    project(tmp_path, {"V1__a.sql": ONE + TWO, "V1__a.sql.conf": "executeInTransaction=true\n"})
    before = state(tmp_path)
    result = fix(tmp_path)
    assert state(tmp_path) == before
    assert "says already whether it runs in a transaction" in result.stderr


def test_atlas(tmp_path: Path) -> None:
    made = changed(tmp_path, {"atlas.sum": "h1:x\n", "1_a.sql": f"-- the tables\n{ONE}{TWO}"})
    assert made == {"1_a.sql": f"-- atlas:txmode none\n\n-- the tables\n{ONE}{TWO}"}


def test_atlas_with_a_directive(tmp_path: Path) -> None:
    made = changed(tmp_path, {"atlas.sum": "h1:x\n", "1_a.sql": f"-- atlas:nolint\n\n{ONE}{TWO}"})
    assert made == {"1_a.sql": f"-- atlas:txmode none\n-- atlas:nolint\n\n{ONE}{TWO}"}


def test_liquibase_only_where_it_is_needed(tmp_path: Path) -> None:
    head, first, second = "--liquibase formatted sql\n", "--changeset me:1\n", "--changeset me:2 dbms:postgresql\n"
    third = "CREATE TABLE c (id uuid PRIMARY KEY);\n"
    made = changed(tmp_path, {"a.sql": head + first + third + second + ONE + TWO})
    after = head + first + third + second.replace("\n", " runInTransaction:false\n") + ONE + TWO
    assert made == {"a.sql": after}


def test_golang_migrate_splits_both_sides(tmp_path: Path) -> None:
    made = changed(tmp_path, {"000001_init.up.sql": f"-- all\n{ONE}\n{TWO}", "000001_init.down.sql": OFF_ONE + OFF_TWO})
    assert made == {
        "000001_init.up.sql": f"-- all\n{ONE}",
        "000001_init.down.sql": OFF_TWO,
        "000002_init_2.up.sql": TWO,
        "000002_init_2.down.sql": OFF_ONE,
    }


def test_golang_migrate_leaves_what_has_no_room(tmp_path: Path) -> None:
    files = {"1_a.up.sql": ONE + TWO, "2_b.up.sql": "CREATE TABLE c (id uuid PRIMARY KEY);\n"}
    project(tmp_path, files)
    result = fix(tmp_path)
    assert state(tmp_path) == files
    assert "it would take 2 numbers from 1 on, and 2 is taken" in result.stderr


def test_time_stamps_have_room(tmp_path: Path) -> None:
    files = {"20240101235959_a.up.sql": ONE + TWO, "20240102000005_b.up.sql": "SELECT 1;\n"}
    assert set(changed(tmp_path, files)) == {"20240101235959_a.up.sql", "20240102000000_a_2.up.sql"}


def test_prisma(tmp_path: Path) -> None:
    files = {"migration_lock.toml": "", "01_init/migration.sql": ONE + TWO, "02_next/migration.sql": "SELECT 1;\n"}
    made = changed(tmp_path, files)
    assert made == {"01_init/migration.sql": ONE, "01_init_02/migration.sql": TWO}


def test_prisma_where_a_part_would_come_too_late(tmp_path: Path) -> None:
    files = {"migration_lock.toml": "", "01_a/migration.sql": ONE + TWO, "01_a0/migration.sql": "SELECT 1;\n"}
    project(tmp_path, files)
    assert "would not be run before 01_a0" in fix(tmp_path).stderr
    assert state(tmp_path) == files


def test_dbmate_needs_both(tmp_path: Path) -> None:
    made = changed(
        tmp_path, {"20240101000000_a.sql": f"-- migrate:up\n{ONE}{TWO}\n-- migrate:down\n{OFF_ONE}{OFF_TWO}"}
    )
    assert made["20240101000001_a_2.sql"] == (
        f"-- migrate:up transaction:false\n{TWO}\n-- migrate:down transaction:false\n{OFF_ONE}"
    )
    assert made["20240101000000_a.sql"].count("transaction:false") == 2


def test_sqlx(tmp_path: Path) -> None:
    manifest = '[dependencies]\nsqlx = "0.8"\n'
    made = changed(tmp_path, {"Cargo.toml": manifest, "migrations/1_a.sql": ONE + TWO})
    assert made == {
        "migrations/1_a.sql": f"-- no-transaction\n{ONE}",
        "migrations/2_a_2.sql": f"-- no-transaction\n{TWO}",
    }


def test_diesel(tmp_path: Path) -> None:
    files = {"diesel.toml": "", "migrations/2024-01-01-000000_a/up.sql": ONE + TWO}
    files["migrations/2024-01-01-000000_a/down.sql"] = OFF_ONE + OFF_TWO
    made = changed(tmp_path, files)
    second = "migrations/2024-01-01-000001_a_2"
    assert made[f"{second}/up.sql"] == TWO
    assert made[f"{second}/metadata.toml"] == "run_in_transaction = false\n"
    assert made["migrations/2024-01-01-000000_a/down.sql"] == OFF_TWO


def test_supabase(tmp_path: Path) -> None:
    made = changed(tmp_path, {"supabase/migrations/20240101000000_a.sql": ONE + TWO})
    assert set(made) == {"supabase/migrations/20240101000000_a.sql", "supabase/migrations/20240101000001_a_2.sql"}


def test_django(tmp_path: Path) -> None:
    text = (
        "from django.db import migrations\n\n\nclass Other:\n    pass\n\n\n"
        "class Migration(migrations.Migration):\n    dependencies = []\n\n"
        f"    operations = [\n        migrations.RunSQL({ONE!r}),\n        migrations.RunSQL({TWO!r}),\n    ]\n"
    )
    made = changed(tmp_path, {"shop/migrations/0001_initial.py": text})
    after = text.replace("Migration):\n", "Migration):\n    atomic = False\n")
    assert made == {"shop/migrations/0001_initial.py": after}


def test_alembic(tmp_path: Path) -> None:
    text = (
        'from alembic import op\n\nrevision = "1"\ndown_revision = None\n\n\ndef upgrade():\n    # tables\n'
        f'    op.execute("""\n{ONE}""")\n\n    op.execute({TWO!r})\n\n\n'
        'def downgrade():\n    op.execute("DROP TABLE b")\n'
    )
    made = changed(tmp_path, {"versions/1_a.py": text})
    block = "    with op.get_context().autocommit_block():\n"
    after = text.replace('    op.execute("""', f'{block}        op.execute("""').replace(
        "    op.execute('", "        op.execute('"
    )
    assert made == {"versions/1_a.py": after}


def test_a_scripts_own_transaction(tmp_path: Path) -> None:
    made = changed(tmp_path, {"a.sql": f"BEGIN; -- all or nothing\n{ONE}{TWO}COMMIT;\n"})
    assert made == {"a.sql": f" -- all or nothing\n{ONE}{TWO}"}


def test_a_transaction_that_is_rolled_back_stays(tmp_path: Path) -> None:
    project(tmp_path, {"a.sql": f"BEGIN;\n{ONE}{TWO}ROLLBACK;\n"})
    before = state(tmp_path)
    fix(tmp_path)
    assert state(tmp_path) == before


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (f"SET search_path = a;\n{ONE}{TWO}", "SET search_path is for all statements behind it"),
        (f"{ONE}{TWO}SELEC 1;\n", "cannot be read"),
        (f"{ONE}COMMIT;\n{TWO}{ONE.replace('a', 'c')}", "transactions of its own"),
        (f"BEGIN;\n{ONE}{TWO}ROLLBACK;\n", "transactions of its own"),
    ],
)
def test_what_cannot_be_split(tmp_path: Path, sql: str, reason: str) -> None:
    project(tmp_path, {"1_a.up.sql": sql})
    assert reason in fix(tmp_path).stderr
    assert state(tmp_path) == {"1_a.up.sql": sql}


def test_without_unsafe_fixes_it_is_only_said(tmp_path: Path) -> None:
    project(tmp_path, {"V1__a.sql": ONE + TWO})
    result = CliRunner().invoke(lint.command, ["--fix", str(tmp_path)])
    assert state(tmp_path) == {"V1__a.sql": ONE + TWO}
    assert "1 file has several DDL statements in one transaction: --unsafe-fixes" in result.stderr


def test_the_diff_shows_new_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, {"1_a.up.sql": ONE + TWO})
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(lint.command, ["--diff", "--unsafe-fixes", "."])
    assert "--- /dev/null\n+++ 2_a_2.up.sql\n" in result.stdout
    assert os.listdir() == ["1_a.up.sql"]


def test_a_fix_after_which_the_tool_opens_a_transaction_takes_that_away_too(tmp_path: Path) -> None:
    files = {"V1__a.sql": f"{ONE}CREATE INDEX CONCURRENTLY i ON a (id);\n"}  # for CONCURRENTLY Flyway opens none
    project(tmp_path, files)
    result = CliRunner().invoke(lint.command, ["--fix", str(tmp_path)])
    assert state(tmp_path) == files
    assert "with it there would be DSQL618" in result.stderr
    assert changed(tmp_path, files) == {
        "V1__a.sql": f"{ONE}CREATE INDEX ASYNC i ON a (id);\n",
        "V1__a.sql.conf": "executeInTransaction=false\n",
    }


def test_the_scripts_own_transaction_goes_along_with_the_tools(tmp_path: Path) -> None:
    text = f"-- +goose Up\nBEGIN;\n{ONE}{TWO}COMMIT;\n"
    made = changed(tmp_path, {"1_a.sql": text})
    assert made == {"1_a.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{ONE}{TWO}"}


def test_and_goes_where_a_migration_is_split(tmp_path: Path) -> None:
    files = {"1_a.up.sql": f"BEGIN;\n\n{ONE}\n{TWO}\nCOMMIT;\n", "1_a.down.sql": f"BEGIN;\n{OFF_ONE}{OFF_TWO}COMMIT;\n"}
    made = changed(tmp_path, files)
    assert made["2_a_2.up.sql"].strip() == TWO.strip()
    assert made["1_a.down.sql"].strip() == OFF_TWO.strip()


def test_atlas_wants_its_sums_made_anew(tmp_path: Path) -> None:
    project(tmp_path, {"atlas.sum": "h1:x\n", "1_a.sql": ONE + TWO})
    assert "run atlas migrate hash" in fix(tmp_path).stderr


def test_sql_migrate_only_the_side_that_needs_it(tmp_path: Path) -> None:
    text = f"-- +migrate Up\n{ONE}{TWO}-- +migrate Down\nDROP TABLE a, b;\n"
    assert changed(tmp_path, {"1_a.sql": text}) == {"1_a.sql": text.replace("Up\n", "Up notransaction\n")}


def test_tern_both_sides(tmp_path: Path) -> None:
    between, line = "---- create above / drop below ----\n", "---- tern: disable-tx ----\n"
    files = {"tern.conf": "", "001_a.sql": f"{ONE}{TWO}{between}{OFF_ONE}{OFF_TWO}"}
    made = changed(tmp_path, files)
    assert made == {"001_a.sql": f"{line}{ONE}{TWO}{between}{line}{OFF_ONE}{OFF_TWO}"}


def test_refinery(tmp_path: Path) -> None:
    manifest = '[dependencies]\nrefinery = "0.8"\n'
    made = changed(tmp_path, {"Cargo.toml": manifest, "migrations/V1__a.sql": ONE + TWO})
    assert made["migrations/V2__a_2.sql"] == f"-- refinery:noTransaction\n{TWO}"


def test_hasura(tmp_path: Path) -> None:
    up, folder = ONE + TWO, "migrations/default/1600000000000_a"
    made = changed(
        tmp_path, {"config.yaml": "version: 3\n", f"{folder}/up.sql": up, f"{folder}/down.sql": OFF_ONE + OFF_TWO}
    )
    assert made["migrations/default/1600000000001_a_2/up.sql"] == TWO
    assert made["migrations/default/1600000000001_a_2/down.sql"] == OFF_ONE


@pytest.mark.parametrize("head", ["exports.up = async function (knex) {\n", "export async function up(knex) {\n"])
def test_knex(tmp_path: Path, head: str) -> None:
    text = f"{head}  await knex.raw(`{ONE}`);\n  await knex.raw(`{TWO}`);\n}}\n"
    made = changed(tmp_path, {"migrations/20200101000000_a.js": text})
    said = "export const config =" if head.startswith("export ") else "exports.config ="
    assert made == {"migrations/20200101000000_a.js": f"{text}\n{said} {{ transaction: false }};\n"}


def test_typeorm(tmp_path: Path) -> None:
    head = 'import { MigrationInterface, QueryRunner } from "typeorm";\n\n'
    head += "export class A1600000000000 implements MigrationInterface {\n"
    body = (
        f"  public async up(queryRunner: QueryRunner): Promise<void> {{\n    await queryRunner.query(`{ONE}`);\n"
        f"    await queryRunner.query(`{TWO}`);\n  }}\n\n"
        "  public async down(queryRunner: QueryRunner): Promise<void> {\n  }\n}\n"
    )
    made = changed(tmp_path, {"migrations/1600000000000-a.ts": head + body})
    assert made == {"migrations/1600000000000-a.ts": f"{head}  transaction = false;\n{body}"}


@pytest.mark.parametrize(
    "head", ["exports.up = (pgm) => {\n", "exports.up = pgm => {\n", "export async function up(pgm) {\n"]
)
def test_node_pg_migrate(tmp_path: Path, head: str) -> None:
    text = f"{head}  pgm.sql(`{ONE}`);\n  pgm.sql(`{TWO}`);\n}};\n"
    made = changed(tmp_path, {"migrations/1600000000000_a.js": text})
    assert made == {"migrations/1600000000000_a.js": text.replace("{\n", "{\n  pgm.noTransaction();\n", 1)}


def test_liquibase_in_xml(tmp_path: Path) -> None:
    one = f'  <changeSet id="1" author="me">\n    <sql>{ONE}{TWO}</sql>\n  </changeSet>\n'
    other = '  <changeSet id="2" author="me">\n    <sql>CREATE TABLE c (id uuid PRIMARY KEY);</sql>\n  </changeSet>\n'
    head = '<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">\n'
    made = changed(tmp_path, {"changelog.xml": f"{head}{one}{other}</databaseChangeLog>\n"})
    one = one.replace("<changeSet ", '<changeSet runInTransaction="false" ')
    assert made == {"changelog.xml": f"{head}{one}{other}</databaseChangeLog>\n"}


def test_liquibase_in_yaml(tmp_path: Path) -> None:
    head, rest = "databaseChangeLog:\n  - changeSet:\n", "      id: 1\n      author: me\n      changes:\n"
    rest += f"        - sql:\n            sql: |\n              {ONE}              {TWO}"
    made = changed(tmp_path, {"changelog.yaml": head + rest})
    assert made == {"changelog.yaml": f"{head}      runInTransaction: false\n{rest}"}
