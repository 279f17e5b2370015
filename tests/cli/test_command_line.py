"""The command line as scripts see it: exit codes, one line for what went wrong, where output may go."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
OK = "CREATE TABLE t (id int PRIMARY KEY);\nCOPY t FROM stdin;\n1\n\\.\n"
COMMANDS = ("migrate", "demo", "lint", "rewrite", "apply", "verify", "report", "rules", "explain")


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(PROJECT), **environment}
    return subprocess.run(program, capture_output=True, text=True, env=env, cwd=cwd, input="", check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ok.sql").write_text(OK)
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "ledger.json").write_text("{}")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious").write_text("mine")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["rewrite", "ok.sql"], "Missing option '-o'"),
        (["rewrite", "nowhere.sql", "-o", "out"], "nowhere.sql: no such file or directory"),
        (["rewrite", "", "-o", "out"], "the name of the input is empty"),
        (["rewrite", "-", "-o", "out"], "<stdin> is empty"),
        (["rewrite", "other", "-o", "out"], "other holds no migrations and no SQL"),
        (["rewrite", "ok.sql", "-o", "ok.sql"], "ok.sql is a file"),
        (["rewrite", "ok.sql", "-o", "ok.sql/out"], "ok.sql is a file"),
        (["rewrite", "ok.sql", "-o", "bundle"], "bundle is there already"),
        (["rewrite", "ok.sql", "-o", "other"], "other is there already"),
        (["rewrite", "ok.sql", "-o", "other", "--force"], "other is not empty and holds no bundle: it is left alone"),
        (["rewrite", "ok.sql", "-o", "out", "--as-of", "soon"], "'soon' does not match the format '%Y-%m-%d'"),
        (["rewrite", "ok.sql", "-o", "out", "--as-of", "1999-01-01"], "there was no Aurora DSQL on 1999-01-01"),
        (["rewrite", "ok.sql", "-o", "out", "--identity-cache", "5"], "identity-cache 5: DSQL takes 1, or"),
        (["rewrite", "ok.sql", "-o", "out", "--identity-cache", "many"], "'many' is not one of '65536', '1'"),
        (["lint", "nowhere.sql"], "no such file or folder: nowhere.sql"),
        (["report", "nowhere", "-o", "r.html"], "nowhere does not exist"),
        (["report", "other", "-o", "r.html"], "other is a folder without ledger.json"),
        (["apply", "nowhere"], "'nowhere' does not exist"),
        (["apply", "bundle", "--dsn", "total nonsense"], "neither key=value pairs nor a postgresql:// URI"),
        (["explain", "DSQL999"], "there is no rule DSQL999"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(folder: Path, arguments: list[str], told: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    done = run(*arguments, cwd=folder, PGHOST="")
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in folder.iterdir()) == before
    assert (folder / "other" / "precious").read_text() == "mine"


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: dsql-migrate {name}")
    assert done.stderr == ""


def test_force_replaces_a_bundle(folder: Path) -> None:
    assert run("rewrite", "ok.sql", "-o", "bundle", "--force", cwd=folder).returncode == 0
    assert (folder / "bundle" / "ledger.json").read_text() != "{}"
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_the_bundle_is_as_open_as_the_umask_says(folder: Path) -> None:
    old = os.umask(0o077)
    try:
        run("rewrite", "ok.sql", "-o", "out", cwd=folder)
    finally:
        os.umask(old)
    assert (folder / "out").stat().st_mode & 0o777 == 0o700
    assert (folder / "out" / "ledger.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_of_a_killed_run_is_swept(folder: Path) -> None:
    """One that is in use is locked; one that has another name is somebody else's."""
    import fcntl

    dead, used, other = (folder / name for name in (".out.dsqlm-dead", ".out.dsqlm-used", ".out.mine"))
    for path in (dead, used, other):
        path.mkdir()
        os.utime(path, (0, 0))
    lock = os.open(used, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        assert run("rewrite", "ok.sql", "-o", "out", cwd=folder).returncode == 0
    finally:
        os.close(lock)
    assert (dead.exists(), used.exists(), other.exists()) == (False, True, True)


def test_a_full_disk(folder: Path) -> None:
    """A limit on the size of a file stands for it: nothing is left behind."""
    (folder / "big.sql").write_text(OK + "INSERT INTO t VALUES (2);\n" * 40_000)
    program = f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({1 << 18}, {1 << 18}))\n"
    program += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    program += "from dsql_migrate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "rewrite", "big.sql", "-o", "out"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
    )
    assert done.returncode == 2
    assert "error: out: File too large" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["big.sql", "bundle", "ok.sql", "other"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everywhere")
def test_no_permission(folder: Path) -> None:
    (folder / "ok.sql").chmod(0)
    assert "ok.sql: permission denied" in run("rewrite", "ok.sql", "-o", "out", cwd=folder).stderr
    (folder / "other").chmod(0o500)
    assert "cannot write to" in run("rewrite", "ok.sql", "-o", "other/out", cwd=folder).stderr


def test_nobody_reads_the_output() -> None:
    """As the shell shows SIGPIPE; 1 would mean findings."""
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", "rules"]
    running = subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(PROJECT)}
    )
    assert running.stdout is not None
    running.stdout.close()
    assert running.wait() == 141
    assert running.stderr is not None
    assert running.stderr.read() == b""
    running.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_the_output_cannot_be_written() -> None:
    program = [sys.executable, "-c", "from dsql_migrate.cli import main; main()", "rules"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            program, stdout=full, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(PROJECT)}, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"error: No space left on device\n"


@pytest.mark.parametrize("change", [{"HOME": "/nonexistent"}, {"TMPDIR": "/nonexistent"}, {"PATH": "/nonexistent"}])
def test_poor_surroundings(folder: Path, change: dict[str, str]) -> None:
    done = run("rewrite", "ok.sql", "-o", "out", cwd=folder, **change)
    assert (done.returncode, done.stderr) == (0, "")
