"""Diesel: a folder a migration, metadata.toml."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_folders_run_by_version(folder):
    names = ["2023-01-01-000000_b", "20240101000000_a"]
    made = folder({f"migrations/{name}/{side}.sql": "SELECT 1;" for name in names for side in ("up", "down")})
    assert made.order() == [f"migrations/{name}/{side}.sql" for name in names for side in ("up", "down")]


def test_the_project_around_it_is_the_evidence(folder):
    made = folder({"diesel.toml": "", "migrations/00000000000000_setup/up.sql": TWO})
    assert made.tool() == ["Diesel: diesel.toml"]
    assert made.codes() == ["DSQL618"]


def test_metadata_takes_the_transaction_away_but_not_the_query(folder):
    meta = {"m/1_a/metadata.toml": "# slow\nrun_in_transaction = false\n"}
    assert folder({**meta, "m/1_a/up.sql": TWO}).codes() == ["DSQL618"]
    commits = TWO.replace(";\nCREATE", ";COMMIT;CREATE")
    assert folder({**meta, "m/1_a/up.sql": commits}).codes() == []


def test_a_lone_up_file_is_a_script(folder):
    assert folder({"sql/up.sql": TWO}).tool() == ["psql: "]
