"""The throw-away server: as whom it runs, that it is usable, and that nothing of it stays behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from dsql_migrate.engine.postgres import account as accounts
from dsql_migrate.engine.postgres import server as servers
from dsql_migrate.engine.postgres.binaries import Installation, find_client, find_postgres
from dsql_migrate.engine.postgres.folders import sweep
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.errors import Failure

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed only where we are root")


def test_the_wheel_brings_both_servers_and_the_newest_clients() -> None:
    assert find_postgres().major == 16
    assert find_postgres((18,)).major == 18
    assert find_client("pg_restore").is_file()
    with pytest.raises(Failure, match="no_such_program"):
        find_client("no_such_program")


def test_the_variable_decides_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    eighteen = find_postgres((18,)).bin
    monkeypatch.setenv("DSQL_MIGRATE_PG_BIN", str(eighteen.parent))  # the prefix will do
    assert find_postgres((16,)).bin == eighteen
    monkeypatch.setenv("DSQL_MIGRATE_PG_BIN", "/nonexistent")
    with pytest.raises(Failure, match="no working postgres"):
        find_postgres()


@pytest.mark.server
def test_serves_databases_in_utf8_c_and_utc_and_leaves_nothing() -> None:
    with Server() as server:
        dsn = server.create_database("it's \\ odd")
        with psycopg.connect(dsn) as connection:
            row = connection.execute(
                "SELECT pg_encoding_to_char(encoding), datcollate, current_setting('TimeZone'),"
                " current_setting('listen_addresses') FROM pg_database WHERE datname = current_database()"
            ).fetchone()
        assert row == ("UTF8", "C", "UTC", "")
        assert server.create_database("copy", template="it's \\ odd")
        server.drop_database("copy")
        server.drop_database("never there")
    assert not server.folder.exists()
    server.stop()  # a second time does no harm


@pytest.mark.server
def test_variables_that_are_meant_for_another_server_lead_nobody_astray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    monkeypatch.setenv("PGOPTIONS", "-c no.such=thing -c work_mem=nonsense")
    with Server() as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.server
def test_dies_with_its_parent_even_on_sigkill() -> None:
    program = (
        "import time\nfrom dsql_migrate.engine.postgres.server import Server\n"
        "s = Server()\npid = (s.folder / 'data' / 'postmaster.pid').read_text().split()[0]\n"
        "print(s.folder, pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        folder, pid = child.stdout.readline().split()
        assert Path(folder).is_dir()
        os.kill(child.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while (Path(folder).exists() or Path(f"/proc/{pid}").exists()) and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.server
def test_what_a_killed_watchdog_leaves_is_swept() -> None:
    server = Server()
    assert server._watchdog is not None
    server._watchdog.kill()
    server._watchdog.wait()
    base = server.folder.parent
    assert server.folder not in sweep(base)  # we still live, and hold its lock
    assert server._lock is not None
    server._lock.close()  # as the kernel does when we die
    assert server.folder in sweep(base)
    assert not server.folder.exists()
    server.stop()


def test_a_sweep_leaves_alone_what_is_not_ours(tmp_path: Path) -> None:
    fresh = tmp_path / "dsqlm-fresh"  # made by another process a moment ago, its lock not taken yet
    fresh.mkdir()
    elsewhere = tmp_path / "precious"
    elsewhere.mkdir()
    (tmp_path / "dsqlm-link").symlink_to(elsewhere)
    assert sweep(tmp_path) == []
    assert fresh.is_dir()
    assert elsewhere.is_dir()
    os.utime(fresh, (0, 0))
    assert sweep(tmp_path) == [fresh]


@pytest.fixture
def hidden_installation(tmp_path: Path) -> Installation:
    """PostgreSQL in a virtual environment below a home of mode 0700, as root's is."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    home.chmod(0o700)
    real = find_postgres()
    package = real.bin.parent.parent
    target = home / package.name / real.bin.parent.name
    (target / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(real.bin / program, target / "bin" / program)
    shutil.copytree(real.bin.parent / "lib", target / "lib", ignore=shutil.ignore_patterns("*.a", "pgxs"))
    (target / "share").symlink_to(real.bin.parent / "share")
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    if real.origin != "wheel":
        pytest.skip("a system PostgreSQL cannot be moved")
    return Installation(real.version, target / "bin", "wheel")


@root_only
@pytest.mark.server
@pytest.mark.parametrize("way", ["namespace", "copy"])
def test_runs_from_below_a_private_home(
    way: str, hidden_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "copy":
        monkeypatch.setattr(accounts, "_namespace", lambda _folder: [])  # as in most containers
    elif not shutil.which("unshare") or subprocess.run(["unshare", "-U", "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    cache = Path("/tmp") / f"dsqlm-test-cache-{os.getpid()}"
    cache.mkdir(mode=0o755)
    try:
        found = accounts.account_for(hidden_installation, cache)
        if way == "namespace":
            assert found.prefix
            assert found.bin == hidden_installation.bin
        else:
            assert cache in found.bin.parents
            assert accounts.account_for(hidden_installation, cache).bin == found.bin  # the second time it is there
        monkeypatch.setattr(servers, "account_for", lambda _installation, reach=None: found)
        with Server(hidden_installation) as server, psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert not server.folder.exists()
        assert hidden_installation.bin.parent.parent.parent.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(cache)


@root_only
def test_a_copy_is_not_taken_from_somebody_elses_folder(hidden_installation: Installation) -> None:
    cache = Path("/tmp") / f"dsqlm-test-cache-{os.getpid()}"
    cache.mkdir(mode=0o755)
    try:
        good = accounts._readable_copy(hidden_installation, cache)
        place = next(cache.iterdir())
        place.chmod(0o777)  # now others could have changed it
        assert accounts._readable_copy(hidden_installation, cache) != good
    finally:
        shutil.rmtree(cache)
