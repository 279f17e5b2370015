"""Background jobs: CREATE INDEX ASYNC and ALTER TABLE ASYNC … VALIDATE CONSTRAINT, and their rows in sys.jobs.

The statement becomes statements of PostgreSQL's that end with the job's row (``submission``); once they are committed,
a ``Worker`` runs the job. What both do in the database stands in ``sql/jobs.sql``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dsql_migrate.engine.databases.bootstrap import new_job_id
from dsql_migrate.engine.databases.catalog import dotted, literal
from dsql_migrate.engine.policy import Allow, JobKind
from dsql_migrate.engine.policy.verdict import relation
from dsql_migrate.source.parse import Parsed, tokens

if TYPE_CHECKING:
    import psycopg

_PATH = "pg_catalog.current_setting('search_path')"
_IN_THE_WAY = frozenset({"55P03", "40001", "40P01"})  # a lock of another session, a deadlock
_PAUSES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25)  # seconds; the last one again and again
_USUAL_DELAY = 0.1
_LINGER = 1.0  # seconds that a connection is kept for the next job: a script makes one index after the other
_POLITE = 1.0  # seconds that a job nobody waits for lets transactions end, for which its change would come too early


def submission(parsed: Parsed, allowed: Allow) -> list[bytes]:
    """What to run, in this order and in one transaction, for a statement that the policy has allowed as a job.

    The last one returns a row with one column, ``job_id``; NULL where IF [NOT] EXISTS left nothing to do. The others
    return no rows. The id is part of the text: run again, they make the same job. What is wrong with the statement
    itself they refuse as PostgreSQL would.
    """
    assert allowed.job is not None
    job = new_job_id()
    table = literal(dotted(relation(parsed.node["relation"])))
    if allowed.job is JobKind.INDEX_BUILD:
        unique = str(bool(parsed.node.get("unique"))).lower()
        return [
            _without_unique(allowed.sql),
            f"SELECT pg_dsql.submit_index('{job}', {table}::pg_catalog.regclass, {unique}, {_PATH}) AS job_id".encode(),
        ]
    (command,) = (item["AlterTableCmd"] for item in parsed.node["cmds"])
    found = f"pg_catalog.to_regclass({table})" if parsed.node.get("missing_ok") else f"{table}::pg_catalog.regclass"
    shown = literal(str(parsed.node["relation"]["relname"]))
    constraint = literal(str(command["name"]))
    return [
        f"SELECT pg_dsql.submit_validation('{job}', {found}, {constraint}, {_PATH}, {shown}) AS job_id".encode(),
    ]


def _without_unique(sql: bytes) -> bytes:
    """CREATE UNIQUE INDEX → CREATE        INDEX: rows that are there already must not make the statement fail."""
    word = next((token for token in tokens(sql)[:2] if token.word == "unique"), None)
    return sql if word is None else sql[: word.start] + b" " * (word.end - word.start) + sql[word.end :]


class Clients(Protocol):
    """What a worker asks of the sessions of its database."""

    async def quiet(self) -> None:
        """Return when no transaction block is open."""

    def changing(self) -> Callable[[], None]:
        """A job is about to change the catalogue; returns what to call when that is committed."""

    async def make_way(self) -> None:
        """A client's lock holds a job up: free it."""


