"""Alembic: the order of revisions, both sides, transactions, operations as SQL, places in the Python file."""

from pathlib import Path

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.source.migrations import Migration, Project, projects

HEAD = "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects import postgresql\n"


def revision(folder: Path, name: str, down: str, body: str, downgrade: str = "pass") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.py"
    indented = "\n".join("    " + line for line in body.splitlines())
    file.write_text(
        f'{HEAD}revision = "{name}"\ndown_revision = {down}\n\ndef upgrade():\n{indented}\n\n'
        f"def downgrade():\n    {downgrade}\n"
    )
    return file


def project_of(folder: Path) -> Project:
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    (found,) = projects(files, lambda path: Path(path).read_bytes())
    return found


def read(folder: Path, body: str, downgrade: str = "pass") -> Migration:
    file = revision(folder, "a", "None", body, downgrade)
    project = project_of(folder)
    assert project.tool.read is not None
    return project.tool.read(str(file), file.read_bytes(), project)


def sql(folder: Path, body: str) -> str:
    migration = read(folder, body)
    assert not migration.unread
    return b"".join(section.sql for section in migration.sections).decode().replace("\n;", ";")


def test_revisions_run_in_the_order_of_their_links_not_of_their_names(tmp_path):
    revision(tmp_path, "zz", "None", "pass")
    revision(tmp_path, "mm", '"zz"', "pass")
    revision(tmp_path, "bb", '"zz"', "pass")
    revision(tmp_path, "aa", '("mm", "bb")', "pass")
    project = project_of(tmp_path)
    assert project.tool.title == "Alembic"
    assert [Path(file).stem for file in project.files][0::3] == ["zz", "aa"]


def test_a_file_that_only_mentions_revisions_is_not_claimed(tmp_path):
    (tmp_path / "notes.py").write_text('revision = "x"\n')
    assert not list(projects([str(tmp_path / "notes.py")], lambda path: Path(path).read_bytes()))


def test_up_and_down_side_are_sections_of_one_transaction_each(tmp_path):
    migration = read(tmp_path, 'op.execute("SELECT 1")\nop.execute("SELECT 2")', 'op.drop_table("t")')
    assert [(s.direction, s.wrap) for s in migration.sections] == [("up", "file"), ("down", "file")]
    assert migration.sections[0].sql.count(b"SELECT") == 2


def test_an_autocommit_block_sends_each_statement_alone(tmp_path):
    body = (
        'op.drop_table("a")\n'
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("i", "t", ["a"], postgresql_concurrently=True)\n'
        '    op.drop_table("b")\n'
        'op.drop_table("c")'
    )
    assert [s.wrap for s in read(tmp_path, body).sections] == ["file", "query", "query", "file"]


