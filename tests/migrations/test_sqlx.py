"""sqlx: told from golang-migrate and from numbered scripts by the Rust project around it."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"
CARGO = {"Cargo.toml": '[dependencies]\nsqlx = "0.8"\n'}


def test_simple_and_reversible_by_number(folder):
    names = ["migrations/1_a.sql", "migrations/2_b.up.sql", "migrations/2_b.down.sql", "migrations/10_c.sql"]
    made = folder({**CARGO, **dict.fromkeys(names, "SELECT 1;")})
    assert made.order() == names
    assert made.tool() == ["sqlx: sqlx in Cargo.toml"]


def test_a_file_is_one_transaction(folder):
    assert folder({**CARGO, "migrations/1_a.sql": TWO}).codes() == ["DSQL618"]
    # inside sqlx' own transaction a COMMIT ends it for good
    assert folder({**CARGO, "migrations/1_a.sql": f"CREATE TABLE c (id uuid PRIMARY KEY);COMMIT;{TWO}"}).codes() == []


def test_without_one_the_file_is_still_one_query(folder):
    assert folder({"m/1_a.sql": f"-- no-transaction\n{TWO}"}).codes() == ["DSQL618"]
    made = folder({"m/1_a.sql": "-- no-transaction\nCREATE TABLE a (id uuid PRIMARY KEY);"})
    assert made.codes() == []
    assert made.tool() == ["sqlx: -- no-transaction"]


def test_the_directive_counts_in_the_first_line_only(folder):
    made = folder({**CARGO, "migrations/1_a.sql": f"\n-- no-transaction\n{TWO}"})
    assert made.tool() == ["sqlx: sqlx in Cargo.toml"]
    assert made.codes() == ["DSQL618"]


def test_a_rust_project_without_sqlx(folder):
    assert folder({"Cargo.toml": "", "migrations/1_a.sql": TWO}).tool() == ["psql: "]
