"""A run that is stopped half-way leaves nothing: no folder beside the output, no server, no temporary folder."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place() -> Iterator[Path]:
    """Short enough a path for a Unix socket, open for the server's user."""
    folder = Path(tempfile.mkdtemp(prefix="dm-"))
    folder.chmod(0o755)
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o1777)
    parts = "".join(f"CREATE TABLE t{i} (id int PRIMARY KEY, a text);\n" for i in range(400))
    (folder / "in.sql").write_text(parts)
    yield folder
    shutil.rmtree(folder)


def start(place: Path) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()"]
    return subprocess.Popen(
        [*program, "migrate", "in.sql", "-o", "out"],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(place / "tmp")},
    )


def wait(what: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def servers(place: Path) -> list[str]:
    """Postmasters whose folder is below ``place``."""
    found = subprocess.run(["ps", "-ww", "-eo", "args="], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if f"-D {place}" in line and "postgres" in line]


def left(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir() if path.name not in ("in.sql", "tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal(place: Path, number: signal.Signals) -> None:
    running = start(place)
    wait(lambda: bool(servers(place)))
    os.killpg(running.pid, number)
    _, told = running.communicate(timeout=30)
    assert running.returncode == 130, told
    assert told.endswith(b"interrupted: nothing was left half-written\n")
    assert b"Traceback" not in told
    assert left(place) == []
    wait(lambda: not servers(place) and not any((place / "tmp").iterdir()), 10)


def test_a_kill_is_swept_by_the_next_run(place: Path) -> None:
    running = start(place)
    wait(lambda: bool(servers(place)) and bool(left(place)))
    running.kill()
    running.communicate()
    wait(lambda: not servers(place))
    assert left(place) != []
    for path in left(place):
        os.utime(place / path, (0, 0))
    running = start(place)
    assert running.wait(60) == 0
    running.communicate()
    assert left(place) == ["out"]
    assert not any((place / "tmp").iterdir())


def test_two_at_the_same_time(place: Path) -> None:
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", "migrate", "in.sql", "-q"]
    env = {**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(place / "tmp")}
    both = [subprocess.Popen([*program, "-o", name], cwd=place, env=env) for name in ("one", "two")]
    assert [running.wait(90) for running in both] == [0, 0]
    assert left(place) == ["one", "two"]
