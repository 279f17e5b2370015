"""Rules are sorted by kind of part before they are asked: what is left out could not have matched."""

import pytest

from dsql_migrate.lint.rule import load_rules, ready
from dsql_migrate.lint.subjects import subjects
from dsql_migrate.source.build import read
from dsql_migrate.target import load_target

TEXTS = [
    b"CREATE TABLE t (id serial PRIMARY KEY, a text[] COLLATE x, b int GENERATED ALWAYS AS (1) STORED, UNIQUE (a))",
    b"CREATE UNLOGGED TABLE t (LIKE u) WITH (fillfactor = 70) TABLESPACE s",
    b"ALTER TABLE t ADD COLUMN c int DEFAULT 1 NOT NULL, ADD CONSTRAINT k PRIMARY KEY (c), DISABLE TRIGGER ALL",
    b"CREATE UNIQUE INDEX CONCURRENTLY i ON t USING gin (a text_ops DESC, lower(b)) WITH (x = 1) WHERE c > 0",
    b"SELECT nextval('s'), pg_advisory_lock(1) FROM t TABLESAMPLE system (1) FOR SHARE",
    b"TRUNCATE t",
    b"SET work_mem = '1GB'",
    b"GRANT ALL ON SCHEMA public TO x",
]


@pytest.mark.parametrize("text", TEXTS)
def test_no_rule_that_holds_is_left_out(text):
    from dsql_migrate.lint.condition import condition

    target = load_target()
    rules = ready(load_rules(), target)
    for subject in subjects(read(text)):
        asked = {rule.rule.code for rule in rules.rules_for(subject)}
        on = [*rules.get(type(subject.part).__name__, ()), *(rules["Fact"] if subject.part is subject.owner else ())]
        holding = {rule.rule.code for rule in on if condition(rule.rule.where, target)(subject)}
        assert holding <= asked <= {rule.rule.code for rule in on}


def test_most_rules_on_a_plain_column_are_left_out():
    rules = ready(load_rules(), load_target())
    column = list(subjects(read(b"CREATE TABLE t (id int)")))[1]
    asked = list(rules.rules_for(column))
    assert len(asked) < len(rules["Column"])
    assert "column-compression" not in {rule.rule.name for rule in asked}
