"""Knex, TypeORM, Sequelize, node-pg-migrate: order, transactions, both sides, builder calls, places, what is unread."""

from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.source.migrations import Migration, Project, projects


def claimed(*files: Path) -> Project:
    (found,) = projects([str(file) for file in files], lambda path: Path(path).read_bytes())
    return found


def read(folder: Path, text: str, name: str = "1_a.js") -> Migration:
    file = folder / name
    file.write_text(text)
    project = claimed(file)
    assert project.tool.read is not None
    return project.tool.read(str(file), file.read_bytes(), project)


def statements(found: Migration, direction: str = "up") -> list[str]:
    text = b"\n".join(section.sql for section in found.sections if section.direction == direction).decode()
    return [each.strip() for each in text.split("\n;") if each.strip()]


def knex(body: str) -> str:
    return f"exports.up = async (knex) => {{\n{body}\n}};\nexports.down = (knex) => knex.schema.dropTable('t');\n"


def sequelize(body: str) -> str:
    return (
        "module.exports = {\n  async up(queryInterface, Sequelize) {\n" + body + "\n  },\n"
        "  down: (queryInterface) => queryInterface.dropTable('T'),\n};\n"
    )


def typeorm(body: str, more: str = "", stamp: str = "1600000000000") -> str:
    return (
        f"export class A{stamp} implements MigrationInterface {{\n{more}\n"
        f"  public async up(queryRunner: QueryRunner): Promise<void> {{\n{body}\n  }}\n"
        "  public async down(queryRunner: QueryRunner): Promise<void> { await queryRunner.dropTable('t'); }\n}\n"
    )


def pgm(body: str) -> str:
    return (
        f"exports.up = (pgm) => {{\n{body}\n}};\nexports.down = (pgm) => {{ pgm.noTransaction(); pgm.dropTable('t') }};"
    )


@pytest.mark.parametrize(
    ("text", "tool", "wraps"),
    [
        (knex("await knex.raw('SELECT 1')"), "knex", ["file", "file"]),
        (knex("await knex.raw('SELECT 1')") + "exports.config = { transaction: false }", "knex", ["query", "query"]),
        (sequelize("await queryInterface.sequelize.query('SELECT 1')"), "sequelize", ["query", "query"]),
        (typeorm("await queryRunner.query(`SELECT 1`)"), "typeorm", ["file", "file"]),
        (typeorm("await queryRunner.query(`SELECT 1`)", "transaction = false;"), "typeorm", ["query", "query"]),
        (pgm("pgm.sql('SELECT 1')"), "node-pg-migrate", ["file", "query"]),
    ],
)
def test_each_tool_is_told_by_its_up_and_its_transactions_by_its_own_means(tmp_path, text, tool, wraps):
    found = read(tmp_path, text)
    assert claimed(tmp_path / "1_a.js").tool.name == tool
    assert [section.wrap for section in found.sections] == wraps
    assert [section.direction for section in found.sections] == ["up", "down"]
    assert statements(found)[0] == "SELECT 1"
    assert "drop table" in statements(found, "down")[0].lower()


@pytest.mark.parametrize(
    "text", ["export const up = 1;", "const knex = require('knex')({});\nknex.raw('x')", "let pgm = 1"]
)
def test_other_files_are_left_alone(tmp_path, text):
    (tmp_path / "a.js").write_text(text)
    assert not list(projects([str(tmp_path / "a.js")], lambda path: Path(path).read_bytes()))


def test_typeorm_goes_by_the_time_in_the_class_name(tmp_path):
    (tmp_path / "a.ts").write_text(typeorm("", stamp="1700000000000"))
    (tmp_path / "b.ts").write_text(typeorm("", stamp="1600000000000"))
    assert [Path(file).name for file in claimed(tmp_path / "a.ts", tmp_path / "b.ts").files] == ["b.ts", "a.ts"]


