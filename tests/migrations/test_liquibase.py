"""Liquibase, formatted SQL: change sets, their attributes, rollbacks, the master's order."""

TWO = "CREATE TABLE a (id uuid PRIMARY KEY);\nCREATE TABLE b (id uuid PRIMARY KEY);\n"
HEAD = "--liquibase formatted sql\n"


def test_a_change_set_is_a_transaction(folder):
    one, two = TWO.splitlines()
    text = f"{HEAD}--changeset me:1\n{one}\n--changeset me:2\n{two}\n-- changeset me:3\n{TWO.replace(' a ', ' c ')}"
    made = folder({"a.sql": text})
    assert made.tool() == ["Liquibase: --liquibase formatted sql"]
    assert made.found() == [("a.sql", 8, 1, "DSQL618")]


def test_attributes(folder):
    assert folder({"a.sql": f"{HEAD}--changeset me:1 runInTransaction:false\n{TWO}"}).codes() == []
    assert folder({"a.sql": f"{HEAD}--changeset me:1 runWith:psql\n{TWO}"}).codes() == []
    whole = f"{HEAD}--changeset me:1 runInTransaction:false splitStatements:false\n{TWO}"
    assert folder({"a.sql": whole}).codes() == ["DSQL618"]


def test_change_sets_for_other_databases_are_left_out(folder):
    for other in ("dbms:oracle", "dbms:!postgresql", "dbms:h2,mysql", "ignore:true"):
        assert folder({"a.sql": f"{HEAD}--changeset me:1 {other}\nCREATE TABLE a (n NUMBER(3));\n"}).codes() == []
    for ours in ("dbms:postgresql", "dbms:h2,postgresql", "dbms:!oracle", "context:test labels:x"):
        assert folder({"a.sql": f"{HEAD}--changeset me:1 {ours}\n{TWO}"}).codes() == ["DSQL618"]


def test_rollback_lines_are_the_way_back(folder):
    text = f"{HEAD}--changeset me:1\nCREATE TABLE c (id uuid);\n--rollback DROP TABLE c;\n--rollback   TRUNCATE c;\n"
    assert ("a.sql", 5, 14) in [place[:3] for place in folder({"a.sql": text}).found()]


def test_a_rollback_in_a_comment(folder):
    text = f"{HEAD}--changeset me:1\nSELECT 1;\n/* liquibase rollback\nTRUNCATE c;\n TRUNCATE d; */\n"
    places = [place[1:3] for place in folder({"a.sql": text}).found()]
    assert (5, 1) in places
    assert (6, 2) in places


def test_rollbacks_that_are_none(folder):
    text = f"{HEAD}--changeset me:1\nSELECT 1;\n--rollback {{}}\n"
    for nothing in ("not required", "empty", "changesetId:1 changesetAuthor:me"):
        assert folder({"a.sql": text.format(nothing)}).codes() == []


def test_ignored_lines_are_not_read(folder):
    text = f"{HEAD}--changeset me:1\n--ignoreLines:start\nTRUNCATE a;\n--ignoreLines:end\nSELECT 1;\n"
    text += "--ignoreLines:1\nTRUNCATE b;\nTRUNCATE c;\n"
    assert {place[1] for place in folder({"a.sql": text}).found()} == {9}


def test_statements_before_the_first_change_set_are_told(folder):
    assert folder({"a.sql": f"{HEAD}SELECT 1;\n--changeset me:1\nSELECT 2;\n"}).found() == [("a.sql", 2, 1, "DSQL906")]


def test_a_delimiter_of_its_own(folder):
    for mark in ("/", "GO", "//", "@@"):
        text = f"{HEAD}--changeset me:1 endDelimiter:{mark}\nSELECT 1\n{mark}\nTRUNCATE a\n{mark}\nTRUNCATE b\n{mark}\n"
        lines = [line for _, line, _, code in folder({"a.sql": text}).found() if code not in ("DSQL618", "DSQL619")]
        assert lines == [5, 7], mark


def test_what_a_change_set_is_called_in_the_finding(folder):
    finding = folder({"a.sql": f"{HEAD}--changeset me:1\n{TWO}"}).lint().findings[0]
    assert "(Liquibase: one transaction a change set)" in finding.message
    assert "runInTransaction:false" in finding.help


def test_a_master_includes_nothing_from_outside_the_checkout(folder):
    made = folder(
        {"p/.git/x": "", "p/db/changelog.yaml": "- include: {file: ../../b.sql}\n- include: {file: db/c.sql}\n"}
    )
    made.write({"b.sql": HEAD, "p/db/a.sql": HEAD, "p/db/c.sql": HEAD})
    assert [file for file in made.order("p") if file.endswith(".sql")] == ["p/db/c.sql", "p/db/a.sql"]


def test_the_master_has_the_order(folder):
    made = folder(
        {
            "db/changelog/db.changelog-master.yaml": "databaseChangeLog:\n"
            "  - include:\n      file: sql/z.sql\n      relativeToChangelogFile: true\n"
            "  - include: {file: db/changelog/more.xml}\n  - includeAll:\n      path: db/changelog/rest\n",
            "db/changelog/more.xml": '<databaseChangeLog><!-- <include file="sql/b.sql"/> -->'
            '<include file="sql/m.sql"/></databaseChangeLog>',
            **{f"db/changelog/sql/{name}.sql": HEAD for name in "abmz"},
            **{f"db/changelog/rest/{name}.sql": HEAD for name in "cd"},
        }
    )
    files = [file.removeprefix("db/changelog/") for file in made.order() if file.endswith(".sql")]
    assert files == ["sql/z.sql", "sql/m.sql", "rest/c.sql", "rest/d.sql", "sql/a.sql", "sql/b.sql"]
