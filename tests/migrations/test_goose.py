"""goose: order, annotations, the way back."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_files_run_by_number(folder):
    up = "-- +goose Up\nSELECT 1;\n"
    made = folder({"m/10_c.sql": up, "m/9_b.sql": up, "m/00001_a.sql": up})
    assert made.order() == ["m/00001_a.sql", "m/9_b.sql", "m/10_c.sql"]
    assert made.tool() == ["goose: -- +goose Up"]


def test_a_side_is_one_transaction(folder):
    made = folder({"1_a.sql": f"-- +goose Up\n{TWO}-- +goose Down\nDROP TABLE b;\nDROP TABLE a;\n"})
    assert made.found() == [("1_a.sql", 3, 1, "DSQL618"), ("1_a.sql", 6, 1, "DSQL618")]


def test_no_transaction_is_for_both_sides(folder):
    made = folder(
        {"1_a.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{TWO}-- +goose Down\nDROP TABLE b;\nDROP TABLE a;\n"}
    )
    assert made.found() == []


def test_without_a_transaction_a_block_is_still_one_query(folder):
    made = folder(
        {
            "1_a.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE c (id uuid PRIMARY KEY);\n"
            f"-- +goose StatementBegin\n{TWO}-- +goose StatementEnd\nDROP TABLE c;\n"
        }
    )
    assert made.found() == [("1_a.sql", 6, 1, "DSQL618")]


def test_the_way_back_sees_what_stands_at_that_point_and_changes_nothing(folder):
    made = folder(
        {
            "1_a.sql": "-- +goose Up\nCREATE TABLE a (id uuid PRIMARY KEY, j jsonb);\n-- +goose Down\nDROP TABLE a;\n",
            "2_b.sql": "-- +goose Up\nCREATE INDEX ASYNC i ON a (j);\n-- +goose Down\nCREATE INDEX ASYNC k ON a (j);\n",
        }
    )
    assert made.found() == [("2_b.sql", 2, 28, "DSQL207"), ("2_b.sql", 4, 28, "DSQL207")]


def test_statements_before_the_first_annotation_are_told(folder):
    assert folder({"1_a.sql": f"-- why\nSELECT 1;\n-- +goose Up\n{TWO}"}).found() == [
        ("1_a.sql", 2, 1, "DSQL906"),
        ("1_a.sql", 5, 1, "DSQL618"),
    ]


def test_annotations_in_any_case_of_letters(folder):
    assert folder({"1_a.sql": f"--+goose no transaction\n--+goose up\n{TWO}--  +goose DOWN\nSELECT 1;\n"}).codes() == []


def test_annotations_are_read_with_carriage_returns(folder):
    text = f"-- +goose Up\n{TWO}-- +goose Down\nDROP TABLE a;\n".replace("\n", "\r\n")
    assert folder({"1_a.sql": text}).found() == [("1_a.sql", 3, 1, "DSQL618")]


def test_a_word_in_a_comment_is_no_annotation(folder):
    made = folder({"notes.sql": f"-- unlike a file with -- +goose Up\n{TWO}"})
    assert made.tool() == ["psql: "]
