"""A folder that keeps a cluster: what is still there the next time, and what is refused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.errors import Failure

pytestmark = pytest.mark.server


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that any user can walk to, which pytest's own are not."""
    parent = Path(tempfile.mkdtemp(prefix="dsql-kept-"))
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent)


def test_what_was_written_is_there_the_next_time(folder: Path) -> None:
    with Server(data=folder) as server:
        with psycopg.connect(server.create_database("shop")) as connection:
            connection.execute("CREATE TABLE t AS SELECT 7 AS n")
        sockets = server.folder
        assert (folder / "tls") == server.tls_folder
    assert not sockets.exists()
    with Server(data=folder) as server, psycopg.connect(server.dsn("shop")) as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (7,)


def test_one_engine_at_a_time(folder: Path) -> None:
    with Server(data=folder), pytest.raises(Failure, match="another engine is using"):
        Server(data=folder)
    Server(data=folder).stop()


def test_a_folder_that_is_something_else_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "letters.txt").write_text("dear")
    with pytest.raises(Failure, match="something else"):
        Server(data=folder)
    assert [path.name for path in folder.iterdir()] == ["letters.txt"]
    with pytest.raises(Failure, match="cannot use the folder"):
        Server(data=folder / "letters.txt")


def test_another_version_is_told(folder: Path) -> None:
    Server(data=folder).stop()
    (folder / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(Failure, match="was made by PostgreSQL 9, and here is PostgreSQL"):
        Server(data=folder)


def test_a_later_layout_is_told(folder: Path) -> None:
    Server(data=folder).stop()
    (folder / "engine.json").write_text('{"format": 99}')
    with pytest.raises(Failure, match="another version of dsql-migrate"):
        Server(data=folder)


@pytest.mark.parametrize("watchdog_too", [False, True])
def test_a_killed_engine_leaves_its_data_usable(folder: Path, watchdog_too: bool) -> None:
    program = (
        "import sys, time, psycopg\nfrom pathlib import Path\nfrom dsql_migrate.engine.postgres.server import Server\n"
        "s = Server(data=Path(sys.argv[1]))\nc = psycopg.connect(s.create_database('shop'), autocommit=True)\n"
        "c.execute('CREATE TABLE t AS SELECT 7 AS n')\nc.execute('CHECKPOINT')\n"
        "print(s._watchdog.pid, s.folder, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, folder], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        watchdog, sockets = child.stdout.readline().split()
        if watchdog_too:
            os.kill(int(watchdog), signal.SIGKILL)
        child.kill()
    until = time.monotonic() + 20
    while not watchdog_too and Path(sockets).exists() and time.monotonic() < until:
        time.sleep(0.02)
    with Server(data=folder) as server, psycopg.connect(server.dsn("shop")) as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (7,)
    assert not Path(sockets).exists()


def test_a_start_that_was_killed_half_way_is_begun_anew(folder: Path) -> None:
    Server(data=folder).stop()
    shutil.rmtree(folder / "cluster")
    (folder / "cluster.new").mkdir()
    (folder / "cluster.new" / "PG_VERSION").write_text("16\n")
    with Server(data=folder) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not (folder / "cluster.new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed only where we are root")
def test_below_a_private_folder_it_works_without_opening_it_or_says_why(folder: Path) -> None:
    folder.parent.chmod(0o700)
    try:
        server = Server(data=folder)
    except Failure as failure:
        told = failure.message
    else:
        with server, psycopg.connect(server.dsn()) as connection:
            told = str(connection.execute("SELECT 'works'").fetchone())
    assert "works" in told or "no other user can reach" in told
    assert folder.parent.stat().st_mode & 0o777 == 0o700
