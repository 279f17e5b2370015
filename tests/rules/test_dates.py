"""Dated truth: what DSQL learned is an error on the day before it came, and clean on the day."""

from datetime import date, timedelta

import pytest

from dsql_migrate.lint import lint_source, load_rules
from dsql_migrate.lint.rule import ready
from dsql_migrate.source.open import source_of
from dsql_migrate.target import load_target

RULES = load_rules()
LEARNED = {
    "CREATE TABLE t (a numeric(10,2) PRIMARY KEY)": "numeric-keys",
    "CREATE SEQUENCE s CACHE 1": "sequences",
    "CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (CACHE 1))": "identity-columns",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app": "alter-default-privileges",
    "CREATE SCHEMA s CREATE SEQUENCE q CACHE 1": "nested-create-schema",
    "ALTER ROLE a RENAME TO b": "role-rename",
    "DROP ROUTINE f(int)": "alter-routine",
    "CREATE TABLE t (a json)": "json",
    "CREATE TABLE t (a text STORAGE MAIN)": "storage-clause",
    "CREATE DOMAIN d AS int": "domains",
    "CREATE TABLE t (a jsonb)": "jsonb",
    "ALTER TABLE t DISABLE TRIGGER ALL": "toggle-triggers",
    "ALTER TABLE t ALTER a SET DEFAULT 1": "alter-column-default",
    "ALTER TABLE t ALTER a DROP NOT NULL": "drop-not-null",
    "ALTER TABLE t ALTER a DROP EXPRESSION": "drop-expression",
    "ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)": "add-identity",
    "ALTER TABLE t DROP CONSTRAINT c": "drop-constraint",
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i": "unique-using-index",
    "ALTER TABLE t DROP COLUMN a": "drop-column",
    "ALTER TABLE t ADD CHECK (a > 0) NOT VALID": "check-not-valid",
    "ALTER TABLE ASYNC t VALIDATE CONSTRAINT c": "validate-constraint-async",
    "DROP TRIGGER IF EXISTS x ON t": "drop-trigger-if-exists",
    "CREATE INDEX ASYNC i ON t (lower(a))": "expression-indexes",
    "SELECT * FROM t, u FOR UPDATE": "for-update-any-predicate",
    "SELECT * FROM t FOR KEY SHARE": "for-key-share",
    "CREATE TABLE t (a numeric(50,2))": "wide-numeric",
    "CREATE TABLE t (a int REFERENCES p)": "foreign-keys",
    "SET CONSTRAINTS ALL DEFERRED": "foreign-keys",
    "ALTER TABLE t ALTER CONSTRAINT c DEFERRABLE": "foreign-keys",
    "CREATE STATISTICS s ON a, b FROM t": "extended-statistics",
    "ALTER STATISTICS s SET STATISTICS 10": "extended-statistics",
    "SET dsql.enable_batched_nestloop = on": "batched-nestloop",
    "CREATE INDEX ASYNC i ON t (a) WHERE a > 0": "partial-indexes",
}
# Capabilities that no statement shows: how old a service is, and what it stores in which way.
UNSEEN = {"preview", "general-availability", "text-compression"}


def errors(sql: str, day: date) -> list[str]:
    target = load_target(day)
    with source_of(sql.encode()) as source:
        return [f.code for f in lint_source(source, target, ready(RULES, target)) if f.severity == "error"]


@pytest.mark.parametrize(("sql", "capability"), LEARNED.items())
def test_the_day_before_and_the_day(sql: str, capability: str) -> None:
    since = load_target().since(capability)
    assert since is not None
    assert errors(sql, since - timedelta(days=1))
    assert not errors(sql, since)


def test_every_capability_is_held_against_its_day() -> None:
    assert set(load_target().capabilities) == set(LEARNED.values()) | UNSEEN
