"""Which functions may be called: every one of PostgreSQL's that changes something has been thought of."""

from __future__ import annotations

import psycopg
import pytest

from dsql_migrate.engine.policy import Allow, Refuse, judge
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.source.parse import parse
from dsql_migrate.target import load_target, store


def answer(sql: str) -> Allow | Refuse:
    return judge(parse(sql.encode()), sql.encode(), load_target())


@pytest.mark.server
def test_every_volatile_function_is_either_refused_or_known_to_be_harmless(server: Server) -> None:
    data = store.load()["functions"]
    refused = set(data["refused"]["names"]).union(*(group["names"] for group in data["inferred"]))
    harmless = [name for names in data["effects"] for name in names]
    with psycopg.connect(server.dsn("postgres")) as connection:
        found = connection.execute(
            "SELECT proname, bool_or(provolatile = 'v') FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
            " GROUP BY 1"
        ).fetchall()
    volatile = {name for name, changing in found if changing}
    assert volatile - refused - set(harmless) == set()
    assert refused & set(harmless) == set()
    # A name that PostgreSQL does not have is a slip of the pen: it would guard nothing.
    assert (refused | set(harmless)) - {name for name, _ in found} == set()


@pytest.mark.parametrize(
    "call",
    [
        "pg_backend_pid()",
        "pg_catalog.pg_terminate_backend(1)",
        "lo_from_bytea(0, 'x')",
        "pg_read_file('/etc/passwd')",
        "pg_current_wal_lsn()",
        "query_to_xml('TRUNCATE t', true, true, '')",
        "ts_stat('SELECT 1')",
        "pg_notify('a', 'b')",
    ],
)
def test_what_a_server_of_ones_own_is_needed_for_is_refused(call: str) -> None:
    name = call.partition("(")[0].rpartition(".")[2]
    wanted = Refuse("0A000", f"function {name} not supported")
    assert answer(f"SELECT {call}") == wanted
    assert answer(f"CREATE TABLE t (a text, CHECK ({call} IS NULL))") == wanted
    assert answer(f"CREATE VIEW v AS SELECT (SELECT {call})") == wanted
    assert answer(f"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $f$ SELECT {call} $f$") == wanted
    assert answer(f"CREATE FUNCTION f() RETURNS int RETURN {call}") == wanted
    assert answer(f"CALL sys.wait_for_job({call})") == wanted


def test_a_function_of_the_client_may_have_any_name() -> None:
    assert isinstance(answer("SELECT app.pg_notify('a', 'b')"), Allow)
