"""The engine in one's own process: where it listens, what it tells its clients, and that it ends whole."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from dsql_migrate.api import LocalDsql
from dsql_migrate.engine.local import Database
from dsql_migrate.errors import Failure

pytestmark = pytest.mark.server


def test_a_client_is_the_admin_of_a_database_of_its_own(dsql: Database) -> None:
    with dsql.connect() as connection:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == ("admin", dsql.database)
    with psycopg.connect(dsql.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_databases_do_not_see_each_other(dsql: Database) -> None:
    other = Database(dsql.engine, dsql.engine.new_database())
    with dsql.connect() as here, other.connect() as there:
        here.execute("CREATE TABLE t (id int PRIMARY KEY)")
        assert there.execute("SELECT to_regclass('public.t') IS NULL").fetchone() == (True,)
    dsql.engine.drop_database(other.database)
    with pytest.raises(psycopg.OperationalError):
        other.connect()


def test_the_environment_is_enough_for_a_client(dsql: Database) -> None:
    asked = "SELECT current_user, current_database()"
    program = f"import psycopg; print(*psycopg.connect('').execute({asked!r}).fetchone())"
    environment = {**os.environ, **dsql.environment}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["admin", dsql.database]
    assert urlsplit(dsql.environment["DATABASE_URL"]).port == dsql.port


def test_it_listens_on_this_machine_only() -> None:
    with pytest.raises(Failure, match="this machine only"):
        LocalDsql(host="0.0.0.0")


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_probability_is_one(share: float) -> None:
    with pytest.raises(Failure, match="probability"):
        LocalDsql(chaos=share)


def test_a_taken_port_is_told_and_leaves_the_server_alone(dsql_server: LocalDsql) -> None:
    with pytest.raises(Failure, match="taken by another program"):
        LocalDsql(port=dsql_server.port, server=dsql_server.server)
    dsql_server.check()


def test_verify_full_works_with_the_certificate_it_makes(dsql_server: LocalDsql) -> None:
    with LocalDsql(tls=True, server=dsql_server.server) as engine:
        asked = parse_qs(urlsplit(engine.url()).query)
        assert asked["sslmode"] == ["verify-full"]
        for connect in (engine.dsn(), engine.url(), engine.dsn() + " host=localhost", *_at_once(engine)):
            with psycopg.connect(connect) as connection:
                assert connection.pgconn.ssl_in_use
        with pytest.raises(psycopg.OperationalError, match="certificate"):
            psycopg.connect(engine.dsn() + " sslrootcert=" + str(_another_authority(engine)))


def _at_once(engine: LocalDsql) -> list[str]:
    """Clients since version 17 can speak TLS without asking for it first."""
    return [engine.dsn() + " sslnegotiation=direct"] if psycopg.pq.version() >= 170_000 else []


def _another_authority(engine: LocalDsql) -> Path:
    from dsql_migrate.engine.certificate import certificate_in

    return certificate_in(engine.server.folder / "another").authority


def test_stop_ends_everything_with_clients_connected_and_may_come_twice() -> None:
    with LocalDsql() as engine:
        client = psycopg.connect(engine.dsn(), autocommit=True)
        postmaster = int((engine.server.folder / "data" / "postmaster.pid").read_text().split()[0])
        folder = engine.server.folder
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(postmaster, 0)
    with pytest.raises(psycopg.OperationalError):
        client.execute("SELECT 1")
    engine.stop()
    with pytest.raises(Failure, match="was stopped"):
        engine.dsn()


def test_a_backend_that_is_gone_is_told() -> None:
    with LocalDsql() as engine:
        engine.server.stop()
        with pytest.raises(Failure, match="PostgreSQL has ended"):
            engine.new_database()


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_can_connect_and_its_end_does_no_harm(dsql: Database) -> None:
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(dsql,))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    with dsql.connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def _in_child(dsql: Database) -> None:
    with dsql.connect() as connection:
        connection.execute("SELECT 1")
    dsql.engine.stop()
