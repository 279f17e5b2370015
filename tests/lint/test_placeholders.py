"""Placeholders of templates: the statement around them is looked at, at its exact place; what they hide is told."""

import pytest

from dsql_migrate.lint import Finding, lint_source, load_rules
from dsql_migrate.lint.rule import ready
from dsql_migrate.source.open import source_of
from dsql_migrate.source.placeholders import filled
from dsql_migrate.target import load_target

TARGET = load_target()
READY = ready(load_rules(), TARGET)


def lint(sql: str) -> list[Finding]:
    with source_of(sql.encode()) as source:
        return lint_source(source, TARGET, READY)


CLEAN = [
    "CREATE TABLE ${schema}.users (id uuid PRIMARY KEY);",
    "CREATE TABLE {{ schema }}.users (id uuid PRIMARY KEY);",
    "CREATE TABLE app_${env}_users (id uuid PRIMARY KEY);",
    "CREATE TABLE @schema@.users (id uuid PRIMARY KEY);",
    "CREATE TABLE %s.users (id uuid PRIMARY KEY);",
    "CREATE TABLE :schema.users (id uuid PRIMARY KEY);",
    'CREATE TABLE :"schema".users (id uuid PRIMARY KEY);',
    "INSERT INTO t VALUES (%s, %s, %(name)s, ?, :x, :'y');",
    "SELECT * FROM t WHERE a = ? AND b = ?;",
    "SELECT * FROM t WHERE a = #{a} AND b = $(b);",
    "DELETE FROM t WHERE d < <%= days %>;",
    "CREATE TABLE t (id uuid PRIMARY KEY, name varchar(${length}));",
    "CREATE SEQUENCE s CACHE ${cache};",
    "COMMENT ON TABLE t IS ${comment};",
    "CREATE TABLE t (id uuid PRIMARY KEY) ${options};",
    "CREATE TABLE t (id uuid PRIMARY KEY {% if x %}, a int{% endif %});",
    "{% if x %}\nCREATE TABLE t (id uuid PRIMARY KEY);\n{% endif %}\n",
    "{{ config(materialized='table', note='a;b') }}\nSELECT id FROM {{ ref('users') }};",
    "{{- if .Values.x }}\nDROP TABLE t;\n{{ end }}",
    "SELECT * FROM t WHERE id IN ({ids}) LIMIT {};",
    "SET ${parameter} = 1;",
    "SELECT a[1:n], b::text, c ? 'k', '${x}', \"@y@\" FROM t;",
]


@pytest.mark.parametrize("sql", CLEAN)
def test_nothing_is_said_of_a_placeholder_itself(sql: str) -> None:
    assert [f.code for f in lint(sql)] == []


@pytest.mark.parametrize("hole", ["${größe}", "{{ x }}", "%(x)s", "@x@", ":x", "?", "<%= x %>", "#{x}"])
def test_what_stands_around_is_found_at_its_place(hole: str) -> None:
    sql = f"INSERT INTO a VALUES ({hole}, {hole});\nTRUNCATE b; SELECT {hole} FROM c TABLESAMPLE SYSTEM (1);"
    found = lint(sql)
    assert [f.code for f in found] == ["DSQL605", "DSQL623"]
    assert sql.encode()[found[1].start : found[1].end] == b"TABLESAMPLE"
    line = sql.splitlines()[1]
    assert (found[1].line, found[1].column) == (2, line.index("TABLESAMPLE") + 1)


def test_names_are_shown_as_they_were_written() -> None:
    (finding,) = lint("CREATE TABLE ${schema}.{{ table }} (id uuid PRIMARY KEY, price money);")
    assert finding.object == "${schema}.{{ table }}.price"
    assert "_schema" not in finding.message + str(finding.help) + str(finding.server_message)


def test_a_table_is_known_by_its_placeholder() -> None:
    sql = "CREATE TABLE ${s}.t (id uuid PRIMARY KEY, d jsonb); CREATE INDEX ASYNC i ON ${s}.t (d);"
    assert [f.code for f in lint(sql)] == ["DSQL207"]


def test_a_placeholder_for_a_statement_is_told_and_one_that_steers_is_not() -> None:
    assert [f.code for f in lint("${create_tables};\nTRUNCATE t;")] == ["DSQL908", "DSQL605"]
    assert [f.code for f in lint("{% for x in y %}\nTRUNCATE t;\n{% endfor %}")] == ["DSQL605"]
    assert [f.code for f in lint("{# a note #}\n-- another\n;")] == []


def test_what_cannot_be_filled_stays_unreadable() -> None:
    assert [f.code for f in lint("CREATE TABEL ${x} (a int);")] == ["DSQL901"]


@pytest.mark.parametrize("sql", ["${", "{{", "{% ", "?" * 300, ":x" * 200, "{}" * 400, "@a@@b@", "<%", "$(", "'${"])
def test_odd_placeholders_never_raise(sql: str) -> None:
    lint(sql)
    found = filled(sql.encode())
    assert found is None or len(found.text) == len(sql)
