"""``dsql-migrate apply --dsn`` over a real connection that conflicts, breaks and is killed: every row arrives once."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from support.databases import state, superuser
from support.wire import Trouble, WireServer

from dsql_migrate.apply import apply_bundle
from dsql_migrate.cli import main
from dsql_migrate.engine.endpoint import PsycopgEndpoint
from dsql_migrate.engine.local import Database, LocalDsql
from dsql_migrate.rewrite.run import rewrite

pytestmark = pytest.mark.server
PROJECT = Path(__file__).resolve().parent.parent.parent
LIBRARY = Path(__file__).parent / "data" / "library"
TRAVELS = Path(__file__).parent / "data" / "travels"
PASSWORD = "hush4711"
READS = (b"SELECT status", b"SELECT c.conname", b"SELECT indisvalid")  # apply's own questions


@pytest.fixture
def wire(dsql: Database) -> Iterator[WireServer]:
    with WireServer(dsql, password=PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def shop(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shop") / "out"
    rewrite(str(project / "fixtures" / "demo" / "shop.sql"), out)
    return out


@pytest.fixture(scope="module")
def whole(shop: Path, dsql_server: LocalDsql) -> dict[Path, dict[str, object]]:
    """What a database is like after each bundle was applied without any trouble."""
    found = {}
    for bundle in (shop, LIBRARY, TRAVELS):
        database = Database(dsql_server, dsql_server.new_database())
        endpoint = PsycopgEndpoint(database.dsn)
        assert apply_bundle(bundle, endpoint, journal=False).ok
        endpoint.close()
        found[bundle] = state(database)
        dsql_server.drop_database(database.database)
    return found


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def call(folder: Path, dsn: str, *options: str) -> tuple[int, str]:
    """The command in this process; returns the exit code and all that it printed."""
    printed = io.StringIO()
    code: object = 0
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main(["apply", str(folder), "--dsn", dsn, *options])
        except SystemExit as ended:
            code = ended.code
    journals = "".join(path.read_text() for path in folder.glob(".apply-journal-*"))
    assert PASSWORD not in printed.getvalue() + journals
    return int(str(code or 0)), printed.getvalue()


def apply(folder: Path, wire: WireServer, *options: str) -> tuple[int, str]:
    return call(folder, wire.dsn, *options)


def copy_of(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "out"))


def nth(number: int, trouble: Trouble) -> Callable[[bytes], Trouble | None]:
    """Trouble for the n-th statement of the script, counted from 1, over all connections."""
    counter = itertools.count(1)
    return lambda sql: trouble if not sql.startswith(READS) and next(counter) == number else None


def first(part: bytes, trouble: Trouble) -> Callable[[bytes], Trouble | None]:
    """Trouble for the first statement that holds a text."""
    left = [trouble]
    return lambda sql: left.pop() if left and part in sql else None


def test_the_demo(shop: Path, tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]) -> None:
    folder = copy_of(shop, tmp_path)
    code, output = apply(folder, wire)
    assert (code, "5,823 rows" in output) == (0, True), output
    assert state(dsql) == whole[shop]
    seen = len(wire.seen)
    code, output = apply(folder, wire)
    assert (code, "0 steps" in output, "were applied before" in output) == (0, True, True), output
    assert all(b"SET client_encoding" in sql for sql in wire.seen[seen:])


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_conflicts_at_random(
    jobs: str, shop: Path, tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]
) -> None:
    dice = random.Random(20)
    wire.trouble = lambda _sql: Trouble.CONFLICT if dice.random() < 0.15 else None
    code, output = apply(copy_of(shop, tmp_path), wire, "--jobs", jobs)
    assert (code, "retries" in output) == (0, True), output
    assert state(dsql) == whole[shop]


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_connection_that_breaks_again_and_again(
    jobs: str, shop: Path, tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]
) -> None:
    """Each time in another way; not after COPY into a table without a key, which is the user's to settle."""
    troubles = itertools.cycle((Trouble.LOST_BEFORE, Trouble.LOST_AFTER, Trouble.LOST_IN_COPY))
    counter = itertools.count(1)

    def trouble(sql: bytes) -> Trouble | None:
        return next(troubles) if next(counter) % 9 == 0 and b"COPY" not in sql else None

    wire.trouble = trouble
    code, output = apply(copy_of(shop, tmp_path), wire, "--jobs", jobs)
    assert code == 0, output
    assert "had been applied before the connection was lost" in output
    assert wire.connections > 10
    assert state(dsql) == whole[shop]


