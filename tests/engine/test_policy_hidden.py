"""The engine's own schema and settings: clients meet neither."""

from __future__ import annotations

import pytest

from dsql_migrate.engine.policy import Allow, Refuse, judge
from dsql_migrate.source.parse import parse
from dsql_migrate.target import load_target


def answer(sql: str) -> Allow | Refuse:
    return judge(parse(sql.encode()), sql.encode(), load_target())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_dsql.fork('{}')",
        'SELECT "pg_dsql".fork(NULL)',
        'SELECT U&"pg\\005fdsql".fork(NULL)',
        "SELECT * FROM pg_dsql.t",
        "INSERT INTO pg_dsql.t VALUES (1)",
        "SELECT 1::pg_dsql.t",
        "SELECT 1 OPERATOR(pg_dsql.+) 2",
        "SELECT 'pg_dsql.t'::regclass",
        "SELECT 'pg_dsql'::regnamespace",
        "SELECT E'\\x70g_dsql.t'::regclass",
        "SELECT nextval('pg_dsql.s')",
        "SELECT set_config('search_path', 'public, pg_dsql', false)",
        "SET search_path = public, pg_dsql",
        "SET LOCAL search_path = 'pg_dsql'",
        "ALTER ROLE app SET search_path = pg_dsql",
        "CALL pg_dsql.fork(NULL)",
        "CREATE VIEW v AS SELECT pg_dsql.fork(NULL)",
        "CREATE TABLE t (a int DEFAULT pg_dsql.next())",
        "CREATE FUNCTION f() RETURNS int RETURN pg_dsql.next()",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT pg_dsql.next()'",
        "ALTER TABLE t SET SCHEMA pg_dsql",
        "DROP SCHEMA pg_dsql CASCADE",
        "DROP FUNCTION pg_dsql.fork",
        "GRANT USAGE ON SCHEMA pg_dsql TO app",
        "COMMENT ON SCHEMA pg_dsql IS 'x'",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA pg_dsql GRANT SELECT ON TABLES TO app",
        "COPY pg_dsql.t TO stdout",
    ],
)
def test_the_schema_is_not_there(sql: str) -> None:
    assert answer(sql) == Refuse("3F000", 'schema "pg_dsql" does not exist')


def test_the_word_alone_is_no_name() -> None:
    assert isinstance(answer("SELECT nspname FROM pg_namespace WHERE nspname <> 'pg_dsql'"), Allow)
    assert isinstance(answer("INSERT INTO notes VALUES ('pg_dsql is a schema')"), Allow)


def test_the_engines_settings_can_be_neither_read_nor_set() -> None:
    unknown = Refuse("42704", 'unrecognized configuration parameter "dsql.rows"')
    assert answer("SHOW dsql.rows") == unknown
    assert answer("SELECT current_setting('dsql.rows')") == unknown
    for sql in ("SET dsql.rows = 1", "RESET dsql.rows", "SELECT set_config('dsql.rows', '1', true)"):
        assert answer(sql) == Refuse("0A000", 'setting configuration parameter "dsql.rows" not supported')
    assert isinstance(answer("SET dsql.enable_batched_nestloop = off"), Allow)
