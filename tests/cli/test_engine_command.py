"""`engine serve`, `engine psql`, `engine run`: as programs, from their start to what they leave behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

pytestmark = pytest.mark.server

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", "engine"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for everything temporary: short enough for a Unix socket, open for the server's user."""
    folder = Path(tempfile.mkdtemp(prefix="de-"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


def environment(place: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DSQL_MIGRATE"))}
    return plain | {"PYTHONPATH": str(PROJECT), "TMPDIR": str(place)}


def engine(place: Path, *words: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words],
        env=environment(place) | more,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def wait(what: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def left(place: Path) -> list[str]:
    """Folders, and processes that have one on their command line."""
    found = subprocess.run(["ps", "-ww", "-eo", "args="], capture_output=True, text=True, check=True).stdout
    processes = [line for line in found.splitlines() if str(place) in line and not line.startswith("ps ")]
    return [*(str(path) for path in place.iterdir()), *processes]


class Serving:
    """A running `engine serve`."""

    def __init__(self, place: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0", "--format", "json", *words],
            env=environment(place),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=30)[1]
        self.told: dict[str, Any] = json.loads(line)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; the exit code, and what stood on standard error."""
        self.process.send_signal(number)
        return self.process.returncode, self.process.communicate(timeout=30)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_serve_says_where_and_ends_as_asked_with_clients_at_work(place: Path, number: signal.Signals) -> None:
    serving = Serving(place)
    idle = psycopg.connect(serving.told["dsn"])
    busy = psycopg.connect(serving.told["url"], autocommit=True)
    busy.execute("CREATE TABLE t (a text)")
    copying = threading.Thread(target=_copy_for_ever, args=(busy,))
    copying.start()
    serving.process.send_signal(number)
    _, told = serving.process.communicate(timeout=30)
    copying.join(30)
    assert (serving.process.returncode, told) == (0, "")
    with pytest.raises(psycopg.OperationalError):
        idle.execute("SELECT 1")
    wait(lambda: left(place) == [])


def _copy_for_ever(connection: psycopg.Connection[Any]) -> None:
    try:
        with connection.cursor() as cursor, cursor.copy("COPY t FROM STDIN") as copy:
            while True:
                copy.write("x\n" * 100)
                time.sleep(0.005)
    except psycopg.Error:
        return


def test_nothing_is_left_of_a_killed_engine(place: Path) -> None:
    serving = Serving(place)
    client = psycopg.connect(serving.told["dsn"])
    client.execute("SELECT 1")
    serving.process.kill()
    serving.process.communicate(timeout=30)
    wait(lambda: left(place) == [])
    with pytest.raises(psycopg.OperationalError):
        client.execute("SELECT 1")


def test_the_text_for_people_names_url_and_psql(place: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", "--as-of", "2026-08-01"],
        env=environment(place), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(6)]
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[1] == ""
    text = "".join(lines)
    assert text.startswith("DSQL as of 2026-08-01, on 127.0.0.1 port ")
    assert "postgresql://admin:" in text
    assert "  psql " in text
    assert "Ctrl-C ends it." in text


def test_a_taken_port_is_told_in_a_line(place: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = engine(place, "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "is taken by another program" in done.stderr
    assert "Traceback" not in done.stderr
    wait(lambda: left(place) == [])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serve", "--host", "0.0.0.0"], "this machine only"),
        (["serve", "--chaos", "2"], "--chaos"),
        (["serve", "--as-of", "2020-01-01"], "there was no Aurora DSQL"),
        (["serve", "--dsn", "host=/nonexistent"], "cannot connect to the server of --dsn"),
        (["serve", "--dsn", "dbname=x", "--data", "d"], "not both"),
        (["run", "--", "no-such-program"], "cannot run no-such-program"),
        (["run"], "CMD"),
        (["psql", "--port", "70000"], "--port"),
    ],
)
def test_what_cannot_be_done_ends_with_exit_code_2_and_a_line(place: Path, words: list[str], told: str) -> None:
    done = engine(place, *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_data_are_kept_from_run_to_run_and_are_one_engines_at_a_time(place: Path) -> None:
    kept = place / "kept"
    serving = Serving(place, "--data", str(kept))
    with psycopg.connect(serving.told["dsn"], autocommit=True) as client:
        client.execute("CREATE TABLE t (id int PRIMARY KEY)")
    second = engine(place, "serve", "--port", "0", "--data", str(kept))
    assert (second.returncode, "another engine is using" in second.stderr) == (2, True)
    assert serving.end(signal.SIGTERM)[1] == ""
    done = engine(place, "psql", "--data", str(kept), "-Atc", "SELECT count(*) FROM t")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


def test_with_tls_clients_verify_in_full(place: Path) -> None:
    serving = Serving(place, "--tls")
    assert "sslmode=verify-full" in serving.told["dsn"]
    assert Path(serving.told["sslrootcert"]).is_file()
    with psycopg.connect(serving.told["dsn"]) as client:
        assert client.pgconn.ssl_in_use
    serving.end(signal.SIGTERM)


def test_run_gives_a_program_the_engine_and_gives_back_its_exit_code(place: Path) -> None:
    program = (
        "import os, sys, psycopg\n"
        "assert psycopg.connect('').execute('SELECT current_user').fetchone() == ('admin',)\n"
        "assert psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT 1').fetchone() == (1,)\n"
        "print('seen', *sys.argv[1:]); sys.exit(7)\n"
    )
    # Variables that would lead elsewhere, or ask for what the engine has not got, are not passed on.
    elsewhere = {"PGHOSTADDR": "192.0.2.1", "PGSERVICE": "no", "PGOPTIONS": "-c geqo=off", "PGGSSENCMODE": "require"}
    done = engine(place, "run", "--", sys.executable, "-c", program, "--as-of", "-x", **elsewhere)
    assert (done.returncode, done.stdout, done.stderr) == (7, "seen --as-of -x\n", "")
    wait(lambda: left(place) == [])


def test_run_passes_a_signal_on_and_ends_with_the_program(place: Path) -> None:
    program = "import time; print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [*PROGRAM, "run", "--", sys.executable, "-c", program],
        env=environment(place), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 128 + signal.SIGTERM
    wait(lambda: left(place) == [])


def test_psql_runs_on_an_engine_of_its_own(place: Path) -> None:
    done = engine(place, "psql", "-v", "ON_ERROR_STOP=1", "-Atc", "SELECT current_user, 41 + 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "admin|42\n", "")
    done = engine(place, "psql", "--", "-v", "ON_ERROR_STOP=1", "-c", "SELECT 1/0", "-c", "SELECT 2")
    assert done.returncode == 1
    assert "division by zero" in done.stderr


def test_psql_connects_to_a_running_engine(place: Path) -> None:
    serving = Serving(place)
    engine(place, "psql", "--port", str(serving.told["port"]), "-c", "CREATE TABLE t (id int PRIMARY KEY)")
    done = engine(place, "psql", "--port", str(serving.told["port"]), "-Atc", "SELECT count(*) FROM t")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
    serving.end(signal.SIGTERM)


def test_settings_come_from_a_file_and_what_is_another_parts_does_no_harm(place: Path, tmp_path: Path) -> None:
    kept = place / "config" / "kept"
    kept.parent.mkdir(mode=0o755)
    (kept.parent / "dsql-migrate.toml").write_text("as-of = 2026-08-01\n[engine]\nport = 1\ndata = 'kept'\n")
    done = engine(place, "run", "--", "true", cwd=kept.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert (kept / "engine.json").is_file()
    (tmp_path / "dsql-migrate.toml").write_text("[engine]\nprot = 1\n")
    done = engine(place, "run", "--", "true", cwd=tmp_path)
    assert (done.returncode, "engine has no option prot" in done.stderr) == (2, True)
