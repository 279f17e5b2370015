"""Rails: order, transactions, both sides, calls as SQL, heredocs and their places, what is unread."""

from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.source.migrations import Migration, Project, projects


def claimed(*files: Path) -> Project:
    (found,) = projects([str(file) for file in files], lambda path: Path(path).read_bytes())
    return found


def migration(body: str, version: str = "[7.0]", head: str = "") -> str:
    return f"class A < ActiveRecord::Migration{version}\n  {head}\n{body}\nend\n"


def read(folder: Path, text: str) -> Migration:
    file = folder / "20200101000000_a.rb"
    file.write_text(text)
    project = claimed(file)
    assert project.tool.name == "rails"
    assert project.tool.read is not None
    return project.tool.read(str(file), file.read_bytes(), project)


def change(folder: Path, body: str, version: str = "[7.0]") -> Migration:
    return read(folder, migration(f"  def change\n{body}\n  end", version))


def statements(found: Migration, direction: str = "up") -> list[str]:
    text = b"\n".join(section.sql for section in found.sections if section.direction == direction).decode()
    return [each.strip() for each in text.split("\n;") if each.strip()]


def test_migrations_run_by_the_time_in_their_names(tmp_path):
    for name in ("20200101000000_b.rb", "3_a.rb"):
        (tmp_path / name).write_text(migration("  def change\n  end"))
    found = claimed(tmp_path / "20200101000000_b.rb", tmp_path / "3_a.rb")
    assert [Path(file).name for file in found.files] == ["3_a.rb", "20200101000000_b.rb"]


def test_other_ruby_is_left_alone(tmp_path):
    (tmp_path / "a.rb").write_text("class A < Base\n  def up\n  end\nend\n")
    assert not list(projects([str(tmp_path / "a.rb")], lambda path: Path(path).read_bytes()))


@pytest.mark.parametrize(("head", "wraps"), [("", ["file", "file"]), ("disable_ddl_transaction!", ["query", "query"])])
def test_a_migration_is_one_transaction_unless_it_says_not(tmp_path, head, wraps):
    body = "  def up\n    execute 'SELECT 1'\n  end\n  def down\n    execute 'SELECT 2'\n  end"
    found = read(tmp_path, migration(body, head=head))
    assert [(s.wrap, s.direction) for s in found.sections] == list(zip(wraps, ["up", "down"], strict=True))


@pytest.mark.parametrize(
    ("body", "up", "down"),
    [
        (
            "create_table :ts, id: :uuid do |t|\n t.string :a, :b, null: false, limit: 9\n t.jsonb :c, default: {}\n"
            " t.references :org, foreign_key: true\n t.timestamps\nend",
            ['CREATE TABLE "ts" ("id" uuid DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY, '
             '"a" character varying(9) NOT NULL, "b" character varying(9) NOT NULL, "c" jsonb DEFAULT \'{}\', '
             '"org_id" bigint, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL)',
             'CREATE INDEX "index_ts_on_org_id" ON "ts" ("org_id")',
             'ALTER TABLE "ts" ADD CONSTRAINT "fk_rails_a017871377" FOREIGN KEY ("org_id") REFERENCES "orgs" ("id")'],
            ['DROP TABLE "ts"'],
        ),
        (
            "add_column :ts, :a, :decimal, precision: 8, scale: 2, :null => false, default: -> { 'f()' }",
            ['ALTER TABLE "ts" ADD "a" decimal(8,2) DEFAULT f() NOT NULL'],
            ['ALTER TABLE "ts" DROP COLUMN "a"'],
        ),
        (
            "add_index :ts, %i[a b], unique: true, using: :gin, algorithm: :concurrently, order: { b: :desc }",
            ['CREATE UNIQUE INDEX CONCURRENTLY "index_ts_on_a_and_b" ON "ts" USING gin ("a", "b" DESC)'],
            ['DROP INDEX CONCURRENTLY "index_ts_on_a_and_b"'],
        ),
        (
            "rename_column :ts, :a, :b\nchange_column_null :ts, :b, false, 0",
            ['ALTER TABLE "ts" RENAME COLUMN "a" TO "b"', 'UPDATE "ts" SET "b"=0 WHERE "b" IS NULL',
             'ALTER TABLE "ts" ALTER COLUMN "b" SET NOT NULL'],
            ['ALTER TABLE "ts" ALTER COLUMN "b" DROP NOT NULL', 'ALTER TABLE "ts" RENAME COLUMN "b" TO "a"'],
        ),
        (
            "enable_extension 'pgcrypto'\ncreate_enum :mood, ['a', 'b']",
            ['CREATE EXTENSION IF NOT EXISTS "pgcrypto"', "CREATE TYPE \"mood\" AS ENUM ('a', 'b')"],
            ['DROP TYPE "mood"', 'DROP EXTENSION IF EXISTS "pgcrypto" CASCADE'],
        ),
        (
            "reversible do |dir|\n  dir.up { execute 'SELECT 1' }\n  dir.down { execute 'SELECT 2' }\nend",
            ["SELECT 1"],
            ["SELECT 2"],
        ),
        (
            "change_table :ts, bulk: true do |t|\n  t.remove :a\n  t.integer :b, limit: 2\nend",
            ['ALTER TABLE "ts" ADD "b" smallint', 'ALTER TABLE "ts" DROP COLUMN "a"'],
            [],
        ),
    ],
)  # fmt: skip
def test_calls_are_the_sql_that_rails_sends(tmp_path, body, up, down):
    found = change(tmp_path, body)
    assert not found.unread
    assert statements(found) == up
    assert statements(found, "down") == down


