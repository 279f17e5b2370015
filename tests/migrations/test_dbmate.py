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
    up = TWO.replace(";", ";COMMIT;", 1)
    text = f"-- migrate:up\n{up}-- migrate:down transaction:false\nDROP TABLE a;COMMIT;DROP TABLE b;"
    assert folder({"1_a.sql": text}).codes() == []
    assert folder({"1_a.sql": text.replace("COMMIT;DROP", "DROP")}).codes() == ["DSQL618"]


def test_statements_before_the_first_block_are_told(folder):
    assert folder({"1_a.sql": "\nSELECT 1;\n-- migrate:up\n"}).found() == [("1_a.sql", 2, 1, "DSQL906")]
    assert folder({"1_a.sql": "-- migrate:down\n-- migrate:up\n"}).found() == [("1_a.sql", 1, 1, "DSQL906")]


def test_a_file_may_have_several_pairs_of_blocks(folder):
    one, two = TWO.splitlines()
    text = f"-- migrate:up\n{one}\n-- migrate:down\n-- migrate:up\n{two}\n-- migrate:down\nDROP TABLE b;\n"
    assert folder({"1_a.sql": text}).codes() == []


def test_the_dump_beside_is_no_migration(folder):
    made = folder({"db/schema.sql": TWO, "db/migrations/1_a.sql": "-- migrate:up\nSELECT 1;\n-- migrate:down\n"})
    assert made.tool() == ["dbmate: -- migrate:up", "psql: "]
    assert made.found() == []


def test_files_run_by_name(folder):
    up = "-- migrate:up\n-- migrate:down\n"
    assert folder({"9_a.sql": up, "10_b.sql": up}).order() == ["10_b.sql", "9_a.sql"]
