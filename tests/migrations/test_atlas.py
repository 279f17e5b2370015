"""Atlas: atlas.sum, transaction mode, delimiter."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"
SUM = {"atlas.sum": "h1:x\n"}


def test_files_run_by_name(folder):
    made = folder({**SUM, "20240102_b.sql": "SELECT 1;", "20240101.sql": TWO})
    assert made.order() == ["20240101.sql", "20240102_b.sql"]
    assert made.tool() == ["Atlas: atlas.sum"]
    assert made.found() == [("20240101.sql", 2, 1, "DSQL618")]


def test_mode_none_stands_apart_from_the_first_statement(folder):
    assert folder({**SUM, "1.sql": f"-- atlas:txmode none\n\n{TWO}"}).codes() == []
    assert folder({**SUM, "1.sql": f"-- why\n-- atlas:txmode none\r\n\r\n{TWO}"}).codes() == []
    assert folder({**SUM, "1.sql": f"-- atlas:txmode none\n{TWO}"}).codes() == ["DSQL618"]


def test_a_delimiter_of_its_own(folder):
    text = "-- atlas:delimiter \\n\\n\\n\n\nCREATE TABLE a (id uuid PRIMARY KEY)\n\n\nTRUNCATE a\n\n\nTRUNCATE a\n"
    made = folder({**SUM, "1.sql": text})
    assert [line for _, line, _, code in made.found() if code not in ("DSQL618", "DSQL619")] == [6, 9]


def test_without_the_sum_file_a_directive_tells(folder):
    assert folder({"20240101.sql": TWO}).tool() == ["psql: "]
    made = folder({"20240101.sql": f"-- atlas:txmode none\n\n{TWO}"})
    assert made.tool() == ["Atlas: -- atlas:"]
    assert made.codes() == []
