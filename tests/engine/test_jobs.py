"""Background jobs: what their statements leave behind, what the worker makes of it, what clients may do meanwhile."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest

from dsql_migrate.engine.databases.bootstrap import new_database
from dsql_migrate.engine.databases.jobs import Worker, submission
from dsql_migrate.engine.policy import Allow, judge
from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.source.parse import parse
from dsql_migrate.target import load_target

pytestmark = pytest.mark.server
NUMBERS = itertools.count()
INDEXES = "SELECT indexrelid::regclass::text, indisunique, indisvalid FROM pg_index WHERE indrelid = 't'::regclass"


@pytest.fixture
def dsn(server: Server) -> Iterator[str]:
    name = f"jobs_{next(NUMBERS)}"
    yield new_database(server, name)
    server.drop_database(name)


class Client:
    """A client of the engine, and the part of the gateway that jobs need."""

    def __init__(self, dsn: str, worker: Worker) -> None:
        self.worker = worker
        self.connection = psycopg.connect(dsn, user="admin", autocommit=True)

    async def submit(self, sql: str) -> str | None:
        text = sql.encode()
        parsed = parse(text)
        allowed = judge(parsed, text, load_target())
        assert isinstance(allowed, Allow)
        with self.connection.transaction():
            for statement in submission(parsed, allowed):
                found = self.connection.execute(statement)
            ((job,),) = found.fetchall()
        if job is not None:
            await self.worker.submitted(job)
        return job

    async def finished(self, sql: str) -> tuple[Any, ...]:
        """Submit, wait, and read status and details."""
        job = await self.submit(sql)
        assert job is not None
        await self.worker.wait(job)
        (row,) = self.ask(f"SELECT status, details FROM sys.jobs WHERE job_id = '{job}'")
        assert self.ask(f"CALL sys.wait_for_job('{job}')") == [(row[0] == "completed",)]
        return row

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        found = self.connection.execute(sql.encode())
        return found.fetchall() if found.description else []

    def refused(self, sql: str) -> str:
        with pytest.raises(psycopg.Error) as caught:
            self.connection.execute(sql.encode())
        return f"{caught.value.sqlstate} {caught.value.diag.message_primary}"


def play(dsn: str, scene: Callable[[Client], Awaitable[None]], delay: float | None = None) -> None:
    async def run() -> None:
        worker = Worker(dsn, delay)
        client = Client(dsn, worker)
        try:
            await asyncio.wait_for(scene(client), 60)
        finally:
            client.connection.close()
            await worker.close()

    asyncio.run(run())


def test_an_index_is_invalid_until_its_job_is_done(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (id int PRIMARY KEY, a text)")
        job = await client.submit("CREATE INDEX ASYNC i ON t (a)")
        assert ("i", False, False) in client.ask(INDEXES)
        row = "SELECT status, details, job_type, class_id, object_name, update_time FROM sys.jobs"
        assert client.ask(row) == [("submitted", None, "INDEX_BUILD", 1259, "public.i", None)]
        await client.worker.wait(str(job))
        assert ("i", False, True) in client.ask(INDEXES)
        ((status, *_rest, changed),) = client.ask(row)
        assert status == "completed"
        assert changed is not None

    play(dsn, scene, delay=0.3)


def test_a_valid_index_is_used_by_plans_made_before(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        client.ask("SET enable_seqscan = off")
        client.ask("PREPARE q AS SELECT * FROM t WHERE a = 1")
        job = await client.submit("CREATE INDEX ASYNC i ON t (a)")
        assert "Seq Scan" in client.ask("EXPLAIN EXECUTE q")[0][0]
        await client.worker.wait(str(job))
        assert " i " in str(client.ask("EXPLAIN EXECUTE q"))

    play(dsn, scene, delay=0.3)


def test_duplicates_fail_the_job_and_the_index_goes_on_refusing_new_ones(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (id int PRIMARY KEY, a int)")
        client.ask("INSERT INTO t VALUES (1, 1), (2, 1), (3, NULL), (4, NULL)")
        details = "found duplicate key(s) while validating index uniqueness"
        assert await client.finished("CREATE UNIQUE INDEX ASYNC u ON t (a)") == ("failed", details)
        assert ("u", True, False) in client.ask(INDEXES)
        assert client.refused("INSERT INTO t VALUES (5, 1)").startswith("23505 duplicate key value")
        client.ask("INSERT INTO t VALUES (5, 2)")
        assert client.refused("INSERT INTO t VALUES (6, 2)").startswith("23505")
        assert client.refused("INSERT INTO t VALUES (6, 3) ON CONFLICT (a) DO NOTHING").startswith("42P10")
        assert client.refused("ALTER TABLE t ADD UNIQUE USING INDEX u") == '55000 index "u" is not valid'
        client.ask("DROP INDEX u")
        client.ask("INSERT INTO t VALUES (6, 2)")

    play(dsn, scene)


def test_a_unique_index_refuses_duplicates_while_its_job_waits(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        job = await client.submit("CREATE UNIQUE INDEX ASYNC u ON t (a)")
        client.ask("INSERT INTO t VALUES (1)")
        assert client.refused("INSERT INTO t VALUES (1)").startswith("23505")
        await client.worker.wait(str(job))
        client.ask("INSERT INTO t VALUES (1) ON CONFLICT (a) DO NOTHING")
        client.ask("ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX u")
        assert client.ask("SELECT object_name FROM sys.jobs") == [("public.k",)]

    play(dsn, scene, delay=0.3)


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("(a)", "completed"),  # NULLs are distinct
        ("(a) NULLS NOT DISTINCT", "failed"),
        ("(b)", "failed"),
        ("(b) WHERE a IS NULL", "completed"),
        ("(lower(c))", "failed"),
        ("((b + a), c) INCLUDE (id)", "completed"),
        ('("odd ""name")', "failed"),
        ("((1))", "failed"),  # a constant, and not the first column
    ],
)
def test_every_form_of_a_unique_index_is_checked(dsn: str, rest: str, status: str) -> None:
    async def scene(client: Client) -> None:
        client.ask('CREATE TABLE t (id int, a int, b int, c text, "odd ""name" int)')
        client.ask("INSERT INTO t VALUES (1, NULL, 1, 'X', 1), (2, NULL, 2, 'x', 1), (3, 3, 2, 'y', 2)")
        assert (await client.finished(f"CREATE UNIQUE INDEX ASYNC ON t {rest}"))[0] == status

    play(dsn, scene)


def test_nothing_is_submitted_where_the_index_exists(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        assert (await client.finished("CREATE INDEX ASYNC IF NOT EXISTS i ON t (a)"))[0] == "completed"
        assert await client.submit("CREATE INDEX ASYNC IF NOT EXISTS i ON t (a)") is None
        assert await client.submit("ALTER TABLE ASYNC IF EXISTS gone VALIDATE CONSTRAINT c") is None
        assert len(client.ask("SELECT job_id FROM sys.jobs")) == 1

    play(dsn, scene)


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("CREATE INDEX ASYNC i ON t (a)", "42P07"),
        ("CREATE INDEX ASYNC j ON t (gone)", "42703"),
        ("CREATE INDEX ASYNC j ON gone (a)", "42P01"),
        ("CREATE INDEX ASYNC j ON t ((random()))", "42P17"),
        ("ALTER TABLE ASYNC gone VALIDATE CONSTRAINT c", "42P01"),
        ("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c", "42704"),
        ("ALTER TABLE ASYNC t VALIDATE CONSTRAINT t_pkey", "42809"),
        ("ALTER TABLE ASYNC v VALIDATE CONSTRAINT c", "42809"),
    ],
)
def test_a_wrong_statement_submits_nothing(dsn: str, sql: str, sqlstate: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int PRIMARY KEY)")
        client.ask("CREATE INDEX i ON t (a)")
        client.ask("CREATE VIEW v AS SELECT * FROM t")
        with pytest.raises(psycopg.Error) as caught:
            await client.submit(sql)
        assert caught.value.sqlstate == sqlstate
        assert client.ask("SELECT * FROM sys.jobs") == []

    play(dsn, scene)


def test_constraints_are_validated_by_their_job(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE p (id int PRIMARY KEY)")
        client.ask("CREATE TABLE t (id int PRIMARY KEY, p int)")
        client.ask("INSERT INTO t VALUES (1, NULL), (2, 7)")
        client.ask("ALTER TABLE t ADD CONSTRAINT small CHECK (p < 5) NOT VALID")
        client.ask("ALTER TABLE t ADD CONSTRAINT big CHECK (p > 5) NOT VALID")
        client.ask("ALTER TABLE t ADD CONSTRAINT there FOREIGN KEY (p) REFERENCES p NOT VALID")
        validate = "ALTER TABLE ASYNC t VALIDATE CONSTRAINT "
        wrong = 'check constraint "small" of relation "t" is violated by some row'
        assert await client.finished(validate + "small") == ("failed", wrong)
        missing = 'insert or update on table "t" violates foreign key constraint "there"'
        assert await client.finished(validate + "there") == ("failed", missing)
        assert await client.finished(validate + "big") == ("completed", None)
        client.ask("INSERT INTO p VALUES (7)")
        assert await client.finished(validate + "there") == ("completed", None)
        assert await client.finished(validate + "there") == ("completed", None)
        valid = "SELECT conname FROM pg_constraint WHERE conrelid = 't'::regclass AND convalidated ORDER BY 1"
        assert client.ask(valid) == [("big",), ("t_pkey",), ("there",)]

    play(dsn, scene)


def test_jobs_of_dropped_objects_end_well(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0))")
        client.ask("CREATE TABLE u (a int)")
        await client.submit("CREATE INDEX ASYNC i ON t (a)")
        await client.submit("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c")
        last = await client.submit("CREATE INDEX ASYNC j ON u (a)")
        client.ask("DROP TABLE t")
        client.ask("DROP INDEX j")
        await client.worker.wait(str(last))
        assert client.ask("SELECT status, details, object_name FROM sys.jobs ORDER BY start_time") == [
            ("completed", "Skipped job for nonexistent table.", None),
            ("completed", 'relation "public.t" does not exist', None),
            ("completed", 'relation "public.j" does not exist', None),
        ]

    play(dsn, scene, delay=0.5)


def test_the_next_worker_takes_up_what_is_left(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        job = await client.submit("CREATE INDEX ASYNC i ON t (a)")
        await client.worker.close()
        assert client.ask("SELECT status FROM sys.jobs") == [("submitted",)]
        client.worker = Worker(dsn)
        await client.worker.wait(str(job))
        assert client.ask("SELECT status FROM sys.jobs") == [("completed",)]
        await client.worker.close()

    play(dsn, scene, delay=60)


def test_a_job_gives_way_to_a_session_that_holds_its_table(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        job = await client.submit("CREATE INDEX ASYNC i ON t (a)")
        with psycopg.connect(dsn, user="admin") as other:
            other.execute("ALTER TABLE t ADD COLUMN b int")
            waiting = asyncio.ensure_future(client.worker.wait(str(job)))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            other.commit()
        await waiting
        assert client.ask("SELECT status FROM sys.jobs") == [("completed",)]

    play(dsn, scene)


def test_expressions_of_a_table_run_as_its_owner(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        client.ask("INSERT INTO t VALUES (1), (2)")
        client.ask("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT length(pg_read_file($1::text))'")
        client.ask("CREATE FUNCTION g(int) RETURNS text LANGUAGE sql AS 'SELECT current_user::text'")
        client.ask("ALTER TABLE t ADD CONSTRAINT who CHECK (g(a) = 'admin') NOT VALID")
        client.ask("ALTER TABLE t ADD CONSTRAINT reads CHECK (f(a) > 0) NOT VALID")
        assert await client.finished("ALTER TABLE ASYNC t VALIDATE CONSTRAINT who") == ("completed", None)
        status, details = await client.finished("ALTER TABLE ASYNC t VALIDATE CONSTRAINT reads")
        assert (status, details) == ("failed", "permission denied for function pg_read_file")

    play(dsn, scene)


@pytest.mark.parametrize("become", ["role", "session_authorization"])
def test_no_function_of_a_client_becomes_the_superuser_in_a_job(dsn: str, become: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        client.ask("INSERT INTO t VALUES (1), (2)")
        body = f"SELECT set_config('{become}', 'postgres', true); SELECT length(pg_read_file('postgresql.conf'))"
        client.ask(f"CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ {body} $$")
        client.ask("ALTER TABLE t ADD CONSTRAINT c CHECK (f(a) > 0) NOT VALID")
        forbidden = f'cannot set parameter "{become}" within security-definer function'
        assert await client.finished("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c") == ("failed", forbidden)

    play(dsn, scene)


def test_the_clients_search_path_counts_in_its_expressions_and_nowhere_else(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE SCHEMA s")
        client.ask("CREATE TABLE s.seen (who text)")
        client.ask("CREATE FUNCTION s.note() RETURNS text LANGUAGE sql AS 'INSERT INTO s.seen VALUES (current_user)"
                   " RETURNING who'")  # fmt: skip
        for name, arguments in (("set_config", "text, text, boolean"), ("format", "text, text"), ("count", "")):
            client.ask(f"CREATE FUNCTION s.{name}({arguments}) RETURNS text LANGUAGE sql AS 'SELECT s.note()'")
        client.ask("CREATE FUNCTION s.inner_one(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 / 2'")
        client.ask("SET search_path = s, pg_catalog")
        client.ask("CREATE FUNCTION half(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT inner_one($1)'")
        client.ask("CREATE TABLE t (a int)")
        client.ask("INSERT INTO t VALUES (1), (2), (4)")
        assert await client.finished("CREATE UNIQUE INDEX ASYNC u ON t (half(a))") == ("completed", None)
        client.ask("ALTER TABLE t ADD CONSTRAINT c CHECK (half(a) < 9) NOT VALID")
        assert await client.finished("ALTER TABLE ASYNC t VALIDATE CONSTRAINT c") == ("completed", None)
        assert client.ask("SELECT who FROM s.seen") == []

    play(dsn, scene)


def test_a_job_that_cannot_be_run_fails_and_those_behind_it_are_run(dsn: str) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        with psycopg.connect(dsn, autocommit=True) as superuser:
            superuser.execute("ALTER FUNCTION pg_dsql.turn_on RENAME TO turned_on")
            status, details = await client.finished("CREATE INDEX ASYNC i ON t (a)")
            assert status == "failed"
            assert "pg_dsql.turn_on" in details
            superuser.execute("ALTER FUNCTION pg_dsql.turned_on RENAME TO turn_on")
            superuser.execute("ALTER FUNCTION pg_dsql.run_job RENAME TO ran_job")
            waiting = await client.submit("CREATE INDEX ASYNC j ON t (a)")
            await client.worker.wait(str(waiting))
            assert client.ask(f"CALL sys.wait_for_job('{waiting}')") == [(False,)]
            superuser.execute("ALTER FUNCTION pg_dsql.ran_job RENAME TO run_job")
            assert await client.finished("CREATE INDEX ASYNC k ON t (a)") == ("completed", None)

    play(dsn, scene)


def test_a_database_that_is_gone_leaves_nobody_waiting(server: Server) -> None:
    async def scene(client: Client) -> None:
        client.ask("CREATE TABLE t (a int)")
        job = await client.submit("CREATE INDEX ASYNC i ON t (a)")
        client.connection.close()
        await asyncio.to_thread(server.drop_database, "jobs_gone")
        assert await client.worker.wait(str(job)) is None

    play(new_database(server, "jobs_gone"), scene, delay=2.0)


def test_a_job_that_is_not_known_cannot_be_waited_for(dsn: str) -> None:
    async def scene(client: Client) -> None:
        assert client.refused("CALL sys.wait_for_job('no-such-job')") == "22P02 Unable to convert text to UUID"
        await client.worker.wait("a" * 26)
        assert client.refused(f"CALL sys.wait_for_job('{'a' * 26}')").startswith("42704")

    play(dsn, scene)
