"""Transaction blocks: BEGIN with what it needs behind it, the verdict at COMMIT, and blocks that clients do not see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from dsql_migrate.engine.gateway import concurrency, wire
from dsql_migrate.engine.gateway.backend import Reply
from dsql_migrate.engine.gateway.connection import Connection, Watch
from dsql_migrate.engine.gateway.statements import Control, Statement
from dsql_migrate.engine.gateway.transaction import (
    Refused,
    Transaction,
    conflict,
    require_age,
    require_size,
    schema_conflict,
)
from dsql_migrate.engine.occ.footprint import Entry, Mode

# What PostgreSQL says to a COMMIT or ROLLBACK whose transaction was begun by no BEGIN.
_NO_BLOCK = wire.warning("25P01", "there is no transaction in progress")
_BEGUN = wire.internal(concurrency.REPORTING, concurrency.SAVEPOINT)  # behind BEGIN


class Blocks:
    """The transaction blocks of one connection, one at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._backend = connection.backend
        self._database = connection.database

    async def control(self, statement: Statement, data: bytes, mute: bool) -> None:
        """Run BEGIN, COMMIT or ROLLBACK; ``data`` is the client's request. Raises Refused."""
        if statement.control is Control.BEGIN:
            await self._begin(data, mute)
        else:
            await self._end(statement, data, mute)

    async def begin_hidden(self) -> None:
        """Open a block around the statements of one message: the protocol makes them one transaction."""
        async with self._connection.line:
            await self._backend.ask("BEGIN")
        self._open(hidden=True)

    async def end_hidden(self) -> None:
        """Commit a block of ours, or roll it back where a statement of it failed. Raises Refused."""
        transaction = self._connection.transaction
        if transaction is None or not transaction.hidden:
            return
        if self._backend.status == "E":
            await self.roll_back()
        else:
            await self._settle(transaction, None)

    async def roll_back(self) -> None:
        """End the block without a trace."""
        async with self._connection.line:
            await self._backend.ask("ROLLBACK")
        self.over()

    def over(self) -> None:
        """The block has ended."""
        transaction, self._connection.transaction = self._connection.transaction, None
        if transaction is not None:
            self._database.open_ddl -= transaction.ddl
            self._database.ended(self._connection)

    def require(self, transaction: Transaction) -> None:
        """Refuse what is too old, or has a catalogue from before another's change. Raises Refused."""
        now = asyncio.get_running_loop().time()
        require_age(transaction, now, self._connection.options.age(), self._connection.judged.target)
        if not transaction.touched:  # nothing has run since BEGIN: it has no snapshot that could be from before
            transaction.catalog_version = self._database.catalog_version
            transaction.mark = self._database.registry.begin()
        if transaction.catalog_version != self._database.catalog_version:
            raise schema_conflict()

    def noted_ddl(self, transaction: Transaction) -> None:
        """The transaction has changed the catalogue."""
        self._database.open_ddl += not transaction.ddl
        transaction.ddl = True

    async def _begin(self, data: bytes, mute: bool) -> None:
        opened = self._connection.transaction
        # PostgreSQL has no warning where the statements before BEGIN are of the same message.
        hush = opened is not None and opened.hidden
        behind = b"" if opened is not None else _BEGUN
        reply = await self._connection.exchange(data, mute=mute, hush=hush, behind=behind)
        if opened is not None:
            opened.hidden = opened.hidden and reply.error is not None
        elif reply.error is None and self._backend.status == "T":
            self._opened(hidden=False)

    def _open(self, hidden: bool) -> None:
        """A block has begun: what happens in it happens behind a savepoint."""
        self._opened(hidden)
        self._backend.send(_BEGUN, Reply(forward=False, quiet=True))

    def _opened(self, hidden: bool) -> None:
        database = self._database
        now = asyncio.get_running_loop().time()
        self._connection.transaction = Transaction(
            database.registry.begin(), database.catalog_version, now, hidden=hidden
        )
        database.open.add(self._connection)

    async def _end(self, statement: Statement, data: bytes, mute: bool) -> None:
        transaction = self._connection.transaction
        hidden = transaction is not None and transaction.hidden
        if hidden and statement.chain:
            verb = statement.control.value.upper()
            raise Refused("25P01", f"{verb} AND CHAIN can only be used in transaction blocks")
        warning = _NO_BLOCK if hidden else b""
        if statement.control is Control.ROLLBACK or transaction is None or self._backend.status == "E":
            await self._connection.exchange(data, mute=mute, warning=warning)
            self.over()
        else:
            await self._settle(transaction, data, mute, warning)
        if statement.chain and self._backend.status == "T":
            self._open(hidden=False)

    async def _settle(
        self, transaction: Transaction, data: bytes | None, mute: bool = False, warning: bytes = b""
    ) -> None:
        """COMMIT: the verdict, then the server's. ``data``: the client's request; None where we commit ourselves."""
        alone = False
        while True:
            step = transaction.straight and not alone
            async with self._connection.turn(not transaction.clean, step), self._connection.line:
                if step and not transaction.straight:
                    continue  # put aside while we waited
                try:
                    self._may_commit(transaction, alone)
                    if step and not await self._announce(transaction):
                        alone = True
                        continue
                    if not step:
                        await self._verdict(transaction)
                except Refused as refused:
                    await self._backend.ask("ROLLBACK")
                    self.over()
                    refused.aborts = False
                    raise
                await self._commit(transaction, data, mute, warning, announced=step)
                return

    def _may_commit(self, transaction: Transaction, asked: bool) -> None:
        """What has nothing to do with others. ``asked``: it was asked before. Raises Refused."""
        self.require(transaction)
        if transaction.touched and not asked and self._connection.unlucky():
            raise conflict()
        require_size(transaction, self._connection.judged.target)

    async def _announce(self, transaction: Transaction) -> bool:
        """Enter a transaction among the commits just before it commits, beside others that do the same.

        False, and nothing entered, where there is more to find out: whether it conflicts, or a deferred foreign key.
        It is entered where nobody has a block open, too: one may begin before the server is done with the COMMIT.
        """
        changes = transaction.changes
        if not changes:
            return True
        database = self._database
        shapes = await database.shapes()
        if shapes.deferrable({change.relation for change in changes}):
            return False  # its COMMIT may fail, and what is entered stays
        footprint = await concurrency.footprint_of(self._backend, database, transaction)
        # From here to the entry nobody else has a say: two that conflict cannot both find nothing.
        if database.registry.suspects(footprint, transaction.mark):
            return False
        transaction.number = database.registry.announce(changes[-1].xid, footprint)
        return True

    async def _verdict(self, transaction: Transaction) -> None:
        """Whether the transaction conflicts with what others have committed. Raises Refused."""
        if transaction.lock_tables and not transaction.parked and self._concerns_others(transaction):
            await concurrency.read_locks(self._backend, transaction)
        if transaction.clean:
            return
        with Watch(self._connection):
            checked = await self._check_deferred(transaction)
            if await concurrency.conflicts(self._backend, self._database, transaction):
                raise conflict()
            if transaction.apart or checked:
                done = await concurrency.rejoin(self._backend, transaction)
            else:
                done = not transaction.parked or await concurrency.replay(self._backend, transaction)
            if not done:
                raise conflict()

    def _concerns_others(self, transaction: Transaction) -> bool:
        """Whether somebody has committed since it began, or is still to."""
        database = self._database
        return database.others_open(self._connection) or bool(database.registry.since(transaction.mark))

    async def _check_deferred(self, transaction: Transaction) -> bool:
        """Check deferred foreign keys on the snapshot, where the server would not, or would look at newer rows.

        Whether that was done; then the server is not to do it as well. Raises Refused with 23503.
        """
        if not transaction.changes or not (
            transaction.replayed or transaction.parked or self._database.registry.latest > transaction.mark
        ):
            return False
        relations = {change.relation for change in transaction.changes}
        if not (await self._database.shapes()).deferrable(relations):
            return False
        await self._connection.bring_back()
        oids = ", ".join(f"{relation}::oid" for relation in sorted(relations))
        await concurrency.run(self._backend, f"SELECT pg_dsql.check_deferred(ARRAY[{oids}])")
        return True

    async def _commit(
        self, transaction: Transaction, data: bytes | None, mute: bool, warning: bytes, announced: bool
    ) -> None:
        record = None if announced else await self._record(transaction)
        lost = not transaction.clean and self._connection.lost()
        self._database.committing += 1
        try:
            if data is None or lost:
                answer = await self._backend.ask("COMMIT")
            else:
                answer = await self._connection.send(data, mute, warning=warning)
                self._connection.skipping = mute and answer.error is not None
        finally:
            self._database.committing -= 1
            if transaction.number is not None:
                self._database.registry.settle(transaction.number)
        if answer.error is None and not announced:
            self._committed(transaction, record)
        self.over()
        if lost:
            raise ConnectionResetError("the connection is broken after COMMIT, as asked for")
        if data is None and answer.error is not None:
            raise Refused(answer.error.get("C", "XX000"), answer.error.get("M", ""), answer.error.get("D"), False)

    async def _record(self, transaction: Transaction) -> tuple[int, Mapping[Entry, Mode]] | None:
        """What other transactions have to know of this one, once it is committed: also such as begin until then."""
        changes = transaction.changes
        if not (changes or transaction.held):
            return None
        footprint = await concurrency.footprint_of(self._backend, self._database, transaction)
        if changes:
            return changes[-1].xid, footprint
        answer = await self._backend.ask("SELECT pg_current_xact_id()::text")  # it has only locked rows
        return int(str(answer.rows[0][0])), footprint

    def _committed(self, transaction: Transaction, record: tuple[int, Mapping[Entry, Mode]] | None) -> None:
        database = self._database
        if record is not None:
            database.registry.record(*record)
        elif not transaction.clean:
            database.registry.passed()
        if transaction.ddl:
            database.schema_changed()
        for job in transaction.jobs:
            database.start_job(job)