def test_keys_of_old_versions_are_integers(tmp_path):
    found = change(tmp_path, "create_table :ts do |t|\n t.references :o, index: false\nend", "[5.0]")
    assert statements(found) == ['CREATE TABLE "ts" ("id" serial primary key, "o_id" integer)']


def test_a_base_of_the_project_itself_has_a_version_of_its_own(tmp_path):
    text = "class A < Gitlab::Database::Migration[2.1]\n  def change\n    create_table :ts\n  end\nend\n"
    assert statements(read(tmp_path, text)) == ['CREATE TABLE "ts" ("id" bigserial primary key)']


def test_text_is_known_through_constants_heredocs_and_loops(tmp_path):
    body = (
        "  NAMES = %w[a b].freeze\n  def change\n    NAMES.each do |name|\n      execute <<~SQL.squish\n"
        "        DROP TABLE\n          #{name}\n      SQL\n    end\n    execute(\"DROP VIEW \" + 'c')\n"
        "    helper\n  end\n\n  def helper\n    execute %q(DROP VIEW d ())\n  end"
    )
    found = statements(read(tmp_path, migration(body)))
    assert found == ["DROP TABLE\n  a", "DROP TABLE\n  b", "DROP VIEW c", "DROP VIEW d ()"]


@pytest.mark.parametrize(
    "body",
    [
        "execute build_sql",
        "strange :x",
        "create_table :ts do |t|\n  t.strange\nend",
        "create_view :v",
        'execute "SELECT 1 #{clause} ORDER"',
        "User.update_all(a: 1)",
    ],
)
def test_what_is_not_understood_is_told(tmp_path, body):
    assert len(change(tmp_path, body).unread) == 1


@pytest.mark.parametrize("text", ["(" * 3000, '"#{' * 2000, "<<~A\n", "def x(" * 50, "end\n" * 50, "%w[", "{ a: "])
def test_odd_programs_do_no_harm(tmp_path, text):
    found = read(tmp_path, migration("  def up\n    execute 'SELECT 1'\n  end") + text)
    assert found.sections or found.unread


def test_findings_stand_in_the_heredoc_and_at_the_call(tmp_path):
    file = tmp_path / "1_a.rb"
    file.write_text(
        migration(
            "  def change\n    # é\n    create_table :é do |t|\n      t.text :tags, array: true\n    end\n"
            "    execute <<~SQL, 'x'\n      SELECT 'é';\n        TRUNCATE é;\n    SQL\n  end"
        )
    )
    found = {finding.code: finding for finding in lint_paths([str(tmp_path)]).findings}
    data = file.read_bytes()
    assert data[found["DSQL605"].start : found["DSQL605"].end] == b"TRUNCATE"
    assert (found["DSQL605"].line, found["DSQL605"].column) == (10, 9)
    assert data[found["DSQL102"].start : found["DSQL102"].end] == b"text"
    assert data[found["DSQL401"].start : found["DSQL401"].end].startswith(b"create_table :\xc3\xa9 do |t|")
