"""One client's session: reads its messages, judges its statements, runs them, and answers as DSQL would."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from dsql_migrate.engine.gateway import answers, concurrency, copying, wire
from dsql_migrate.engine.gateway.backend import Backend, Reply
from dsql_migrate.engine.gateway.client import RELAYED, Client, Message
from dsql_migrate.engine.gateway.quick import Quick
from dsql_migrate.engine.gateway.statements import Control, Judged, Question, Statement
from dsql_migrate.engine.gateway.transaction import (
    Refused,
    Text,
    Transaction,
    conflict,
    require_age,
    require_order,
    require_size,
    schema_conflict,
)
from dsql_migrate.engine.occ.effects import effect_of
from dsql_migrate.engine.policy import Effect

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway.database import Database
    from dsql_migrate.engine.gateway.options import Options

_ABORT = b"pg_dsql refused the statement"  # no SQL: makes the server abort the open transaction


class Session:
    """The slow way, statement by statement; ``Quick`` is the quick one for plain queries."""

    def __init__(self, client: Client, backend: Backend, database: Database, judged: Judged, options: Options) -> None:
        self.client = client
        self.backend = backend
        self.database = database
        self.judged = judged
        self.options = options
        self.statements: dict[bytes, Statement] = {}  # prepared, by name
        self.portals: dict[bytes, Statement] = {}
        self.transaction: Transaction | None = None
        self.line = asyncio.Lock()  # whoever talks to the backend beyond passing on
        self.skipping = False  # after an error, until Sync
        self.capturing = False  # the server reports what this session changes
        self._queue: list[bytes] = []
        self.copying: copying.Copy | None = None
        self.copied = False  # the last statement took COPY data
        self._synced = False  # the next Sync is answered already
        self._watching: asyncio.Task[None] | None = None
        self._random = random.Random(options.seed)
        self.quick = Quick(self)
        client.quick = self.quick.take
        backend.stray = self._stray
        database.sessions[backend.pid] = self

    async def run(self) -> None:
        """Serve until the client goes. Raises ConnectionResetError, ProtocolError, MessageTooLong."""
        while True:
            batch = await self.client.batch()
            await self.backend.drained()
            for kind, whole, last in _with_last(batch):
                if kind == 88:  # Terminate
                    return
                await self._message(kind, whole, last)

    def ended(self) -> None:
        """Forget the session, whatever it was doing."""
        self.database.sessions.pop(self.backend.pid, None)
        self.over()

    async def park(self) -> None:
        """Free what the open transaction holds, for a statement of another session that waits for it."""
        transaction = self.transaction
        if self.line.locked() or (self.backend.replies and self.copying is None):
            return
        async with self.line:
            if self.copying is not None:
                await self.copying.give_up()
            if transaction is not None and not transaction.parked and self.backend.status != "I":
                await concurrency.put_aside(self.backend, transaction)

    # -- messages --------------------------------------------------------------------------------------------------

    async def _message(self, kind: int, whole: bytes, before_sync: int) -> None:
        if self.skipping and kind != 83:
            if kind == 81:  # a simple query ends the skipping as well
                self.skipping = False
            else:
                return
        try:
            if kind == 81:
                await self._simple(whole[5:-1])
            elif kind == 83:
                await self._sync()
            elif kind == 80:
                await self._parse(whole)
            elif kind == 66:
                portal, at = wire.text_at(whole, 5)
                name, _ = wire.text_at(whole, at)
                if name in self.statements:
                    self.portals[portal] = self.statements[name]
                else:
                    self.portals.pop(portal, None)
                self._queue.append(whole)
            elif kind == 69:
                await self._execute(whole, before_sync)
            elif kind == 67:
                self._close(whole)
                self._queue.append(whole)
            elif kind == 72:
                await self._flush()
            elif kind == 68:
                self._queue.append(whole)
        except Refused as refused:
            await self._refuse(refused, simple=kind == 81)

    async def _simple(self, text: bytes) -> None:
        statements = await self._judge(text)
        if not statements:
            await self._exchange(wire.query(text))
            return
        if len(statements) == 1:
            await self._perform(statements[0], [wire.query(statements[0].sql)], simple=True)
            return
        for statement in statements:
            if statement.refused is not None and statement.refused.sqlstate == "42601":
                raise _refusal(statement)
        for statement in statements:
            if self.transaction is None and statement.control is Control.NONE:
                await self.begin_hidden()
            await self._perform(statement, [wire.query(statement.sql)], mute=True, simple=True)
            if self.skipping:
                self.skipping = False
                break
        await self.end_hidden()
        self.client.write(wire.ready(self.backend.status))

    async def _parse(self, whole: bytes) -> None:
        name, at = wire.text_at(whole, 5)
        text, at = wire.text_at(whole, at)
        statements = await self._judge(text)
        if len(statements) > 1:
            raise Refused("42601", "cannot insert multiple commands into a prepared statement")
        statement = statements[0] if statements else Statement(text, text)
        aborted = self.backend.status == "E" and statement.control is Control.NONE
        if statement.refused is not None and not aborted:
            raise _refusal(statement)
        self.statements[name] = statement
        self._queue.append(wire.parse(name, answers.described_as(statement), whole[at:]))

    async def _execute(self, whole: bytes, before_sync: int) -> None:
        portal, at = wire.text_at(whole, 5)
        statement = self.portals.get(portal)
        transaction = self.transaction
        rested = transaction is None or not (transaction.parked or transaction.doomed)
        if statement is None or (statement.plain and rested and transaction is None):
            self._queue.append(whole)
            return
        if self.backend.status == "E" and statement.control is Control.NONE:
            self._queue.append(whole)
            return
        if transaction is None and statement.control is Control.NONE and not before_sync:
            await self.begin_hidden()
        queue, self._queue = self._queue, []
        copies = copying.reads(statement)
        closing = before_sync > 1 and not copies and (self.transaction is None or not self.transaction.hidden)
        self.copied = False
        await self._perform(statement, [*queue, whole], mute=not closing)
        # A server that waits for COPY data takes no notice of a Sync.
        self._synced = closing or (self.copied and before_sync > 0)

    def _close(self, whole: bytes) -> None:
        name, _ = wire.text_at(whole, 6)
        (self.statements if whole[5] == 83 else self.portals).pop(name, None)

    async def _flush(self) -> None:
        """Send what waits. The server gets a Sync: in a transaction block, and before one, that changes nothing."""
        if self._queue:
            queue, self._queue = self._queue, []
            await self._exchange(b"".join(queue) + wire.SYNC, mute=True)

    async def _sync(self) -> None:
        if self._synced:
            self._synced = False
            return
        if not self.skipping and self._queue and (self.transaction is None or not self.transaction.hidden):
            queue, self._queue = self._queue, []
            await self._exchange(b"".join(queue) + wire.SYNC)
            self.skipping = False
            return
        if not self.skipping:
            await self._flush()
        self.skipping = False
        self._queue.clear()
        try:
            await self.end_hidden()
        except Refused as refused:
            self.client.write(wire.error(refused.sqlstate, refused.message, refused.detail))
        self.client.write(wire.ready(self.backend.status))

    async def _refuse(self, refused: Refused, simple: bool) -> None:
        """Answer with an error of ours; an open transaction is aborted by it, as by any error."""
        if not simple:
            await self._flush()
            if self.skipping:  # the server has refused what came before
                return
        if self.transaction is not None and refused.aborts and self.backend.status == "T":
            async with self.line:
                await self.backend.ask(_ABORT)
        if self.transaction is not None and self.transaction.hidden and simple:
            await self.end_hidden()
        self.client.write(answers.error_of(refused))
        if simple:
            self.client.write(wire.ready(self.backend.status))
        else:
            self.skipping = True

    # -- statements ------------------------------------------------------------------------------------------------

    async def _judge(self, text: bytes) -> tuple[Statement, ...]:
        """The statements of a text; what the policy asks about the database is answered by this session's server."""
        known: dict[str, object] = {}
        while True:
            try:
                return self.judged.judge(text, known)  # type: ignore[arg-type]
            except Question as question:
                if self.backend.status == "E":  # it will not run, so it is not judged
                    return (Statement(text, text),)
                async with self.line:
                    answer = await concurrency.run(self.backend, question.sql)
                known[question.sql] = answers.result_of(answer)

    async def _perform(
        self, statement: Statement, sent: list[bytes], *, mute: bool = False, simple: bool = False
    ) -> None:
        """Run one statement. ``sent``: its messages, without Sync. Raises Refused."""
        if self.backend.status == "E" and statement.control is Control.NONE:
            await self._exchange(b"".join(sent) if simple else b"".join(sent) + wire.SYNC, mute=mute)
            return
        if statement.refused is not None:
            raise _refusal(statement)
        data = b"".join(sent) if simple else b"".join(sent) + wire.SYNC
        try:
            if statement.control is Control.BEGIN:
                await self._begin(data, mute)
            elif statement.control is not Control.NONE:
                await self._end(statement, data, mute)
            else:
                await self._in_order(statement, sent, simple, mute)
        except Refused:
            if not simple:  # what was prepared and bound stays, as on a server that fails in Execute
                self._queue = sent[:-1]
            raise

    async def _in_order(self, statement: Statement, sent: list[bytes], simple: bool, mute: bool) -> None:
        transaction = self.transaction
        if transaction is not None:
            self._require(transaction)
            require_order(transaction, statement, self.judged.target)
            transaction.touched = True
        elif statement.effect is not Effect.SETTING and self._unlucky():
            raise conflict()
        if statement.allowed is not None and await answers.special(self, statement, mute, simple):
            return
        if copying.reads(statement):
            await copying.copy_in(self, statement, sent, simple, mute)
            return
        need = statement.writes or (transaction is not None and transaction.parked)
        data = b"".join(sent) if simple else b"".join(sent) + wire.SYNC

        async def send(keep: bool) -> Reply:
            return await self._send(data, mute, keep)

        while True:
            async with self.turn(need), self.line:
                if transaction is not None and transaction.parked:
                    if not need:
                        need = True
                        continue
                    tables = (*statement.tables, *statement.locks)
                    async with self.watched():
                        await concurrency.bring_back(self.backend, self.database, transaction, tables)
                if transaction is None and statement.writes and self.database.others_open(self):
                    self.capture()
                await self.run_kept(statement, send, mute, () if simple else sent)
                return

    async def run_kept(
        self, statement: Statement, send: Callable[[bool], Awaitable[Reply]], mute: bool, sent: Sequence[bytes] = ()
    ) -> None:
        """Let the server run the statement, a second time where only another's commit may have failed it.

        ``send`` is given whether the answer is to be kept back. The line is ours, the turn where it is needed.
        """
        transaction, before = self.transaction, self.backend.status
        keep = transaction is not None and statement.writes and self.database.commits > transaction.commits
        reply = await send(keep and transaction is not None and not transaction.doomed)
        if transaction is not None and reply.keep and _suspect(reply):
            await self._apart(transaction, statement)
            await copying.close_prepared(self.backend, sent)
            reply = await send(True)
        if reply.keep:
            self.backend.release(reply)
        if (reply.keep or copying.reads(statement)) and not mute:
            self.client.write(wire.ready(self.backend.status))
        if reply.error is not None:
            self.failed(mute)
        elif transaction is not None:
            self._note(transaction, statement, reply)
        elif statement.writes and before == "I":
            await self._committed(statement, reply)

    async def _apart(self, transaction: Transaction, statement: Statement) -> None:
        """Give the transaction private copies of its tables: what fails there as well, fails for its own sake."""
        await self.backend.ask(concurrency.BACK)
        transaction.doomed = True
        tables = (*statement.tables, *statement.locks)
        async with self.watched():
            if not await concurrency.continue_apart(self.backend, self.database, transaction, tables):
                raise conflict()

    async def _send(self, data: bytes, mute: bool, keep: bool) -> Reply:
        reply = self.backend.reply(mute=mute, keep=keep)
        self.backend.send(data, reply)
        assert reply.done is not None
        async with self.watched():
            await reply.done
        return reply

    def failed(self, mute: bool) -> None:
        """The server has refused a statement: what follows it up to Sync is skipped."""
        self.skipping = mute

    def limit(self, name: str) -> Refused:
        """The refusal of one of the target's limits."""
        limit = self.judged.target.limits[name]
        return Refused(limit.sqlstate or "54000", limit.message or name)

    def noted_ddl(self, transaction: Transaction) -> None:
        """The transaction has changed the catalogue."""
        if not transaction.ddl:
            self.database.open_ddl += 1
        transaction.ddl = True

    def _note(self, transaction: Transaction, statement: Statement, reply: Reply) -> None:
        for told in reply.effects:
            change = effect_of(told)
            transaction.log.append(change)
            transaction.rows += change.rows
            transaction.size += change.size
        if statement.effect is Effect.DDL:
            self.noted_ddl(transaction)
        transaction.dml |= statement.effect is Effect.DML
        if statement.effect in (Effect.DDL, Effect.SETTING) or (statement.calls and _sets(statement)):
            transaction.log.append(Text(statement.sql))
        transaction.lock_tables |= set(statement.locks)
        if statement.for_update:
            transaction.update_tables |= set(statement.locks)

    async def _committed(self, statement: Statement, reply: Reply) -> None:
        """A statement outside a transaction block has committed."""
        self.database.commits += 1
        if statement.effect is Effect.DDL:
            self.database.schema_changed()
        changes = [effect_of(told) for told in reply.effects]
        if changes and self.database.others_open(self):
            shapes = await self.database.shapes()
            from dsql_migrate.engine.occ.footprint import footprint

            self.database.registry.record(changes[-1].xid, footprint(changes, (), shapes))

    def _stray(self, told: str) -> None:
        if self.transaction is not None:
            self.transaction.log.append(effect_of(told))

    # -- transactions ----------------------------------------------------------------------------------------------

    async def _begin(self, data: bytes, mute: bool) -> None:
        opened = self.transaction
        if opened is None:
            self.capture()
        reply = await self._exchange(data, mute=mute)
        if opened is not None:
            opened.hidden = False
        elif reply.error is None and self.backend.status == "T":
            self._open(hidden=False)

    async def begin_hidden(self) -> None:
        """A transaction of our own around the statements of one message, as the protocol makes it one."""
        self.capture()
        async with self.line:
            await self.backend.ask("BEGIN")
        self._open(hidden=True)

    async def end_hidden(self) -> None:
        """Commit the transaction of our own, or roll it back where a statement failed. Raises Refused."""
        transaction = self.transaction
        if transaction is None or not transaction.hidden:
            return
        if self.backend.status == "E":
            async with self.line:
                await self.backend.ask("ROLLBACK")
            self.over()
            return
        await self._settle(transaction, None)

    def _open(self, hidden: bool) -> None:
        database = self.database
        now = asyncio.get_running_loop().time()
        self.transaction = Transaction(
            database.registry.begin(), database.catalog_version, database.commits, now, hidden=hidden
        )
        database.open.add(self)
        self.backend.send(wire.internal(concurrency.SAVEPOINT), Reply(forward=False))

    async def _end(self, statement: Statement, data: bytes, mute: bool) -> None:
        transaction = self.transaction
        if statement.control is Control.ROLLBACK or transaction is None or self.backend.status == "E":
            await self._exchange(data, mute=mute)
            self.over()
        else:
            await self._settle(transaction, data, mute)
        if statement.chain and self.backend.status == "T":
            self._open(hidden=False)

    async def _settle(self, transaction: Transaction, data: bytes | None, mute: bool = False) -> None:
        """COMMIT: the verdict, then the server's. ``data``: the client's message; None where we commit ourselves."""
        async with self.turn(not transaction.clean), self.line:
            try:
                await self._verdict(transaction)
            except Refused as refused:
                await self.backend.ask("ROLLBACK")
                self.over()
                refused.aborts = False
                raise
            await self._commit(transaction, data, mute)

    async def _verdict(self, transaction: Transaction) -> None:
        """Whether the transaction may commit. Raises Refused."""
        self._require(transaction)
        if transaction.touched and self._unlucky():
            raise conflict()
        require_size(transaction, self.judged.target)
        if transaction.doomed:
            raise conflict()
        if transaction.lock_tables and not transaction.parked:
            await concurrency.read_locks(self.backend, transaction)
        if transaction.clean:
            return
        async with self.watched():
            if await concurrency.conflicts(self.backend, self.database, transaction):
                raise conflict()
            if transaction.parked and not await concurrency.replay(self.backend, transaction):
                raise conflict()
            if transaction.replayed and transaction.changes:
                oids = ", ".join(f"{change.relation}::oid" for change in transaction.changes)
                await concurrency.run(self.backend, f"SELECT pg_dsql.check_deferred(ARRAY[{oids}])")

    async def _commit(self, transaction: Transaction, data: bytes | None, mute: bool) -> None:
        database = self.database
        record = None
        if not transaction.clean and database.others_open(self):
            record = await concurrency.footprint_of(self.backend, database, transaction)
            xid = concurrency.xid_of(transaction.changes)
            if xid is None:
                xid = int(str((await self.backend.ask("SELECT pg_current_xact_id()::text")).rows[0][0]))
        unknown = self.options.chaos_unknown and not transaction.clean
        lost = bool(unknown) and self._random.random() < self.options.chaos_unknown
        if data is None or lost:
            answer = await self.backend.ask("COMMIT")
        else:
            answer = self.backend.reply(mute=mute)
            self.backend.send(data, answer)
            assert answer.done is not None
            async with self.watched():
                await answer.done
        if answer.error is None:
            database.commits += not transaction.clean
            if record is not None:
                database.registry.record(xid, record)
            if transaction.ddl:
                database.schema_changed()
            for job in transaction.jobs:
                database.start_job(job)
        self.over()
        if lost:
            raise ConnectionResetError("the connection is broken after COMMIT, as asked for")
        if data is None and answer.error is not None:
            raise Refused(answer.error.get("C", "XX000"), answer.error.get("M", ""), answer.error.get("D"), False)

    def over(self) -> None:
        transaction, self.transaction = self.transaction, None
        if transaction is not None:
            self.database.open_ddl -= transaction.ddl
            self.database.ended(self)

    def _require(self, transaction: Transaction) -> None:
        now = asyncio.get_running_loop().time()
        require_age(transaction, now, self.options.age(), self.judged.target)
        if transaction.catalog_version != self.database.catalog_version:
            raise schema_conflict()

    def _unlucky(self) -> bool:
        return bool(self.options.chaos) and self._random.random() < self.options.chaos

    # -- the server ------------------------------------------------------------------------------------------------

    async def _exchange(self, data: bytes, *, mute: bool = False) -> Reply:
        """Send a request and wait for its end; its answer goes to the client."""
        async with self.line, self.watched():
            reply = self.backend.reply(mute=mute)
            self.backend.send(data, reply)
            assert reply.done is not None
            await reply.done
        if reply.error is not None and mute:
            self.skipping = True
        return reply

    def capture(self) -> None:
        """From now on the server reports what this session changes. Only outside a transaction block."""
        if not self.capturing:
            self.capturing = True
            self.backend.send(wire.internal(b"SET dsql.capture = 'on'"), Reply(forward=False))

    @contextlib.asynccontextmanager
    async def turn(self, needed: bool) -> AsyncIterator[None]:
        if not needed:
            yield
            return
        async with self.database.turn:
            yield

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """While the server works for us: idle transactions that we wait for are parked."""
        watch = asyncio.get_running_loop().call_later(self.database.patience, self._watch)
        self._watching: asyncio.Task[None] | None = None
        try:
            yield
        finally:
            watch.cancel()
            if self._watching is not None:
                self._watching.cancel()

    def _watch(self) -> None:
        self._watching = asyncio.ensure_future(self.database.watch(self))


def _with_last(batch: list[Message]) -> list[tuple[int, bytes, int]]:
    """Each message, and 1 for the last Execute before a Sync that ends the batch, 2 if nothing is between them."""
    ends = bool(batch) and batch[-1][0] == 83
    last = max((at for at, (kind, _) in enumerate(batch) if kind == 69), default=-1) if ends else -1
    near = 2 if last == len(batch) - 2 else 1
    return [(kind, whole, near if at == last else 0) for at, (kind, whole) in enumerate(batch)]


def _suspect(reply: Reply) -> bool:
    return reply.error is not None and reply.error.get("C") in concurrency.SUSPECT


def _sets(statement: Statement) -> bool:
    return b"set_config" in statement.sql.lower()


def _refusal(statement: Statement) -> Refused:
    assert statement.refused is not None
    refused = Refused(statement.refused.sqlstate, statement.refused.message)
    refused.at = statement.at
    return refused


__all__ = ["RELAYED", "Session"]
