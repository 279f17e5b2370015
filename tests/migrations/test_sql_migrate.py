"""sql-migrate: annotations, and options behind them."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_a_side_is_a_transaction(folder):
    made = folder(
        {
            "2_a.sql": f"-- +migrate Up\n{TWO}-- +migrate Down\nDROP TABLE b;\nDROP TABLE a;\n",
            "10_b.sql": "-- +migrate Up\n",
        }
    )
    assert made.order() == ["2_a.sql", "10_b.sql"]
    assert made.tool() == ["sql-migrate: -- +migrate Up"]
    assert [line for _, line, _, _ in made.found()] == [3, 6]


def test_each_side_has_its_own_word_on_the_transaction(folder):
    text = f"-- +migrate Up notransaction\n{TWO}-- +migrate Down\nDROP TABLE b;\nDROP TABLE a;\n"
    assert [line for _, line, _, _ in folder({"1_a.sql": text}).found()] == [6]


def test_without_a_transaction_a_block_is_one_query(folder):
    text = f"-- +migrate Up notransaction\n-- +migrate StatementBegin\n{TWO}-- +migrate StatementEnd\nDROP TABLE a;\n"
    assert [line for _, line, _, _ in folder({"1_a.sql": text}).found()] == [4]