def test_an_environment_in_autocommit_sends_each_statement_alone(tmp_path):
    (tmp_path / "env.py").write_text('engine = create_engine(url, isolation_level="AUTOCOMMIT")\n')
    file = revision(tmp_path / "versions", "a", "None", 'op.drop_table("a")\nop.drop_table("b")')
    project = project_of(tmp_path / "versions")
    assert project.tool.read is not None
    assert [s.wrap for s in project.tool.read(str(file), file.read_bytes(), project).sections] == ["query", "query"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'op.create_table("t", sa.Column("id", sa.Integer(), nullable=False), sa.Column("n", sa.String(length=9)), '
            'sa.PrimaryKeyConstraint("id"))',
            'CREATE TABLE "t" ("id" SERIAL NOT NULL, "n" VARCHAR(9), PRIMARY KEY ("id"));',
        ),
        (
            'op.create_table("t", sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False), '
            'sa.Column("p", sa.ForeignKey("s.o.id", ondelete="CASCADE")), schema="s")',
            'CREATE TABLE "s"."t" ("id" BIGINT NOT NULL, "p" INTEGER, PRIMARY KEY ("id"), '
            'FOREIGN KEY("p") REFERENCES "s"."o" ("id") ON DELETE CASCADE);',
        ),
        (
            'op.create_table("t", sa.Column("a", sa.Enum("x", "y", name="e")), sa.Column("b", postgresql.JSONB(), '
            'server_default=sa.text("\'{}\'::jsonb")), sa.Column("c", sa.DateTime(timezone=True), '
            "server_default=sa.func.now()))",
            'CREATE TYPE "e" AS ENUM (\'x\', \'y\');\nCREATE TABLE "t" ("a" "e", "b" JSONB DEFAULT \'{}\'::jsonb, '
            '"c" TIMESTAMP WITH TIME ZONE DEFAULT now());',
        ),
        (
            'op.add_column("t", sa.Column("x", sa.Integer(), nullable=False, server_default="0"))',
            'ALTER TABLE "t" ADD COLUMN "x" INTEGER DEFAULT \'0\' NOT NULL;',
        ),
        (
            'op.alter_column("t", "x", type_=sa.Numeric(10, 2), nullable=False, server_default=None)',
            'ALTER TABLE "t" ALTER COLUMN "x" SET NOT NULL;\nALTER TABLE "t" ALTER COLUMN "x" TYPE NUMERIC(10, 2);\n'
            'ALTER TABLE "t" ALTER COLUMN "x" DROP DEFAULT;',
        ),
        (
            'op.create_index(op.f("i"), "t", [sa.text("lower(a)"), "b"], unique=True, postgresql_using="gin")',
            'CREATE UNIQUE INDEX "i" ON "t" USING gin (lower(a), "b");',
        ),
        (
            'with op.batch_alter_table("t", schema="s") as batch:\n    batch.drop_column("a")\n'
            '    batch.create_foreign_key("f", "o", ["a"], ["id"])',
            'ALTER TABLE "s"."t" DROP COLUMN "a";\n'
            'ALTER TABLE "s"."t" ADD CONSTRAINT "f" FOREIGN KEY("a") REFERENCES "o" ("id");',
        ),
        (
            't = sa.table("t", sa.column("a"))\nop.bulk_insert(t, [{"a": 1}, {"a": "it\'s"}])',
            "INSERT INTO \"t\" (\"a\") VALUES (1), ('it''s');",
        ),
        ('postgresql.ENUM("x", name="e").create(op.get_bind())', "CREATE TYPE \"e\" AS ENUM ('x');"),
    ],
)
def test_operations_are_the_sql_that_alembic_sends(tmp_path, body, expected):
    assert sql(tmp_path, body).strip() == expected


def test_sql_is_known_through_constants_formats_and_functions_of_the_file(tmp_path):
    body = (
        'NAMES = ["a", "b"]\n'
        "def both(name):\n    op.execute(f'DROP VIEW {name}')\n"
        "for name in NAMES:\n    both(name)\n"
        'op.execute("DROP TABLE %s" % ("c",))\n'
        'op.execute(sa.text("DROP TABLE {}".format("d") + " CASCADE"))'
    )
    assert sql(tmp_path, body).split(";\n") == [
        "DROP VIEW a", "DROP VIEW b", "DROP TABLE c", "DROP TABLE d CASCADE", ""
    ]  # fmt: skip


def test_a_function_of_the_file_gives_back_what_it_makes(tmp_path):
    body = (
        'def stamp(name):\n    """When."""\n    return sa.Column(name, sa.DateTime(timezone=True))\n'
        "def loop():\n    return loop()\n"
        'op.add_column("t", stamp("made_at"))'
    )
    assert sql(tmp_path, body) == 'ALTER TABLE "t" ADD COLUMN "made_at" TIMESTAMP WITH TIME ZONE;\n'
    assert read(tmp_path, body + '\nop.add_column("t", loop())').unread


def test_only_the_branch_for_postgresql_is_taken(tmp_path):
    body = (
        "bind = op.get_bind()\n"
        'if bind.dialect.name == "postgresql":\n    op.drop_table("a")\nelse:\n    op.drop_table("b")'
    )
    assert sql(tmp_path, body) == 'DROP TABLE "a";\n'


