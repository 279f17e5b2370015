"""set_config of a computed name is judged when it runs; a constant one before."""

from __future__ import annotations

import psycopg
import pytest

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.policy import Allow, Refuse, judge
from dsql_migrate.source.parse import parse
from dsql_migrate.target import load_target


def answer(sql: str) -> Allow | Refuse:
    return judge(parse(sql.encode()), sql.encode(), load_target())


def test_the_name_alone_is_told_to_call_the_engine() -> None:
    taken = answer("SELECT pg_catalog . set_config($1, 'set_config', false), é FROM set_config(lower('A'), 'b', true)")
    assert isinstance(taken, Allow)
    wanted = "SELECT pg_dsql.set_config($1, 'set_config', false), é FROM pg_dsql.set_config(lower('A'), 'b', true)"
    assert taken.sql == wanted.encode()


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW v AS SELECT set_config(lower('A'), 'b', true)",
        "CREATE TABLE t (a text DEFAULT set_config(lower('A'), 'b', true))",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT set_config(lower('A'), 'b', true) $$",
    ],
)
def test_what_is_kept_in_the_catalogue_has_constants_only(sql: str) -> None:
    assert answer(sql) == Refuse("0A000", "function set_config not supported")


@pytest.mark.server
def test_the_parameter_is_refused_at_the_call(dsql: Database) -> None:
    call = "SELECT set_config(%s, %s, %s)"
    with dsql.connect() as connection:
        assert connection.execute(call, ["Application_Name", "x", False]).fetchone() == ("x",)
        for name, value in (("work_mem", "1"), ("request.jwt.claims", "x"), ("dsql.rows", "0"), ("search_path", "")):
            with pytest.raises(psycopg.errors.FeatureNotSupported) as refused:
                connection.execute(call, [name, value, False])
            assert refused.value.diag.message_primary == f'setting configuration parameter "{name}" not supported'
