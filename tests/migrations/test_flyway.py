"""Flyway: names and their order, transactions, configuration."""

import pytest

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"


def test_versions_are_numbers_and_repeatables_come_last(folder):
    names = ["V1__a.sql", "V1.1__b.sql", "V1_2__c.sql", "V2__d.sql", "U2__d.sql", "V10__e.sql", "R__a.sql", "R__b.sql"]
    made = folder(dict.fromkeys(reversed(names), "SELECT 1;"))
    assert made.order() == names
    assert made.tool() == ["Flyway: name V1__a.sql"]


def test_a_file_is_one_transaction(folder):
    assert folder({"V1__a.sql": TWO}).found() == [("V1__a.sql", 2, 1, "DSQL618")]


def test_the_schema_goes_from_file_to_file_in_their_order(folder):
    made = folder(
        {
            "V2__a.sql": "CREATE TABLE m (id uuid PRIMARY KEY, j jsonb);",
            "U2__a.sql": "DROP TABLE m;",
            "V10__b.sql": "CREATE INDEX ASYNC i ON m (j);",
        }
    )
    assert made.found() == [("V10__b.sql", 1, 28, "DSQL207")]


@pytest.mark.parametrize("value", ["false", "FALSE"])
def test_a_conf_beside_it_takes_the_transaction_away(folder, value):
    made = folder({"V1__a.sql": TWO, "V1__a.sql.conf": f"executeInTransaction={value}\n", "V2__b.sql": TWO})
    assert made.found() == [("V2__b.sql", 2, 1, "DSQL618")]


def test_a_statement_that_must_stand_alone_takes_it_away_too(folder):
    made = folder({"V1__a.sql": f"{TWO}CREATE INDEX CONCURRENTLY i ON a (id);"})
    assert "DSQL618" not in made.codes()
    made = folder({"V1__a.sql": f"-- CREATE INDEX CONCURRENTLY i ON a (id);\n{TWO}"})
    assert "DSQL618" in made.codes()


def test_configuration_names_prefix_separator_and_transactions(folder):
    conf = "flyway.sqlMigrationPrefix=M\nflyway.sqlMigrationSeparator=-\nflyway.executeInTransaction=false\n"
    made = folder({"flyway.conf": conf, "sql/M2-b.sql": TWO, "sql/M1-a.sql": TWO})
    assert made.order() == ["sql/M1-a.sql", "sql/M2-b.sql"]
    assert made.codes() == []


def test_toml_configuration(folder):
    toml = '[flyway]\nexecuteInTransaction = false\nlocations = ["filesystem:db"]\n[flyway.placeholders]\nx = "y"\n'
    made = folder({"flyway.toml": toml, "db/a/V2__b.sql": TWO, "db/b/V1__a.sql": TWO})
    assert made.order() == ["db/b/V1__a.sql", "db/a/V2__b.sql"]
    assert made.codes() == []


def test_a_broken_configuration_is_not_read(folder):
    made = folder({"flyway.toml": "[flyway", "V1__a.sql": TWO})
    assert made.codes() == ["DSQL618"]


def test_folders_with_the_same_versions_are_projects_of_their_own(folder):
    made = folder({"db/migration/eu/V1__a.sql": "SELECT 1;", "db/migration/us/V1__a.sql": "SELECT 1;"})
    assert len(made.order()) == 2
    assert made.tool() == ["Flyway: name V1__a.sql"]


def test_a_file_named_alone_knows_those_before_it(folder):
    made = folder(
        {
            "V1__a.sql": f"{TWO}CREATE TABLE m (id uuid PRIMARY KEY, j jsonb);",
            "V2__b.sql": "CREATE INDEX ASYNC i ON m (j);\nDROP TABLE a;",
            "V3__c.sql": "DROP TABLE m;",
        }
    )
    assert made.tool("V2__b.sql") == ["Flyway: name V1__a.sql"]
    assert made.found("V2__b.sql") == [("V2__b.sql", 1, 28, "DSQL207"), ("V2__b.sql", 2, 1, "DSQL618")]


def test_a_rust_project_with_refinery_is_none_of_flyways(folder):
    made = folder({"Cargo.toml": 'refinery = "0.8"', "m/V1__a.sql": TWO, "m/U2__b.sql": "SELECT 1;"})
    assert made.tool() == ["refinery: refinery in Cargo.toml"]
    assert made.order() == ["m/V1__a.sql", "m/U2__b.sql"]
    assert made.codes() == ["DSQL618"]
    commits = TWO.replace(";", ";COMMIT;", 1)
    assert folder({"m/V1__a.sql": f"{commits}CREATE TABLE c (id uuid PRIMARY KEY);\n"}).codes() == []
    text = f"{commits}CREATE TABLE c (id uuid PRIMARY KEY);\n-- refinery:noTransaction\n"
    assert folder({"m/V1__a.sql": text}).codes() == ["DSQL618"]  # behind the COMMIT the query has another transaction


def test_names_that_only_look_like_it(folder):
    made = folder({"Version1__a.sql": TWO, "R__a.sql": TWO, "V1_a.sql": TWO, "V1.sql": TWO})
    assert made.tool() == ["psql: "]
    assert made.codes() == []


@pytest.mark.corpus
def test_conductor(corpus):
    from dsql_migrate.lint import lint_paths

    result = lint_paths([str(corpus / "mig-flyway-conductor")])
    assert [run.title for run in result.runs] == ["Flyway"]
    assert [int(file.split("/V")[-1].split("__")[0].split(".")[0]) for file in result.files] == list(range(1, 19))
    assert not result.skipped
    assert not [finding for finding in result.findings if finding.code == "DSQL901"]