def test_bind_parameters_are_values_and_casts_are_left_alone(tmp_path):
    body = 'op.get_bind().execute(sa.text("UPDATE t SET a = CAST(:a AS text), b = 1::int"), {"a": 1})'
    assert sql(tmp_path, body) == "UPDATE t SET a = CAST($1 AS text), b = 1::int;\n"


@pytest.mark.parametrize(
    "body",
    [
        "op.execute(make_sql())",
        "op.run_something('x')",
        "op.execute(f'SELECT 1 {clause} ORDER')",
        "create_all_tables(op)",
        "op.add_column('t', sa.Column('a', Strange()))",
    ],
)
def test_what_is_not_understood_is_told(tmp_path, body):
    assert len(read(tmp_path, body).unread) == 1


def test_a_file_that_is_no_python_is_told(tmp_path):
    file = revision(tmp_path, "a", "None", "pass")
    file.write_text(file.read_text() + "def (\n")
    (finding,) = lint_paths([str(tmp_path)]).findings
    assert (finding.code, finding.line) == ("DSQL906", 12)


def test_findings_stand_at_the_argument_in_the_python_file(tmp_path):
    body = (
        "op.create_table(\n    'größe',\n    sa.Column('id', sa.Uuid(), primary_key=True),\n"
        "    sa.Column('größe', postgresql.ARRAY(sa.Text())),\n)\n"
        "op.execute('''\n    -- é\n    TRUNCATE é\n''')"
    )
    file = revision(tmp_path, "a", "None", body)
    found = {f.code: f for f in lint_paths([str(tmp_path)]).findings}
    text = file.read_text()
    assert text.splitlines()[found["DSQL102"].line - 1][found["DSQL102"].column - 1 :].startswith("postgresql.ARRAY(")
    assert found["DSQL102"].fix is None
    data = file.read_bytes()
    assert data[found["DSQL102"].start : found["DSQL102"].end] == b"postgresql.ARRAY(sa.Text())"
    assert data[found["DSQL605"].start : found["DSQL605"].end].decode() == "TRUNCATE"


def test_a_fix_of_made_sql_is_dropped_and_one_of_written_sql_is_kept(tmp_path):
    revision(
        tmp_path, "a", "None", 'op.create_index("i", "t", ["a"])\nop.execute("CREATE INDEX ASYNC i ON t (a DESC)")'
    )
    found = lint_paths([str(tmp_path)]).findings
    assert [f.fix is None for f in found if f.code == "DSQL301"] == [True]
    (order,) = [f for f in found if f.code == "DSQL304"]
    assert order.fix is not None


def test_nothing_of_the_project_is_run(tmp_path):
    marker = tmp_path / "ran"
    read(tmp_path, f"open({str(marker)!r}, 'w').write('x')")
    assert not marker.exists()


def test_folders_whose_revisions_follow_each_other_are_one_history(tmp_path):
    first = revision(tmp_path / "2024", "zz", "None", 'op.create_table("t", sa.Column("a", sa.Integer()))')
    second = revision(tmp_path / "2023", "aa", '"zz"', 'op.drop_column("t", "a")')
    project = project_of(tmp_path)
    assert (project.root, project.files) == (str(tmp_path), (str(first), str(second)))


def test_histories_of_their_own_stay_apart(tmp_path):
    revision(tmp_path / "one", "a", "None", "pass")
    revision(tmp_path / "two", "b", "None", "pass")
    files = sorted(str(path) for path in tmp_path.rglob("*.py"))
    assert len(list(projects(files, lambda path: Path(path).read_bytes()))) == 2


def test_a_comment_sent_as_sql_is_nothing_to_tell(tmp_path):
    assert not read(tmp_path, 'op.execute(f"-- moved to {place()}")').unread


def test_a_list_that_is_bound_stands_in_parentheses(tmp_path):
    text = 'sa.text("DELETE FROM t WHERE a IN :ids AND b = :b")'
    body = f'op.execute({text}.bindparams(sa.bindparam("ids", expanding=True)))'
    assert "a IN ($1) AND b = $1" in sql(tmp_path, body)
