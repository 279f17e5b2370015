"""node-pg-migrate: both sides in a file, in whichever order."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_sides_are_transactions(folder):
    made = folder({"migrations/1_a.sql": f"-- Up Migration\n{TWO}\n-- Down Migration\nDROP TABLE b;\nDROP TABLE a;\n"})
    assert made.tool() == ["node-pg-migrate: -- Up Migration"]
    assert [line for _, line, _, _ in made.found()] == [3, 7]


def test_the_way_back_may_stand_first(folder):
    made = folder({"1_a.sql": f"-- Down Migration\nDROP TABLE a;\n-- Up Migration\n{TWO}"})
    assert [line for _, line, _, _ in made.found()] == [5]


def test_files_run_by_time_stamp(folder):
    made = folder({"10_a.sql": "-- Up Migration\n", "9_b.sql": "---- up migration\n"})
    assert made.order() == ["9_b.sql", "10_a.sql"]
