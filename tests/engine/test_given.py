"""A PostgreSQL of somebody else in place of the embedded one: what is made there, and that it goes again."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dsql_migrate.engine.local import LocalDsql
from dsql_migrate.engine.postgres.given import GivenServer
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.errors import Failure

pytestmark = pytest.mark.server


@pytest.fixture
def theirs() -> Iterator[Server]:
    with Server() as running:
        yield running


def state(server: Server) -> list[tuple[object, ...]]:
    """Every database and role, and what stands in their database."""
    with psycopg.connect(server.dsn()) as session:
        return session.execute(
            "SELECT 'database', datname FROM pg_database UNION ALL SELECT 'role', rolname FROM pg_roles"
            " UNION ALL SELECT 'schema', nspname FROM pg_namespace ORDER BY 1, 2"
        ).fetchall()


def test_nothing_of_theirs_is_touched_and_nothing_of_ours_stays(theirs: Server) -> None:
    before = state(theirs)
    with LocalDsql(dsn=theirs.dsn()) as engine:
        assert engine.database.startswith("dsql_")
        with psycopg.connect(engine.dsn(), autocommit=True) as client:
            assert client.execute("SELECT current_user, current_database()").fetchone() == ("admin", engine.database)
            client.execute("CREATE ROLE reporting")
        engine.drop_database("postgres")  # not one of ours
        other = engine.new_database()
        assert engine.server.offers(other)
        assert not engine.server.offers("postgres")
    assert state(theirs) == before


def test_the_environment_may_name_it(theirs: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSQL_MIGRATE_ENGINE_DSN", theirs.dsn())
    with LocalDsql() as engine:
        assert engine.server.socket == theirs.socket


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from dsql_migrate.engine.postgres.binaries import find_postgres

    eighteen = find_postgres((18,))
    if eighteen.major != 18:
        pytest.skip("no PostgreSQL 18 here")
    with Server(eighteen) as server, pytest.raises(Failure, match="PostgreSQL 18"):
        GivenServer(server.dsn())


def test_who_is_no_superuser_is_refused(theirs: Server) -> None:
    with psycopg.connect(theirs.dsn(), autocommit=True) as session:
        session.execute("CREATE ROLE plain LOGIN")
    with pytest.raises(Failure, match="not a superuser"):
        GivenServer(theirs.dsn() + " user=plain")


def test_a_superuser_with_the_administrators_name_is_refused(theirs: Server) -> None:
    with psycopg.connect(theirs.dsn(), autocommit=True) as session:
        session.execute("CREATE ROLE admin SUPERUSER LOGIN")
    with pytest.raises(Failure, match="superuser admin"):
        GivenServer(theirs.dsn())


@pytest.mark.parametrize("dsn", ["no such thing", "host=/nonexistent"])
def test_what_cannot_be_reached_is_told(dsn: str) -> None:
    with pytest.raises(Failure, match="--dsn"):
        LocalDsql(dsn=dsn)


def test_a_server_that_asks_for_passwords_is_told(theirs: Server) -> None:
    with psycopg.connect(theirs.dsn(), autocommit=True) as session:
        session.execute("CREATE ROLE admin LOGIN")
        file = session.execute("SHOW hba_file").fetchone()
        assert file is not None
        with open(str(file[0]), "r+") as rules:
            rest = rules.read()
            rules.seek(0)
            rules.write("local all admin scram-sha-256\n" + rest)
        session.execute("SELECT pg_reload_conf()")
    before = state(theirs)
    with pytest.raises(Failure, match="does not let admin in"):
        LocalDsql(dsn=theirs.dsn())
    assert state(theirs) == before
