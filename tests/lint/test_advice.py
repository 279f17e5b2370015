"""Advice is told once a file, names what else it holds for, and fails no build."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsql_migrate.cli.lint import command
from dsql_migrate.lint import Finding, lint_paths

KEYED = "CREATE TABLE {} (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 65536) PRIMARY KEY);\n"


def lint(tmp_path: Path, sql: str) -> list[Finding]:
    file = tmp_path / "a.sql"
    file.write_text(sql)
    return list(lint_paths([str(file)]).findings)


def test_the_first_place_is_told_with_the_names_of_the_others(tmp_path: Path) -> None:
    (finding,) = lint(tmp_path, "".join(KEYED.format(name) for name in "abcdef"))
    assert (finding.code, finding.line, finding.object) == ("DSQL801", 1, "a")
    assert finding.message.endswith("(also b, c, d, 2 more)")


def test_each_file_is_told_for_itself(tmp_path: Path) -> None:
    for name in ("a.sql", "b.sql"):
        (tmp_path / name).write_text(KEYED.format("t"))
    assert len(lint_paths([str(tmp_path)]).findings) == 2


def test_a_comment_at_the_first_place_leaves_the_others(tmp_path: Path) -> None:
    sql = KEYED.format("a").replace("\n", " -- dsql: ignore[rising-key] few rows\n") + KEYED.format("b")
    (finding,) = lint(tmp_path, sql)
    assert (finding.line, finding.object) == (2, "b")
    assert "also" not in finding.message


def test_advice_fails_no_build(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text(KEYED.format("a"))
    assert CliRunner().invoke(command, [str(file)]).exit_code == 0
    assert CliRunner().invoke(command, [str(file), "--fail-on", "info"]).exit_code == 1


def test_a_dump_says_the_key_and_its_source_in_three_statements(tmp_path: Path) -> None:
    sql = (
        "CREATE TABLE public.t (id bigint NOT NULL);\n"
        "ALTER TABLE ONLY public.t ALTER COLUMN id SET DEFAULT nextval('public.t_id_seq'::regclass);\n"
        "ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n"
    )
    (finding,) = [f for f in lint(tmp_path, sql) if f.code == "DSQL801"]
    assert (finding.line, finding.column) == (3, 62)


@pytest.mark.parametrize(
    ("index", "told"),
    [
        ("CREATE INDEX ASYNC i ON c (b, a, id);", False),
        ("CREATE INDEX ASYNC i ON c (id, a, b);", True),
        ("CREATE INDEX ASYNC i ON c (a);", True),
        ("CREATE INDEX ASYNC i ON c (a, b) WHERE id > 1;", True),
        ("CREATE INDEX ASYNC i ON c (a, b); ALTER TABLE c RENAME COLUMN a TO z;", False),
        ("DROP TABLE c;", False),
        ("ALTER TABLE c RENAME TO d;", True),
        ("ALTER TABLE c RENAME TO d; CREATE INDEX ASYNC i ON d (a, b);", False),
    ],
)
def test_which_index_serves_a_foreign_key(tmp_path: Path, index: str, told: bool) -> None:
    sql = "CREATE TABLE c (id uuid PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES p (a, b));\n"
    assert ("DSQL804" in {f.code for f in lint(tmp_path, sql + index)}) is told


def test_an_index_of_a_later_migration_serves_too(tmp_path: Path) -> None:
    (tmp_path / "000001_a.up.sql").write_text("CREATE TABLE c (id uuid PRIMARY KEY, p int REFERENCES p (id));")
    assert [f.code for f in lint_paths([str(tmp_path)]).findings] == ["DSQL804"]
    (tmp_path / "000002_b.up.sql").write_text("CREATE INDEX ASYNC i ON c (p);")
    (tmp_path / "000002_b.down.sql").write_text("DROP INDEX i;")
    result = lint_paths([str(tmp_path)])
    assert [run.title for run in result.runs] == ["golang-migrate"]
    assert not result.findings


def test_advice_reaches_into_bodies(tmp_path: Path) -> None:
    body = "BEGIN UPDATE t SET n = n + 1 WHERE id = k; SELECT a INTO x FROM t WHERE id = k FOR UPDATE; RETURN x; END"
    sql = f"CREATE FUNCTION f(k int) RETURNS int LANGUAGE plpgsql AS $$ DECLARE x int; {body} $$;"
    found = [(f.code, f.within) for f in lint(tmp_path, sql) if f.severity == "info"]
    assert found == [("DSQL803", "function f"), ("DSQL808", "function f")]


def test_real_schemas_are_not_flooded(corpus: Path) -> None:
    """At most one of each in a file; a foreign key without an index, or an index too many, is told for itself."""
    each = ("DSQL804", "DSQL810")
    for name in ("pagila-schema", "danbooru", "chinook", "temporal", "inaturalist"):
        findings = lint_paths([str(corpus / name)]).findings
        advice = Counter((f.path, f.code) for f in findings if f.code.startswith("DSQL8") and f.code not in each)
        assert all(count == 1 for count in advice.values()), name
        assert not [f for f in findings if f.code.startswith("DSQL8") and f.severity != "info"]