@dataclass(slots=True, eq=False)
class _Job:
    name: str
    submitted: float = field(default_factory=time.monotonic)
    hurried: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Worker:
    """Runs the jobs of one database, one at a time, in the order of their submission. Belongs to one event loop."""

    def __init__(self, dsn: str, delay: float | None = None, clients: Clients | None = None) -> None:
        """Take up what a former run has left unfinished, and wait for more. Has to be made inside a running loop.

        ``dsn`` is the superuser's. ``delay`` seconds pass before a job is done, half of them ``submitted``, half
        ``processing``; without one a job takes a tenth of a second, or is done at once when somebody waits for it.
        It holds a connection while there are jobs, and a little longer.
        """
        self._dsn = dsn
        self._delay = delay
        self._clients = clients
        self._jobs: deque[_Job] = deque()
        self._ended: dict[str, bool] = {}  # whether it succeeded
        self._news = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._closed = False
        self._taken_up = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def submitted(self, job_id: str) -> None:
        """A job's submission has been committed: run it in its turn."""
        await self._taken_up.wait()
        if not self._closed and all(job.name != job_id for job in self._jobs):
            self._jobs.append(_Job(job_id))
            self._news.set()

    async def wait(self, job_id: str) -> bool | None:
        """Return when the job is finished, and whether it succeeded; at once and None where it is none of ours."""
        await self._taken_up.wait()
        ours = next((job for job in self._jobs if job.name == job_id), None)
        if ours is not None:
            for job in self._jobs:
                job.hurried = True
                if job is ours:
                    break
            self._news.set()
            await ours.done.wait()
        return self._ended.get(job_id)

    async def close(self) -> None:
        """Stop, in the middle of a job if need be: it stays in sys.jobs, and the next worker takes it up."""
        self._closed = True
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        import psycopg

        try:
            with contextlib.suppress(psycopg.Error):  # a database that is gone by now has no jobs
                for name in await self._left():
                    self._jobs.append(_Job(name, hurried=True))
            self._taken_up.set()
            while True:
                while self._jobs:
                    await self._finish(self._jobs[0])
                    self._jobs.popleft().done.set()
                await self._news_within(_LINGER)
                if not self._news.is_set():
                    await self._disconnect()
                    await self._news.wait()
                self._news.clear()
        finally:
            await self._disconnect()
            self._taken_up.set()
            while self._jobs:  # whatever has ended this, nobody may wait for ever
                self._jobs.popleft().done.set()

    async def _left(self) -> list[str]:
        connection = await self._connected()
        found = await connection.execute(
            "SELECT job_id FROM pg_dsql.job WHERE status IN ('submitted', 'processing') ORDER BY start_time"
        )
        return [str(row[0]) for row in await found.fetchall()]

    async def _finish(self, job: _Job) -> None:
        """Run one job to its end, however often another session is in the way; give up where the database is gone."""
        import psycopg

        lost = 0
        for attempt in range(1_000_000):
            try:
                await self._until(job, 0.5)
                await self._execute(
                    "UPDATE pg_dsql.job SET status = 'processing', update_time = clock_timestamp()"
                    " WHERE job_id = %s AND status = 'submitted'",
                    job.name,
                )
                await self._until(job, 1.0)
                await self._complete(job)
                break
            except psycopg.Error as error:
                if error.sqlstate not in _IN_THE_WAY:
                    await self._disconnect()
                    lost += 1
                    if lost == len(_PAUSES):
                        await self._give_up(job, error)
                        return
                elif self._clients is not None:
                    await self._clients.make_way()
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])

    async def _complete(self, job: _Job) -> None:
        """Run the job. Raises psycopg.Error where a client is in the way, or the database is gone."""
        if self._clients is not None and self._delay is None and not job.hurried:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLITE):
                    await self._clients.quiet()
        changed = self._clients.changing() if self._clients is not None else None
        found = await self._execute("SELECT pg_dsql.run_job(%s)", job.name)
        row = await found.fetchone()
        self._ended[job.name] = row is not None and row[0] == "completed"
        if changed is not None and self._ended[job.name]:
            changed()

    async def _give_up(self, job: _Job, error: psycopg.Error) -> None:
        """What PostgreSQL says again and again is the job's failure; if the database is gone, so is the job."""
        import psycopg

        with contextlib.suppress(psycopg.Error):
            await self._execute(
                "UPDATE pg_dsql.job SET status = 'failed', details = %s, update_time = clock_timestamp()"
                " WHERE job_id = %s AND status IN ('submitted', 'processing')",
                error.diag.message_primary or "the job could not be run",
                job.name,
            )
            self._ended[job.name] = False

    async def _until(self, job: _Job, part: float) -> None:
        """Let that part of the job's delay pass."""
        while not (job.hurried and self._delay is None):
            delay = _USUAL_DELAY if self._delay is None else self._delay
            left = job.submitted + part * delay - time.monotonic()
            if left <= 0:
                return
            self._news.clear()
            await self._news_within(left)

    async def _news_within(self, seconds: float) -> None:
        """Wait for news, but not longer."""
        # Not asyncio.wait_for: it may swallow a cancellation, and then nobody could close us.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _execute(self, sql: str, *values: str) -> psycopg.AsyncCursor[Any]:
        return await (await self._connected()).execute(sql.encode(), values)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        import psycopg

        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True)
            # The database's own default is repeatable read: it would fail where a row was changed meanwhile.
            await self._connection.execute("SET default_transaction_isolation = 'read committed'")
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
