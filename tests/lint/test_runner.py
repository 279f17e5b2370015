"""One pass over a script: what is found, where, and what does not stop it."""

from pathlib import Path

import pytest

from dsql_migrate.errors import Failure, InputError
from dsql_migrate.lint import Finding, lint_paths, lint_source, load_rules
from dsql_migrate.lint.rule import ready, rule_of
from dsql_migrate.source.open import source_of
from dsql_migrate.target import load_target

TARGET = load_target()
READY = ready(load_rules(), TARGET)


def lint(sql: str | bytes) -> list[Finding]:
    with source_of(sql if isinstance(sql, bytes) else sql.encode()) as source:
        return lint_source(source, TARGET, READY)


def codes(sql: str) -> list[str]:
    return [finding.code for finding in lint(sql)]


def test_positions_count_characters_and_bytes() -> None:
    (finding,) = [
        f
        for f in lint("SELECT 'größe';\nCREATE TABLE größe (id uuid PRIMARY KEY, preis money);")
        if f.code == "DSQL101"
    ]
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (2, 48, 2, 53)
    assert (
        "SELECT 'größe';\nCREATE TABLE größe (id uuid PRIMARY KEY, preis money);".encode()[finding.start : finding.end]
        == b"money"
    )
    assert finding.object == "größe.preis"


def test_statements_that_share_a_line() -> None:
    found = lint("SELECT 1; TRUNCATE a; TRUNCATE b;")
    assert [(f.line, f.column) for f in found] == [(1, 11), (1, 23)]
    assert found[1].frame == "SELECT 1; TRUNCATE a; TRUNCATE b;"


def test_a_long_line_is_shown_in_part() -> None:
    (finding,) = lint("SELECT '" + "x" * 10_000 + "'; TRUNCATE a; SELECT '" + "y" * 10_000 + "';")
    assert len(finding.frame) <= 160
    assert finding.column == 10_012
    assert finding.frame[finding.column - 1 - finding.frame_offset :].startswith("TRUNCATE a;")


def test_an_unreadable_statement_is_one_finding_and_the_rest_goes_on() -> None:
    assert codes("TRUNCATE a; SELEC 1; TRUNCATE b;") == ["DSQL605", "DSQL901", "DSQL605"]


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "\n\n",
        "-- nothing",
        "SELECT",
        "'",
        "$$",
        "/*",
        ";;;",
        "CREATE TABLE",
        "(",
        "\\",
        "\\restrict",
        "\ufeffSELECT 1",
    ],
)
def test_odd_input_never_raises(sql: str) -> None:
    lint(sql)


def test_copy_data_is_no_sql() -> None:
    assert codes("COPY t FROM stdin;\nTRUNCATE t;\n\\.\nTRUNCATE t;\n") == ["DSQL605"]


def test_a_domain_is_judged_once_where_it_is_made() -> None:
    assert codes("CREATE DOMAIN d AS inet; CREATE TABLE t (id uuid PRIMARY KEY, a d);") == ["DSQL101"]


def test_an_enum_is_judged_where_it_is_made_a_composite_also_where_it_is_used() -> None:
    assert codes("CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id uuid PRIMARY KEY, a e);") == ["DSQL107"]
    assert codes("CREATE TYPE c AS (x int); CREATE TABLE t (id uuid PRIMARY KEY, a c);") == ["DSQL509", "DSQL101"]


def test_a_type_nobody_knows_may_be_a_domain_of_an_earlier_script() -> None:
    assert codes("CREATE TABLE t (id uuid PRIMARY KEY, a mood);") == ["DSQL134"]  # a warning
    assert "DSQL101" in codes("CREATE EXTENSION x; CREATE TABLE t (id uuid PRIMARY KEY, a semver);")


def test_key_type_looks_through_domains_and_earlier_statements() -> None:
    assert codes("CREATE DOMAIN d AS jsonb; CREATE TABLE t (id d PRIMARY KEY);") == ["DSQL207"]
    assert codes("CREATE TABLE t (id uuid PRIMARY KEY, d jsonb); CREATE INDEX ASYNC i ON t (d);") == ["DSQL207"]
    assert codes("CREATE TABLE t (id uuid PRIMARY KEY, d jsonb); CREATE INDEX ASYNC i ON t ((d ->> 'a'));") == []


def test_limits() -> None:
    columns = ", ".join(f"c{i} int" for i in range(256))
    assert codes(f"CREATE TABLE t ({columns}, PRIMARY KEY (c0));") == ["DSQL701"]
    indexes = "".join(f"CREATE INDEX ASYNC i{i} ON t ((a + {i}));\n" for i in range(24))
    assert codes("CREATE TABLE t (id uuid PRIMARY KEY, a int);\n" + indexes) == ["DSQL703"]
    assert codes("".join(f"CREATE SCHEMA s{i};" for i in range(11))) == ["DSQL706"]
    assert codes("".join(f"CREATE TABLE t{i} (id int PRIMARY KEY);" for i in range(1002))) == ["DSQL707"]
    assert codes("INSERT INTO t VALUES " + ", ".join("(1)" for _ in range(3001))) == ["DSQL709"]


