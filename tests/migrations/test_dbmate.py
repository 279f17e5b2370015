"""dbmate: directives, options, the way back."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_blocks_are_transactions(folder):
    made = folder(
        {"db/migrations/20240101_a.sql": f"-- migrate:up\n{TWO}\n-- migrate:down\nDROP TABLE b;\nDROP TABLE a;\n"}
    )
    assert made.tool() == ["dbmate: -- migrate:up"]
    assert [line for _, line, _, _ in made.found()] == [3, 7]


def test_without_a_transaction_a_block_is_one_query(folder):
    made = folder({"1_a.sql": f"-- migrate:up transaction:false\n{TWO}-- migrate:down\n"})
    assert made.codes() == ["DSQL618"]
    made = folder({"1_a.sql": "-- migrate:up transaction:false\nBEGIN;CREATE TABLE a (id uuid PRIMARY KEY);COMMIT;\n"})
    assert made.codes() == []


def test_options_are_those_of_the_block(folder):
    made = folder({"1_a.sql": "-- migrate:up\nBEGIN;\n-- migrate:down transaction:false\nSELECT 1;\n"})
    assert made.lint().files


def test_the_dump_beside_is_no_migration(folder):
    made = folder({"db/schema.sql": TWO, "db/migrations/1_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:down\n"})
    assert made.tool() == ["dbmate: -- migrate:up", "psql: "]
    assert made.found() == []


def test_files_run_by_name(folder):
    up = "-- migrate:up\n-- migrate:down\n"
    assert folder({"9_a.sql": up, "10_b.sql": up}).order() == ["10_b.sql", "9_a.sql"]
