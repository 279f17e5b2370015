"""What the sessions of one database share: its turn to write, its recent commits, its catalogue version, its jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING

from dsql_migrate.engine.gateway.backend import Backend
from dsql_migrate.engine.gateway.turn import Turn
from dsql_migrate.engine.occ.registry import Registry
from dsql_migrate.engine.occ.shapes import Shapes

if TYPE_CHECKING:
    from dsql_migrate.engine.databases.jobs import Worker
    from dsql_migrate.engine.gateway.connection import Connection

_PATIENCE = 0.002  # seconds that a statement may take before we ask what it waits for
_AGAIN = 0.005
_OUTDATED = -1  # a catalogue version that never is


class Database:
    """The shared state of one database. ``monitor`` is a superuser's connection of ours."""

    worker: Worker

    def __init__(self, name: str, monitor: Backend) -> None:
        self.name = name
        self.monitor = monitor
        self.turn = Turn()
        self.registry = Registry()
        self.sessions: dict[int, Connection] = {}  # by the process id of their backend
        self.committing = 0  # COMMITs of blocks that are under way
        self.catalog_version = 0
        self.open: set[Connection] = set()  # in a transaction block
        self.copying: set[Connection] = set()  # that wait for their clients' COPY data
        self.open_ddl = 0  # of them, how many have changed the catalogue
        self.patience = _PATIENCE
        self._running: set[asyncio.Task[None]] = set()
        self._shapes: Shapes | None = None
        self._asking = asyncio.Lock()
        self._quiet = asyncio.Event()

    def others_open(self, connection: Connection) -> bool:
        """Whether a transaction block other than this session's is open."""
        return len(self.open) > (connection in self.open)

    def others_hold(self, connection: Connection) -> bool:
        """Whether another session may hold locks while it does nothing."""
        return bool(self.copying) or self.others_open(connection)

    def schema_changed(self) -> None:
        """A change of the catalogue was committed."""
        self.catalog_version += 1
        self._shapes = None

    async def shapes(self) -> Shapes:
        """Columns, keys and foreign keys of all tables, as committed."""
        if self._shapes is None:
            version = self.catalog_version
            answer = await self.ask("SELECT * FROM pg_dsql.shapes()")
            shapes = Shapes(answer)
            if version != self.catalog_version:
                return shapes
            self._shapes = shapes
        return self._shapes

    async def ask(self, sql: str) -> list[list[str | None]]:
        """Rows of a query of ours. Raises ConnectionResetError; RuntimeError where the server refuses it."""
        async with self._asking:
            answer = await self.monitor.ask(sql)
        if answer.error is not None:
            raise RuntimeError(answer.error.get("M", "the query failed"))
        return answer.rows

    async def watch(self, connection: Connection) -> None:
        """While a statement of this session runs: park every idle transaction that it waits for."""
        while True:
            found = await self.ask(f"SELECT unnest(pg_blocking_pids({connection.backend.pid}))")
            for holder in self._sessions(found):
                if holder is not connection:
                    await asyncio.shield(holder.park())
            await asyncio.sleep(_AGAIN)

    def _sessions(self, found: Iterable[list[str | None]]) -> list[Connection]:
        pids = {int(pid) for (pid,) in found if pid is not None}
        return [self.sessions[pid] for pid in pids if pid in self.sessions]

    def ended(self, connection: Connection) -> None:
        """A transaction block is over: what no open one can conflict with any more is forgotten."""
        self.open.discard(connection)
        if not self.open:
            self._quiet.set()
        if not self.open:
            self.registry.prune(None)
        else:
            self.registry.prune(min(other.transaction.mark for other in self.open if other.transaction is not None))

    def fresh_marks(self) -> None:
        """Blocks in which nothing has run have no snapshot yet: they will see all that is committed by now."""
        for other in self.open:
            if other.transaction is not None and not other.transaction.touched:
                other.transaction.mark = self.registry.begin()

    async def quiet(self) -> None:
        """Return when no transaction block is open."""
        while self.open:
            self._quiet.clear()
            await self._quiet.wait()

    def changing(self) -> Callable[[], None]:
        """A background job is about to change the catalogue; returns what to call when that is committed.

        It puts the transactions of clients out of date that are open now: those that begin behind it, and what a
        session runs outside a transaction, are in no need of a second try.
        """
        opened = [other.transaction for other in self.open if other.transaction and not other.transaction.hidden]

        def changed() -> None:
            self._shapes = None
            for transaction in opened:
                transaction.catalog_version = _OUTDATED

        return changed

    async def make_way(self) -> None:
        """Park the idle transactions that have changed the catalogue: a background job is held up by their locks."""
        for connection in list(self.open):
            if connection.transaction is not None and connection.transaction.ddl:
                await connection.park()

    def start_job(self, job: str) -> None:
        """Let a job run, now that the transaction that submitted it has committed."""
        self.keep(self.worker.submitted(job))

    def keep(self, work: Coroutine[None, None, None]) -> None:
        """Let something run beside the sessions."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """End our own connections."""
        with contextlib.suppress(Exception):
            await self.worker.close()
        self.monitor.close()