@pytest.mark.parametrize(
    ("where", "trouble"),
    [
        (b"CREATE TABLE lending.book", Trouble.LOST_BEFORE),
        (b"CREATE TABLE lending.book", Trouble.LOST_AFTER),
        (b"COPY lending.author", Trouble.LOST_IN_COPY),
        (b"COPY lending.author", Trouble.LOST_AFTER),
        (b"(6, 'it''s')", Trouble.LOST_AFTER),  # inside a transaction
        (b"COMMIT", Trouble.LOST_AFTER),
        (b"CREATE INDEX ASYNC", Trouble.LOST_AFTER),
        (b"NOT VALID", Trouble.LOST_AFTER),
        (b"VALIDATE CONSTRAINT", Trouble.LOST_AFTER),
        (b"sys.jobs", Trouble.LOST_BEFORE),
        (b"setval", Trouble.LOST_AFTER),
    ],
)
def test_a_connection_that_breaks_once(
    where: bytes, trouble: Trouble, tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]
) -> None:
    wire.trouble = first(where, trouble)
    code, output = apply(copy_of(LIBRARY, tmp_path), wire)
    assert code == 0, output
    assert state(dsql) == whole[LIBRARY]


@pytest.mark.parametrize("trouble", [Trouble.LOST_BEFORE, Trouble.LOST_AFTER])
@pytest.mark.parametrize("number", [1, 8, 9, 13, 17])
def test_killed_at_a_statement_and_run_again(
    number: int, trouble: Trouble, tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]
) -> None:
    """The process is gone at once: what the journal says must be enough."""
    folder = copy_of(LIBRARY, tmp_path)
    running: list[subprocess.Popen[bytes]] = []
    started = threading.Event()
    plan = nth(number, trouble)

    def kill(sql: bytes) -> Trouble | None:
        found = plan(sql)
        if found is not None:
            assert started.wait(10)
            running[0].kill()
            running[0].wait(10)
        return found

    wire.trouble = kill
    command = [
        sys.executable,
        "-c",
        "from dsql_migrate.cli import main; main()",
        "apply",
        str(folder),
        "--dsn",
        wire.dsn,
    ]
    running.append(subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(PROJECT)}))
    started.set()
    assert running[0].wait(60) == -signal.SIGKILL
    wire.trouble = lambda _sql: None
    seen = len(wire.seen)
    code, output = apply(folder, wire)
    assert code == 0, output
    assert state(dsql) == whole[LIBRARY]
    assert sum(b"CREATE SCHEMA" in sql for sql in wire.seen[seen:]) == (1 if number == 1 else 0)


def test_data_that_were_not_sent_to_their_end_are_in_no_table(tmp_path: Path, wire: WireServer, dsql: Database) -> None:
    """A table without a key would not refuse them a second time; but without the end of the COPY none has arrived."""
    folder = copy_of(LIBRARY, tmp_path)
    row = f"2026-01-01 10:00:00\t{'x' * 3000}\n"
    (folder / "data.sql").write_text(f"COPY lending.visit (at, note) FROM stdin;\n{row * 2900}\\.\n")
    wire.trouble = first(b"COPY lending.visit", Trouble.LOST_IN_COPY)
    code, output = apply(folder, wire)
    assert (code, "2,900 rows" in output) == (0, True), output
    with psycopg.connect(superuser(dsql)) as connection:
        assert connection.execute("SELECT count(*) FROM lending.visit").fetchall() == [(2900,)]


def test_without_a_key_the_user_settles_it(
    tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]
) -> None:
    folder = copy_of(LIBRARY, tmp_path)
    wire.trouble = first(b"COPY lending.visit", Trouble.LOST_AFTER)
    for _run in range(2):  # the journal remembers the doubt
        code, output = apply(folder, wire)
        assert (code, "nothing tells whether it was applied" in output) == (2, True), output
    code, output = apply(folder, wire, "--in-doubt", "applied")
    assert code == 0, output
    assert state(dsql) == whole[LIBRARY]


CLASHES = [
    ("COPY lending.author (id, name) FROM stdin;\n7\ta\n8\tb\n7\tc\n\\.\n", b"COPY lending.author", "data.sql:4"),
    (
        "BEGIN;\nINSERT INTO lending.author VALUES (7, 'a');\nINSERT INTO lending.author VALUES (7, 'b');\nCOMMIT;\n",
        b"VALUES (7, 'b')",
        "data.sql:1",
    ),
]


@pytest.mark.parametrize(("data", "where", "place"), CLASHES, ids=["copy", "inserts"])
def test_rows_that_clash_among_themselves_are_not_taken_for_applied(
    data: str, where: bytes, place: str, tmp_path: Path, wire: WireServer
) -> None:
    """After a lost connection 23505 says that the rows are there; but not where it comes at a later row."""
    folder = copy_of(LIBRARY, tmp_path)
    (folder / "data.sql").write_text(data)
    wire.trouble = first(where, Trouble.LOST_IN_COPY if b"COPY" in where else Trouble.LOST_BEFORE)
    code, output = apply(folder, wire)
    assert (code, f"error: {place}: 23505: duplicate key value" in output) == (1, True), output
    code, output = apply(folder, wire)  # what was refused is in no doubt
    assert (code, f"error: {place}: 23505: duplicate key value" in output) == (1, True), output


def test_killed_inside_inserts_that_clash(tmp_path: Path, wire: WireServer) -> None:
    folder = copy_of(LIBRARY, tmp_path)
    (folder / "data.sql").write_text(CLASHES[1][0])
    wire.trouble = first(b"VALUES (7, 'b')", Trouble.REFUSED)
    assert apply(folder, wire)[0] == 1
    (journal,) = folder.glob(".apply-journal-*")
    journal.write_bytes(journal.read_bytes().replace(b'"refused"', b'"begun"'))  # as a process leaves it that is killed
    code, output = apply(folder, wire)
    assert (code, "23505" in output) == (1, True), output


