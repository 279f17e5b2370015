"""pgbench: its tables are made by hand, as ``-i`` needs what DSQL has not; its scripts run as they are.

``-i`` makes tables WITH (fillfactor), empties them by TRUNCATE, vacuums, and adds the primary keys afterwards. ``-n``
leaves the vacuum out of a run, and ``--max-tries`` starts a transaction anew that has lost a race.
"""

from __future__ import annotations

import os
import re
import subprocess

import psycopg
import pytest
from client_endpoint import Endpoint

from dsql_migrate.engine.postgres.binaries import find_client

pytestmark = pytest.mark.server

_TABLES = (
    "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88))",
    "CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))",
    "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))",
    "CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
    "INSERT INTO pgbench_branches SELECT b, 0 FROM generate_series(1, 1) b",
    "INSERT INTO pgbench_tellers SELECT t, 1, 0 FROM generate_series(1, 10) t",
)
_AT_ONCE = 2500  # fewer rows a transaction than the limit


def pgbench(endpoint: Endpoint, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the wheel's, which speaks no TLS."""
    told = os.environ | endpoint.variables | {"PGSSLMODE": "prefer", "PGSSLROOTCERT": "", "LC_ALL": "C"}
    command = [str(find_client("pgbench")), *arguments]
    return subprocess.run(command, env=told, capture_output=True, text=True, timeout=120, check=False)


def test_its_own_way_to_make_tables_is_refused(endpoint: Endpoint) -> None:
    refused = pgbench(endpoint, "-i")
    assert refused.returncode != 0
    assert "not supported" in refused.stderr


def test_its_scripts(endpoint: Endpoint) -> None:
    with psycopg.connect(endpoint.dsn, autocommit=True) as connection:
        for statement in _TABLES:
            connection.execute(statement)
        for first in range(1, 20_000, _AT_ONCE):  # the scripts miss the accounts that are not there, without an error
            last = first + _AT_ONCE - 1
            rows = f"SELECT a, 1, 0 FROM generate_series({first}, {last}) a"
            connection.execute(f"INSERT INTO pgbench_accounts {rows}".encode())
        for mode in ("simple", "extended", "prepared"):
            read = pgbench(endpoint, "-n", "-S", "-M", mode, "-c", "4", "-j", "2", "-t", "50")
            assert read.returncode == 0, read.stderr
            assert "number of transactions actually processed: 200/200" in read.stdout
        wrote = pgbench(endpoint, "-n", "-M", "prepared", "-c", "3", "-t", "10", "--max-tries=1000")
        assert wrote.returncode == 0, wrote.stderr
        assert re.search(r"number of failed transactions: 0 \(", wrote.stdout), wrote.stdout
        assert connection.execute("SELECT count(*) FROM pgbench_history").fetchone() == (30,)
        pgbench(endpoint, "-n", "-c", "3", "-t", "10")  # what loses is counted as failed, and not tried again
        told = connection.execute("SELECT bbalance FROM pgbench_branches").fetchone()
        assert told == connection.execute("SELECT sum(delta) FROM pgbench_history").fetchone()
