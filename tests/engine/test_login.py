"""Who gets in, and what those are told who do not."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dsql_migrate.engine.local import Database, LocalDsql
from dsql_migrate.engine.postgres.server import Server

pytestmark = pytest.mark.server

DENIED = "FATAL:  unable to accept connection, access denied"


def told(dsql: Database, **options: str) -> str:
    with pytest.raises(psycopg.OperationalError) as caught:
        dsql.connect(**options)
    return str(caught.value)


@pytest.mark.parametrize("password", ["", "a token", "x" * 4000])
def test_any_password_will_do_if_there_is_one(dsql: Database, password: str) -> None:
    if password:
        dsql.connect(password=password).close()
    else:
        assert "no password supplied" in told(dsql, password=password)


@pytest.mark.parametrize("role", ["nobody", "postgres", "pg_dsql", "pg_read_all_data", "sleeper"])
def test_roles_that_are_not_there_or_may_not_log_in(dsql: Database, role: str) -> None:
    with dsql.connect() as admin:
        admin.execute("DROP ROLE IF EXISTS sleeper")
        admin.execute("CREATE ROLE sleeper")
    assert DENIED in told(dsql, user=role)


def test_a_role_of_the_clients_own_may_log_in(dsql: Database) -> None:
    with dsql.connect() as admin:
        admin.execute("CREATE ROLE reader WITH LOGIN")
    with dsql.connect(user="reader") as reader:
        assert reader.execute("SELECT current_user").fetchone() == ("reader",)
    with dsql.connect() as admin:
        admin.execute("DROP ROLE reader")


@pytest.mark.parametrize("database", ["nowhere", "template1", "template0"])
def test_databases_that_are_not_there(dsql: Database, database: str) -> None:
    assert f'FATAL:  database "{database}" does not exist' in told(dsql, dbname=database)


def test_a_setting_that_dsql_does_not_take_breaks_the_connection(dsql: Database) -> None:
    message = 'FATAL:  setting configuration parameter "statement_timeout" not supported'
    assert message in told(dsql, options="-c statement_timeout=5")


def test_a_value_that_a_setting_does_not_take_is_told(dsql: Database) -> None:
    assert 'FATAL:  invalid value for parameter "DateStyle": "nonsense"' in told(dsql, options="-c datestyle=nonsense")


@pytest.fixture
def small() -> Iterator[LocalDsql]:
    """An engine for few clients; some of its connections are its own."""
    with Server(connections=12) as server, LocalDsql(server=server) as engine:
        yield engine


def test_more_clients_than_there_is_room_for_are_told_so(small: LocalDsql) -> None:
    clients: list[psycopg.Connection[tuple[object, ...]]] = []
    with pytest.raises(psycopg.OperationalError) as caught:
        clients.extend(psycopg.connect(small.dsn()) for _ in range(13))
    assert "Unable to accept connection, too many open connections." in str(caught.value)
    assert 5 < len(clients) < 12
    clients.pop().close()
    for _ in range(100):  # its backend takes a moment to end
        try:
            clients.append(psycopg.connect(small.dsn()))
            break
        except psycopg.OperationalError:
            continue
    assert clients[-1].execute("SELECT 1").fetchone() == (1,)
    for client in clients:
        client.close()