def test_messages_leave_the_comments_out(tmp_path: Path, wire: WireServer) -> None:
    folder = copy_of(LIBRARY, tmp_path)
    (folder / "data.sql").write_text(
        "--\n-- Name: visit; Type: TABLE\n--\n\nINSERT INTO lending.visit VALUES ('never');\n"
    )
    code, output = apply(folder, wire)
    assert (code, ": INSERT INTO lending.visit VALUES" in output, "Name: visit" in output) == (1, True, False), output


TOLD_AGAIN = [
    (b"COPY trips", Trouble.LOST_BEFORE),
    (b"COPY trips", Trouble.LOST_AFTER),
    (b"COPY trips", Trouble.LOST_IN_COPY),
    (b"INSERT INTO trips", Trouble.LOST_BEFORE),
    (b"INSERT INTO stops", Trouble.LOST_AFTER),
    (b"CREATE INDEX ASYNC", Trouble.LOST_AFTER),
]


@pytest.mark.parametrize(("where", "trouble"), TOLD_AGAIN)
def test_settings_are_said_again(
    where: bytes, trouble: Trouble, tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]
) -> None:
    """Without its search_path the script finds no table; without its DateStyle 03/02 would be another day."""
    wire.trouble = first(where, trouble)
    code, output = apply(copy_of(TRAVELS, tmp_path), wire)
    assert code == 0, output
    assert state(dsql) == whole[TRAVELS]
    with psycopg.connect(superuser(dsql)) as connection:
        days = connection.execute("SELECT day::text FROM travels.trips ORDER BY id").fetchall()
    assert days == [("2026-02-03",), ("2026-12-01",), ("2026-05-04",)]


def test_settings_are_said_again_by_the_next_run(
    tmp_path: Path, wire: WireServer, dsql: Database, whole: dict[Path, object]
) -> None:
    folder = copy_of(TRAVELS, tmp_path)
    wire.trouble = first(b"INSERT INTO trips", Trouble.REFUSED)
    code, output = apply(folder, wire)
    assert (code, "data.sql:9: 42501: permission denied: INSERT INTO trips" in output) == (1, True), output
    code, output = apply(folder, wire)
    assert code == 0, output
    assert state(dsql) == whole[TRAVELS]


def test_restart_forgets_what_was_applied(tmp_path: Path, wire: WireServer, dsql: Database) -> None:
    folder = copy_of(LIBRARY, tmp_path)
    assert apply(folder, wire)[0] == 0
    code, output = apply(folder, wire, "--restart")
    assert (code, '42P06: schema "lending" already exists' in output) == (1, True), output
    with psycopg.connect(superuser(dsql), autocommit=True) as connection:
        connection.execute("DROP SCHEMA lending CASCADE")
    code, output = apply(folder, wire, "--restart")
    assert (code, "were applied before" in output) == (0, False), output


def test_a_failed_job_is_named_and_done_again_once_mended(tmp_path: Path, wire: WireServer, dsql: Database) -> None:
    folder = copy_of(LIBRARY, tmp_path)
    with (folder / "data.sql").open("a") as file:
        file.write("COPY lending.book (id, author_id, title) FROM stdin;\n13\t404\tUnwritten\n\\.\n")
    code, output = apply(folder, wire)
    assert code == 1
    assert "post-data.sql:9: " in output
    assert "VALIDATE CONSTRAINT book_author_fkey" in output
    with psycopg.connect(superuser(dsql), autocommit=True) as connection:
        connection.execute("DELETE FROM lending.book WHERE id = 13")
    code, output = apply(folder, wire)
    assert code == 0, output


WRONG = [
    ("host=127.0.0.1 port={port} dbname=shop user=admin password=no", "password authentication failed"),
    ("host=127.0.0.1 port={port} dbname=nowhere user=admin", 'database "nowhere" does not exist'),
    ("host=127.0.0.1 port=1 dbname=shop user=admin", "refused"),
    (f"host=127.0.0.1 password=two {PASSWORD}", "neither key=value pairs nor a postgresql:// URI"),
    (f"127.0.0.1:{PASSWORD}", "neither key=value pairs nor a postgresql:// URI"),
    (f"postgresql://admin:{PASSWORD}@[::1/shop", "neither key=value pairs nor a postgresql:// URI"),
]


@pytest.mark.parametrize(("dsn", "message"), WRONG)
def test_a_wrong_connection_string(dsn: str, message: str, tmp_path: Path, wire: WireServer) -> None:
    code, output = call(copy_of(LIBRARY, tmp_path), dsn.format(port=wire.port))
    assert (code, message in output) == (2, True), output
    assert output.startswith("error: cannot connect: ")
    assert output.count("\n") == 1
    assert not list((tmp_path / "out").glob(".apply-journal-*"))