def test_node_pg_migrate_goes_by_number(tmp_path):
    for name in ("10_a.js", "9_b.js"):
        (tmp_path / name).write_text(pgm(""))
    assert [Path(f).name for f in claimed(tmp_path / "10_a.js", tmp_path / "9_b.js").files] == ["9_b.js", "10_a.js"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            knex("await knex.schema.createTable('t', (t) => { "
                 "t.increments('id'); t.string('n').notNullable().unique(); "
                 "t.integer('o').references('id').inTable('os').onDelete('CASCADE'); t.timestamps(true, true); });"),
            ['create table "t" ("id" serial primary key, "n" varchar(255) not null, "o" integer, '
             '"created_at" timestamptz DEFAULT CURRENT_TIMESTAMP not null, '
             '"updated_at" timestamptz DEFAULT CURRENT_TIMESTAMP not null)',
             'ALTER TABLE "t" add constraint "t_n_unique" unique ("n")',
             'ALTER TABLE "t" ADD CONSTRAINT "t_o_foreign" FOREIGN KEY ("o") REFERENCES "os" ("id") on delete CASCADE'],
        ),
        (
            knex("return knex.schema.withSchema('s').table('t', function (t) { t.dropColumn('a'); "
                 "t.text('b').nullable().alter(); }).raw('UPDATE ?? SET a = ?', ['x.y', 1]);"),
            ['ALTER TABLE "s"."t" alter column "b" drop default', 'ALTER TABLE "s"."t" alter column "b" drop not null',
             'ALTER TABLE "s"."t" alter column "b" type text using ("b"::text)',
             'ALTER TABLE "s"."t" drop column "a"', 'UPDATE "x"."y" SET a = $1'],
        ),
        (
            sequelize("await queryInterface.createTable('T', { id: { type: Sequelize.INTEGER, autoIncrement: true, "
                      "primaryKey: true }, k: { type: Sequelize.ENUM('a', 'b'), allowNull: false, "
                      "defaultValue: Sequelize.literal('now()') }, o: { type: Sequelize.UUID, references: "
                      "{ model: 'Os', key: 'id' }, onDelete: 'cascade' } });"),
            ["CREATE TYPE \"enum_T_k\" AS ENUM ('a', 'b')",
             'CREATE TABLE IF NOT EXISTS "T" ("id" SERIAL, "k" "enum_T_k" DEFAULT now() NOT NULL, '
             '"o" UUID REFERENCES "Os" ("id") ON DELETE CASCADE, PRIMARY KEY ("id"))'],
        ),
        (
            typeorm("await queryRunner.createTable(new Table({ name: 't', columns: [{ name: 'id', type: 'int', "
                    "isPrimary: true, isGenerated: true, generationStrategy: 'increment' }, { name: 'n', "
                    "type: 'varchar', length: '9', isNullable: true, default: `'x'` }], "
                    "indices: [{ columnNames: ['n'], name: 'i', isUnique: true }] }));"),
            ['CREATE TABLE "t" ("id" SERIAL NOT NULL, "n" varchar(9) DEFAULT \'x\', PRIMARY KEY ("id"))',
             'CREATE UNIQUE INDEX "i" ON "t" ("n")'],
        ),
        (
            pgm("pgm.createTable('t', { id: 'id', n: { type: 'string', notNull: true, default: pgm.func('f()') }, "
                "o: { type: 'int', references: 'os(id)', onDelete: 'SET NULL' } }); "
                "pgm.createIndex('t', ['n', 'o'], { unique: true });"),
            ['CREATE TABLE "t" ("id" serial PRIMARY KEY, "n" text DEFAULT f() NOT NULL, '
             '"o" integer REFERENCES os(id) ON DELETE SET NULL)',
             'CREATE UNIQUE INDEX "t_n_o_unique_index" ON "t" ("n", "o")'],
        ),
    ],
)  # fmt: skip
def test_builder_calls_are_the_sql_that_the_tool_sends(tmp_path, text, expected):
    found = read(tmp_path, text)
    assert not found.unread
    assert statements(found) == expected


def test_a_transaction_of_sequelize_is_one(tmp_path):
    body = (
        "await queryInterface.removeColumn('T', 'a');\n"
        "await queryInterface.sequelize.transaction(async (t) => {\n"
        "  await queryInterface.removeColumn('T', 'b', { transaction: t });\n"
        "  await queryInterface.sequelize.query('SELECT 1', { transaction: t });\n});"
    )
    ups = [section for section in read(tmp_path, sequelize(body)).sections if section.direction == "up"]
    assert [section.wrap for section in ups] == ["query", "file"]


def test_text_is_known_through_constants_concatenation_and_loops(tmp_path):
    text = "const SCHEMA = 'app';\nconst head = `DROP TABLE ${SCHEMA}.`;\n" + pgm(
        "for (const name of ['a', 'b']) { pgm.sql(head + name); }\n['c'].forEach((n) => { pgm.sql(`DROP VIEW ${n}`) })"
    )
    assert statements(read(tmp_path, text)) == ["DROP TABLE app.a", "DROP TABLE app.b", "DROP VIEW c"]


@pytest.mark.parametrize(
    "text",
    [
        knex("await knex.raw(build())"),
        knex("await helper(knex)"),
        knex("await knex.schema.createTable('t', (t) => { t.strange('x') })"),
        knex("await knex.raw(`SELECT 1 ${where} ORDER`)"),
        sequelize("await queryInterface.strange('x')"),
        typeorm("await queryRunner.manager.save(thing)"),
        pgm("pgm.strange('x')"),
        "import { knex } from 'knex';\nexports.up = knex.migrations.other;\n",
    ],
)
def test_what_is_not_understood_is_told(tmp_path, text):
    assert len(read(tmp_path, text).unread) == 1


@pytest.mark.parametrize(
    "text", [knex("((((" * 5000), knex("`${`${`${" * 3000), pgm("x = /[/]/; pgm.sql('SELECT 1' // )\n)")]
)
def test_odd_programs_do_no_harm(tmp_path, text):
    found = read(tmp_path, text)
    assert found.sections or found.unread


def test_findings_stand_in_the_file_and_escapes_are_undone(tmp_path):
    file = tmp_path / "1_é.js"
    file.write_text(
        pgm(
            "pgm.sql('SELECT \\'é\\\\n\\';\\n TRUNCATE é');\n"
            "pgm.createTable('t', { id: 'uuid', tags: { type: 'text[]' } })"
        )
    )
    found = {finding.code: finding for finding in lint_paths([str(tmp_path)]).findings}
    data = file.read_bytes()
    assert data[found["DSQL605"].start : found["DSQL605"].end] == b"TRUNCATE"
    assert found["DSQL605"].line == 2
    assert data[found["DSQL102"].start : found["DSQL102"].end] == b"text[]"
