"""tern: both sides in a file. Hasura: a folder a migration."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"
BETWEEN = "---- create above / drop below ----\n"


def test_tern_takes_each_side_as_a_transaction(folder):
    made = folder(
        {"001_a.sql": f"{TWO}{BETWEEN}DROP TABLE b;\nDROP TABLE a;\n", "010_b.sql": BETWEEN, "2_c.sql": BETWEEN}
    )
    assert made.order() == ["001_a.sql", "2_c.sql", "010_b.sql"]
    assert made.tool() == ["tern: lines with ----"]
    assert [line for _, line, _, _ in made.found()] == [2, 5]


def test_tern_without_a_transaction(folder):
    made = folder({"001_a.sql": f"---- tern: disable-tx ----\n{TWO}{BETWEEN}DROP TABLE b;\nDROP TABLE a;\n"})
    assert [line for _, line, _, _ in made.found()] == [6]


def test_hasura_is_told_from_diesel_by_its_configuration(folder):
    up = {"hasura/migrations/default/1700000000000_a/up.sql": TWO}
    made = folder({**up, "hasura/config.yaml": "version: 3\nmetadata_directory: metadata\n"})
    assert made.tool() == ["Hasura: metadata_directory in config.yaml"]
    assert made.codes() == ["DSQL618"]
