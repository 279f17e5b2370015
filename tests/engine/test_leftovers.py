"""Nothing of the engine is left: no process, no folder, no socket, no descriptor, however it was treated and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import psycopg
import pytest
from support.footprint import backends, children, descriptors, needs_proc
from support.rawclient import RawClient, copy_data, eventually, query

from dsql_migrate.engine.local import LocalDsql

pytestmark = pytest.mark.server


def mistreat(engine: LocalDsql) -> list[RawClient]:
    """Clients in every state, none of which says goodbye."""
    clients = [RawClient(engine.host, engine.port) for _ in range(6)]
    clients[0].query("CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY)")
    clients[0].query("INSERT INTO t VALUES (1)")
    clients[1].query("BEGIN; UPDATE t SET id = 2")
    clients[2].query("BEGIN; UPDATE t SET id = 3")  # puts the one before aside
    clients[3].send(query("COPY t FROM STDIN"))
    clients[3].read()
    clients[3].send(copy_data(b"7\n"))
    clients[4].send(query("SELECT pg_sleep(100)"))
    clients[5].send(b"Q\0")  # not even a message
    clients.append(RawClient(engine.host, engine.port, begin=False))  # never starts up
    return clients


def test_an_engine_that_is_stopped_leaves_nothing() -> None:
    needs_proc()
    with LocalDsql() as warm:  # what is opened once and kept: the time zones, the parser
        RawClient(warm.host, warm.port).close()
    files, processes, threads = descriptors(), children(os.getpid()), set(threading.enumerate())
    engine = LocalDsql()
    folder, place = engine.server.folder, (engine.host, engine.port)
    clients = mistreat(engine)
    assert children(os.getpid()) > processes
    engine.stop()
    for client in clients:
        client.until_end()  # all of them are told, by the end of the connection if not by a word
        client.close()
    assert not folder.exists()
    with pytest.raises(OSError):  # noqa: PT011
        socket.create_connection(place, 2).close()
    eventually(lambda: children(os.getpid()) <= processes)
    eventually(lambda: set(threading.enumerate()) <= threads)
    eventually(lambda: descriptors() <= files)


PROGRAM = """
    import sys, time
    from dsql_migrate.engine.local import LocalDsql
    engine = LocalDsql()
    print(engine.port, engine.server.folder, flush=True)
    if sys.argv[1] == "raises":
        raise SystemExit(3)
    time.sleep(100)
"""


@pytest.mark.parametrize("end", ["raises", "SIGINT", "SIGTERM", "SIGKILL"])
def test_a_process_that_ends_takes_its_engine_with_it(end: str, project: Path) -> None:
    needs_proc()
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), end],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=project,
    )
    try:
        assert program.stdout is not None
        port, folder = program.stdout.readline().split()
        below = children(program.pid)
        client = None
        if end != "raises":
            assert below
            client = RawClient("127.0.0.1", int(port))
            client.query("BEGIN; CREATE TABLE t (id int)")
            program.send_signal(getattr(signal, end))
        program.wait(20)
        eventually(lambda: not any(_runs(pid) for pid in below), 15)
        eventually(lambda: not Path(folder).exists(), 15)
        if client is not None:
            client.until_end()
            client.close()
    finally:
        program.kill()
        program.wait()
        if program.stdout is not None:
            program.stdout.close()


def test_a_server_process_that_crashes_takes_the_sessions_and_not_the_engine() -> None:
    """PostgreSQL ends all sessions when one of its processes is killed, recovers, and serves again."""
    needs_proc()
    with LocalDsql() as engine:
        one, two = (RawClient(engine.host, engine.port) for _ in range(2))
        one.query("CREATE TABLE t (id int PRIMARY KEY)")
        two.query("BEGIN; INSERT INTO t VALUES (1)")
        with psycopg.connect(engine.server.dsn(), autocommit=True) as superuser:
            superuser.execute("CHECKPOINT")  # the engine does not write through what is thrown away with it
        os.kill(backends(engine.server.dsn(), "postgres")[0], signal.SIGKILL)
        for client in (one, two):
            client.until_end()
            client.close()

        def served() -> bool:
            with contextlib.suppress(OSError, EOFError, AssertionError), RawClient(engine.host, engine.port) as client:
                return client.query("INSERT INTO t VALUES (2)") == ["C:INSERT 0 1", "Z:I"]
            return False

        eventually(served, 20)
        with RawClient(engine.host, engine.port) as client:
            assert client.query("SELECT id FROM t")[1:-2] == ["D:2"]
            client.query("BEGIN; UPDATE t SET id = 3")
            with RawClient(engine.host, engine.port) as other:
                assert other.query("UPDATE t SET id = 4") == ["C:UPDATE 1", "Z:I"]  # nobody waits, as before
            assert client.query("COMMIT") == ["E:40001", "Z:I"]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