def test_foreign_keys_come_and_go_by_date_alone() -> None:
    from datetime import date

    sql = b"CREATE TABLE c (id uuid PRIMARY KEY, p uuid REFERENCES p (id));"
    before = load_target(date(2026, 5, 31))
    with source_of(sql) as source:
        (finding,) = lint_source(source, before, ready(load_rules(), before))
    assert finding.code == "DSQL203"
    assert str(finding.since) == "2026-08-26"
    assert [f.severity for f in lint(sql)] == ["info"]


def test_transactions_that_the_script_opens() -> None:
    ddl = "CREATE TABLE a (id int PRIMARY KEY);"
    assert codes(f"{ddl}{ddl.replace('a (', 'b (')}") == []
    assert codes(f"BEGIN;{ddl}GRANT SELECT ON a TO b;COMMIT;") == ["DSQL618"]
    assert codes(f"BEGIN;INSERT INTO x VALUES (1);{ddl}COMMIT;") == ["DSQL619", "DSQL807"]


def test_folders_are_walked_in_order_and_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.sql").write_text("TRUNCATE b;")
    (tmp_path / "1.sql").write_text("TRUNCATE a;")
    (tmp_path / "3.sql").write_bytes(b"\0\1\2noise")
    (tmp_path / "note.txt").write_text("TRUNCATE c;")
    result = lint_paths([str(tmp_path)])
    assert [Path(p).name for p in result.files] == ["1.sql", "2.sql"]
    assert [Path(s.path).name for s in result.skipped] == ["3.sql"]
    assert [f.object for f in result.findings] == ["a", "b"]


def test_what_was_named_and_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "noise.sql").write_bytes(b"\0\1\2noise")
    with pytest.raises(InputError):
        lint_paths([str(tmp_path / "noise.sql")])
    with pytest.raises(InputError, match="no such file"):
        lint_paths([str(tmp_path / "none.sql")])


RULE = {
    "code": "OUR001", "name": "no-audit", "severity": "warning", "summary": "s", "on": "CreateTable",
    "where": {"name.name": {"matches": "^audit"}}, "mark": "name", "message": "{name}", "why": "w", "instead": "i",
}  # fmt: skip


def test_a_rule_of_ones_own() -> None:
    rules = ready([rule_of(RULE)], TARGET)
    with source_of(b"CREATE TABLE public.audit_log (id int);") as source:
        (finding,) = lint_source(source, TARGET, rules)
    assert (finding.code, finding.message) == ("OUR001", "public.audit_log")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"severity": "fatal"}, "severity"),
        ({"on": "Table"}, "no such fact"),
        ({"colour": "red"}, "unknown fields: colour"),
        ({"message": None}, "missing: message"),
        ({"check": "magic"}, "no such check"),
        ({"code": "x"}, "not a code"),
        ({"examples": [{"bed": "x"}]}, "unknown fields in an example"),
    ],
)
def test_a_malformed_rule_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(Failure, match=says):
        rule_of({**RULE, **change})


@pytest.mark.parametrize(
    "where",
    [
        {"name": {"odd": 1}},
        {"name": {"in": "target.magic"}},
        {"name": {"over": "limit.magic"}},
        {"_x": 1},
        {"name": {"matches": "("}},
    ],
)
def test_a_malformed_condition_is_refused(where: dict[str, object]) -> None:
    with pytest.raises(Failure):
        ready([rule_of({**RULE, "where": where})], TARGET)


def test_folders_with_a_dot_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "a.sql").write_text("TRUNCATE a;")
    assert lint_paths([str(tmp_path)]).files == ()


@pytest.mark.parametrize("day", ["2024-12-03", "2025-06-01", "2026-03-01", "2026-05-31", "2026-08-26", "2027-01-01"])
def test_a_whole_dump_on_any_day(demo: Path, day: str) -> None:
    """The demo's dump meets every rule that is active on the day; earlier days refuse at least as much."""
    from datetime import date

    found = lint_paths([str(demo)], load_target(date.fromisoformat(day)))
    assert found.count("error") >= lint_paths([str(demo)]).count("error") > 0
    assert not [f for f in found.findings if f.code in ("DSQL901", "DSQL902")]


def test_a_table_without_key_is_told_whatever_it_is_called_later() -> None:
    table = "CREATE TABLE a (x int);"
    for behind in ("", "ALTER TABLE a RENAME TO b;", "ALTER TABLE a SET SCHEMA s;"):
        assert "DSQL208" in codes(table + behind)
    assert "DSQL208" not in codes(f"{table} DROP TABLE a;")
