"""Applying a bundle: to the engine, by psql, through conflicts and lost connections, and going on after a stop."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from support.databases import superuser

from dsql_migrate.apply import InDoubt, Retry, apply_bundle
from dsql_migrate.engine.endpoint import ConnectionLost, DsqlError, PsycopgEndpoint, Result
from dsql_migrate.engine.local import Database
from dsql_migrate.engine.postgres.binaries import find_client
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.errors import Failure, InputError

pytestmark = pytest.mark.server
LIBRARY = Path(__file__).parent / "data" / "library"
AT_ONCE = Retry(attempts=6, sleep=lambda _seconds: None)
NUMBERS = itertools.count()
ROWS = 4 + 3 + 2 + 2


class Troubled:
    """An endpoint that gives trouble: errors to raise instead of a statement, or after it, by a part of its text."""

    def __init__(self, inner: PsycopgEndpoint) -> None:
        self.inner = inner
        self.before: dict[bytes, list[Exception]] = {}
        self.after: dict[bytes, list[Exception]] = {}
        self.seen: list[bytes] = []

    @property
    def name(self) -> str:
        return self.inner.name

    def execute(self, sql: str | bytes) -> Result:
        text = sql.encode() if isinstance(sql, str) else sql
        self.seen.append(text)
        self._raise(self.before, text)
        result = self.inner.execute(sql)
        self._raise(self.after, text)
        return result

    def copy(self, sql: str | bytes, chunks: Iterable[bytes]) -> int:
        text = sql.encode() if isinstance(sql, str) else sql
        self.seen.append(text)
        self._raise(self.before, text)
        rows = self.inner.copy(sql, chunks)
        self._raise(self.after, text)
        return rows

    def reconnect(self) -> None:
        self.inner.reconnect()

    def close(self) -> None:
        self.inner.close()

    def _raise(self, plan: dict[bytes, list[Exception]], text: bytes) -> None:
        for part, errors in plan.items():
            if part in text and errors:
                raise errors.pop(0)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LIBRARY, tmp_path / "out"))


@pytest.fixture
def dsn(dsql: Database) -> str:
    return superuser(dsql)


@pytest.fixture
def endpoint(dsql: Database) -> Iterator[Troubled]:
    troubled = Troubled(PsycopgEndpoint(dsql.dsn))
    yield troubled
    troubled.close()


def count(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_applies_whole_and_only_once(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    seen: list[int] = []
    result = apply_bundle(bundle, endpoint, progress=lambda progress: seen.append(progress.done))
    assert result.ok, result.failure
    assert (result.rows, result.jobs, result.skipped) == (ROWS, 2, 0)
    assert seen == sorted(seen)
    with psycopg.connect(dsn) as connection:
        names = connection.execute("SELECT name FROM lending.author WHERE id IN (2, 5) ORDER BY id").fetchall()
        jobs = connection.execute("SELECT job_type, status FROM sys.jobs ORDER BY 1").fetchall()
        valid = connection.execute(
            "SELECT convalidated FROM pg_constraint WHERE conname = 'book_author_fkey'"
        ).fetchone()
        following = connection.execute("SELECT nextval('lending.author_id_seq')").fetchone()
    assert names == [("Emily Dickinson\nof Amherst",), ("BEGIN; COMMIT;",)]
    assert jobs == [("INDEX_BUILD", "completed"), ("VALIDATE_CONSTRAINT", "completed")]
    assert valid == (True,)
    assert following == (7,)

    again = apply_bundle(bundle, endpoint)
    assert again.ok
    assert (again.done, again.rows) == (0, ROWS)
    assert count(dsn, "lending.visit") == 2


def test_conflicts_are_tried_again(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    conflict = DsqlError("40001", "change conflicts with another transaction (OC000)")
    schema = DsqlError("40001", "schema has been updated by another transaction (OC001)")
    endpoint.before = {
        b"CREATE TABLE lending.book": [schema, schema],
        b"COPY lending.visit": [conflict],
        b"\nCOMMIT": [conflict],
    }
    result = apply_bundle(bundle, endpoint, retry=AT_ONCE)
    assert result.ok, result.failure
    assert result.retries == 4
    assert count(dsn, "lending.author") == 6


def test_trying_again_has_an_end(bundle: Path, endpoint: Troubled) -> None:
    endpoint.before = {b"CREATE SCHEMA": [DsqlError("40001", "conflict (OC000)")] * 99}
    result = apply_bundle(bundle, endpoint, retry=AT_ONCE)
    assert result.failure is not None
    assert (result.failure.sqlstate, result.failure.line, result.retries) == ("40001", 2, 5)


def test_stops_at_a_refusal_and_goes_on_from_there(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    endpoint.before = {b"COPY lending.book": [DsqlError("42501", "permission denied for table book")]}
    stopped = apply_bundle(bundle, endpoint)
    assert stopped.failure is not None
    assert str(stopped.failure).startswith("data.sql:10: 42501: permission denied")
    assert count(dsn, "lending.author") == 4
    before = len(endpoint.seen)
    result = apply_bundle(bundle, endpoint)
    assert result.ok, result.failure
    assert result.skipped == 8
    assert not any(b"CREATE TABLE" in sql or b"COPY lending.author" in sql for sql in endpoint.seen[before:])
    assert any(b"SET client_encoding" in sql for sql in endpoint.seen[before:])  # settings are the session's
    assert count(dsn, "lending.book") == 3


def test_a_lost_answer_does_not_copy_rows_twice(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    endpoint.after = {
        b"CREATE TABLE lending.author": [ConnectionLost("server closed the connection")],
        b"COPY lending.author": [ConnectionLost("server closed the connection")],
        b"\nCOMMIT": [DsqlError("XX000", "server unavailable")],
    }
    result = apply_bundle(bundle, endpoint, retry=AT_ONCE)
    assert result.ok, result.failure
    assert count(dsn, "lending.author") == 6
    assert len(result.notes) == 3
    assert result.rows == ROWS - 2  # how many a transaction of INSERTs had is not known
    assert "had been applied" in result.notes[0]


def test_without_a_key_a_lost_answer_is_the_users_to_settle(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    endpoint.after = {b"COPY lending.visit": [ConnectionLost("server closed the connection")]}
    with pytest.raises(Failure, match="nothing tells whether it was applied"):
        apply_bundle(bundle, endpoint, retry=AT_ONCE)
    with pytest.raises(Failure, match="nothing tells"):  # the journal remembers the doubt
        apply_bundle(bundle, endpoint, retry=AT_ONCE)
    result = apply_bundle(bundle, endpoint, retry=AT_ONCE, in_doubt=InDoubt.APPLIED)
    assert result.ok, result.failure
    assert count(dsn, "lending.visit") == 2


def test_a_lost_connection_before_commit_is_no_doubt(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    endpoint.before = {b"'it''s'": [ConnectionLost("server closed the connection")]}
    result = apply_bundle(bundle, endpoint, retry=AT_ONCE)
    assert result.ok, result.failure
    assert result.notes == ()
    assert count(dsn, "lending.author") == 6


def test_a_block_that_is_too_large_is_halved(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    rows = "".join(f"2026-01-01 00:00:00\trow {number}\n" for number in range(7001))
    (bundle / "data.sql").write_text(f"COPY lending.visit (at, note) FROM stdin;\n{rows}\\.\n")
    result = apply_bundle(bundle, endpoint)
    assert result.ok, result.failure
    assert (result.splits, result.rows) == (3, 7001)  # in quarters
    assert count(dsn, "lending.visit") == 7001
    assert apply_bundle(bundle, endpoint).rows == 7001


def test_a_bad_row_in_a_block_is_named(bundle: Path, endpoint: Troubled) -> None:
    (bundle / "data.sql").write_text("COPY lending.visit (at, note) FROM stdin;\n2026-01-01\t1\nnever\tx\n\\.\n")
    result = apply_bundle(bundle, endpoint)
    assert result.failure is not None
    assert (result.failure.sqlstate, result.failure.line) == ("22007", 3)


def test_a_failed_job_stops_it_until_it_is_mended(bundle: Path, endpoint: Troubled, dsn: str) -> None:
    (bundle / "post-data.sql").write_text("CREATE UNIQUE INDEX ASYNC once ON lending.visit (at) \\gset\n")
    result = apply_bundle(bundle, endpoint)
    assert result.failure is not None
    assert "found duplicate key(s)" in result.failure.message
    endpoint.inner.execute("DROP INDEX lending.once")
    endpoint.inner.execute("DELETE FROM lending.visit")
    assert apply_bundle(bundle, endpoint).ok


def test_a_changed_bundle_needs_a_restart(bundle: Path, endpoint: Troubled) -> None:
    assert apply_bundle(bundle, endpoint).ok
    with (bundle / "data.sql").open("a") as file:
        file.write("-- more\n")
    with pytest.raises(Failure, match="changed since"):
        apply_bundle(bundle, endpoint)
    result = apply_bundle(bundle, endpoint, restart=True)
    assert result.failure is not None
    assert result.failure.sqlstate == "42P06"  # the schema is there


def test_a_torn_journal_line_is_a_step_not_noted(bundle: Path, endpoint: Troubled) -> None:
    assert apply_bundle(bundle, endpoint).ok
    (journal,) = bundle.glob(".apply-journal-*")
    data = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(data[:-1]) + data[-1][:9])
    assert apply_bundle(bundle, endpoint).ok


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("COPY lending.visit FROM stdin;\n2026-01-01 00:00:00\tx\n", "data.sql:2: COPY data without its end"),
        ("BEGIN;\nINSERT INTO lending.visit VALUES (now());\n", "data.sql:1: BEGIN without COMMIT"),
        ("SELECT 'a\n", "data.sql:1: cut off"),
        ("\\! rm -rf /\n", r"\\! is psql's own"),
        ("SELECT 'DROP TABLE x' \\gexec\n", "gexec is psql's own"),
    ],
)
def test_a_script_that_is_no_bundles(bundle: Path, endpoint: Troubled, text: str, message: str) -> None:
    (bundle / "data.sql").write_text(text)
    with pytest.raises(InputError, match=message):
        apply_bundle(bundle, endpoint)


def test_an_empty_folder_is_no_bundle(tmp_path: Path, endpoint: Troubled) -> None:
    with pytest.raises(InputError, match=r"no pre-data\.sql"):
        apply_bundle(tmp_path, endpoint)


@pytest.mark.parametrize("script", ["pre-data.sql", "data.sql"])
def test_psql_runs_the_same_files(server: Server, script: str) -> None:
    name = f"psql_{next(NUMBERS)}"
    dsn = server.create_database(name)
    files = ["pre-data.sql"] if script == "pre-data.sql" else ["pre-data.sql", "data.sql"]
    for file in files:
        command = [find_client("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-f", LIBRARY / file]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert count(dsn, "lending.author") == (6 if script == "data.sql" else 0)
    server.drop_database(name)


def test_psycopg_speaks_to_a_plain_server(bundle: Path, dsn: str) -> None:
    """All but the last script is PostgreSQL's as well."""
    (bundle / "post-data.sql").unlink()
    endpoint = PsycopgEndpoint(f"{dsn} password=hush")
    try:
        result = apply_bundle(bundle, endpoint)
        assert result.ok, result.failure
        assert "hush" not in result.endpoint
        assert endpoint.execute("SHOW application_name").rows == (("dsql-migrate",),)
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dsql-migrate'"
            )
        with pytest.raises(ConnectionLost):
            endpoint.execute("SELECT 1")
        endpoint.reconnect()
        assert endpoint.execute("SELECT NULL, 1").rows == ((None, "1"),)
    finally:
        endpoint.close()
