"""Numbered scripts: the schema goes from one to the next, and psql runs them."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"
TYPE, USE = "CREATE TABLE m (id uuid PRIMARY KEY, j jsonb);", "CREATE INDEX ASYNC i ON m (j);"


def test_numbers_are_numbers(folder):
    made = folder({"10_c.sql": TWO, "2_b.sql": "SELECT 1;", "001_a.sql": "SELECT 1;", "other.sql": "SELECT 1;"})
    assert made.order() == ["001_a.sql", "2_b.sql", "10_c.sql", "other.sql"]
    assert made.tool() == ["numbered scripts: name 001_a.sql", "psql: "]
    assert made.codes() == []


def test_the_schema_goes_from_one_to_the_next(folder):
    made = folder({"2_a.sql": TYPE, "10_b.sql": USE})
    assert made.found() == [("10_b.sql", 1, 28, "DSQL207")]


def test_one_named_alone_knows_the_schema_of_those_before_it_and_is_not_told_of_them(folder):
    made = folder({"2_a.sql": TYPE + "TRUNCATE x;", "10_b.sql": USE, "11_c.sql": "DROP TABLE m;"})
    assert made.found("10_b.sql") == [("10_b.sql", 1, 28, "DSQL207")]
    assert made.order("10_b.sql") == ["10_b.sql"]


def test_files_between_those_that_are_looked_at_are_known_in_their_place(folder):
    made = folder({"1_a.sql": "SELECT 1;", "2_b.sql": TYPE, "3_c.sql": USE})
    assert made.found("1_a.sql", "3_c.sql") == [("3_c.sql", 1, 28, "DSQL207")]


def test_a_table_is_known_by_the_name_that_it_had_before(folder):
    made = folder(
        {
            "1_a.sql": 'CREATE TABLE IF NOT EXISTS public."old" (id uuid PRIMARY KEY, j jsonb);',
            "2_b.sql": "ALTER TABLE old RENAME TO m;",
            "3_c.sql": "CREATE TABLE other (id uuid PRIMARY KEY);",
            "4_d.sql": USE,
        }
    )
    assert made.codes("4_d.sql") == ["DSQL207"]


def test_migrations_about_other_tables_are_not_parsed(folder):
    from pathlib import Path

    from dsql_migrate.lint.known import known
    from dsql_migrate.source.migrations import projects

    made = folder({"1_a.sql": TYPE, "2_b.sql": TWO, "3_c.sql": "INSERT INTO m VALUES (1);", "4_d.sql": USE})
    (project,) = projects([str(made.root / "4_d.sql")], lambda path: b"")
    found = known(project, lambda path: Path(path).read_bytes())
    assert [path.rsplit("/", 1)[-1] for paths in found.values() for path, _, _ in paths] == ["1_a.sql", "3_c.sql"]


def test_one_that_cannot_be_read_is_no_trouble_of_the_next(folder):
    made = folder({"1_a.sql": TYPE, "2_b.sql": b"\x00\xff", "3_c.sql": USE})
    assert made.codes("3_c.sql") == ["DSQL207"]


def test_dumps_of_several_days_are_no_series(folder):
    head = "--\n-- PostgreSQL database dump\n--\n\n"
    made = folder({"2024-01-01_shop.sql": head + TYPE, "2024-01-02_shop.sql": head + USE, "20240103.sql": "SELECT 1;"})
    assert made.tool() == ["psql: "]
    assert made.codes("2024-01-02_shop.sql") == []


def test_names_that_are_numbers(folder):
    assert folder({"1.sql": "SELECT 1;", "02.sql": "SELECT 1;", "10.sql": "SELECT 1;"}).order() == [
        "1.sql",
        "02.sql",
        "10.sql",
    ]


def test_files_of_another_tool_are_no_part_of_the_series(folder):
    made = folder({"1_a.up.sql": "SELECT 1;", "2_b.sql": "-- +goose Up\nSELECT 1;", "3_c.sql": "SELECT 1;"})
    assert made.tool() == ["goose: -- +goose Up", "golang-migrate: name 1_a.up.sql", "psql: "]


def test_one_number_is_no_series(folder):
    assert folder({"1_a.sql": "SELECT 1;", "readme.sql": "SELECT 1;"}).tool() == ["psql: "]
