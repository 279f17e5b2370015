"""Runs one statement: the order of a transaction, the turn to write, a second run where another's commit failed it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from dsql_migrate.engine.endpoint import Result
from dsql_migrate.engine.gateway import answers, concurrency, copying, wire
from dsql_migrate.engine.gateway.backend import CONFLICTS, Reply
from dsql_migrate.engine.gateway.blocks import Blocks
from dsql_migrate.engine.gateway.connection import Connection, Watch
from dsql_migrate.engine.gateway.statements import Control, Question, Statement
from dsql_migrate.engine.gateway.transaction import Refused, Text, Transaction, conflict, require_order
from dsql_migrate.engine.policy import Effect, Refuse

# Where PostgreSQL reads a text: encoding, scanner, grammar. Errors of later steps mean that it has read it.
_READERS = frozenset({"mbutils.c", "scan.l", "scansup.c", "parser.c", "gram.y"})


class Runner:
    """Runs the statements of one connection."""

    def __init__(self, connection: Connection, blocks: Blocks) -> None:
        self.connection = connection
        self.blocks = blocks

    async def judge(self, text: bytes) -> tuple[Statement, ...]:
        """The statements of a text; what the policy asks about the database is answered by this session's server."""
        connection = self.connection
        known: dict[str, Result] = {}
        while True:
            try:
                found = connection.judged.judge(text, known)
                if len(found) == 1 and found[0].unread is not None:
                    return (await self._unread(found[0], found[0].unread),)
                return found
            except Question as question:
                if connection.backend.status == "E":
                    return connection.judged.judge_apart(text)
                async with connection.line:
                    answer = await concurrency.run(connection.backend, question.sql)
                known[question.sql] = answers.result_of(answer)

    async def _unread(self, statement: Statement, shown: bytes) -> Statement:
        """What our parser cannot read, the server's is given to read, and only that: its error is the answer.

        Where it has none (its grammar is older than ours, and may take what ours does not), ours stays.
        """
        connection = self.connection
        async with connection.line:
            error = await connection.backend.read_only_parse(shown)
        if error is None or error.get("F") not in _READERS:
            return statement
        refused = Refuse(error.get("C", "42601"), error.get("M", ""))
        return replace(statement, refused=refused, at=int(error["P"]) if "P" in error else None)

    async def run(
        self, statement: Statement, sent: Sequence[bytes], *, mute: bool = False, simple: bool = False
    ) -> None:
        """Run one statement. ``sent``: the client's messages, without Sync; ``mute``: ReadyForQuery is not for it.

        Raises Refused.
        """
        connection = self.connection
        data = b"".join(sent) if simple else b"".join(sent) + wire.SYNC
        if statement.unread is not None:
            raise refusal(statement)  # in a failed transaction block as well
        if connection.backend.status == "E" and statement.control is Control.NONE:
            await connection.exchange(data, mute=mute)
        elif statement.refused is not None:
            raise refusal(statement)
        elif statement.control is not Control.NONE:
            await self.blocks.control(statement, data, mute)
        else:
            await self._in_order(statement, sent, data, simple, mute)

    async def _in_order(
        self, statement: Statement, sent: Sequence[bytes], data: bytes, simple: bool, mute: bool
    ) -> None:
        connection = self.connection
        transaction = connection.transaction
        if transaction is not None:
            self.blocks.require(transaction)
            require_order(transaction, statement, connection.judged.target)
            transaction.touched = True
        elif statement.effect is not Effect.SETTING and connection.unlucky():
            raise conflict()
        if statement.allowed is not None and await answers.special(self, statement, mute, simple):
            return
        if copying.reads(statement):
            await copying.copy_in(self, statement, sent, simple, mute)
            return

        async def send(keep: bool) -> Reply:
            return await connection.send(data, mute, keep)

        need, alone = statement.writes, False
        while True:
            parked = transaction is not None and transaction.parked
            step = not alone and statement.single and transaction is not None and transaction.straight
            async with connection.turn(need or parked, step), connection.line:
                if transaction is not None and transaction.parked and (step or not (need or parked)):
                    continue  # put aside while we waited
                await connection.bring_back((*statement.tables, *statement.locks))
                others = connection.database.others_open(connection)
                if transaction is None and need and others:
                    connection.capture()
                if transaction is not None and transaction.unread:
                    await concurrency.before_writing(connection.backend, transaction, statement, not others)
                if await self.run_kept(statement, send, mute, () if simple else sent, step):
                    return
                alone = True

    async def run_kept(
        self,
        statement: Statement,
        send: Callable[[bool], Awaitable[Reply]],
        mute: bool,
        sent: Sequence[bytes] = (),
        step: bool = False,
    ) -> bool:
        """Let the server run the statement, a second time where only another's commit may have failed it.

        ``send`` is given whether the answer is to be kept back. The line is ours, the turn where it is needed. False
        where the second time needs the whole turn, and this was a ``step``: then nothing has happened.
        """
        connection = self.connection
        transaction, before = connection.transaction, connection.backend.status
        beside = connection.database.committing > 0  # commits of others may come while the statement runs
        keep = transaction is not None and statement.writes and (step or self._may_meet(transaction, beside))
        reply = await send(keep)
        if transaction is not None and reply.keep and await self._out_of_step(transaction, reply, beside):
            if reply.error is None and transaction.lock_tables:
                await concurrency.read_locks(connection.backend, transaction)
            await copying.close_prepared(connection.backend, sent)
            if step:
                await concurrency.put_aside(connection.backend, transaction)
                return False
            await self._apart(transaction, statement)
            reply = await send(True)
        kept = reply.keep
        if kept:
            connection.backend.release(reply)
        if (kept or copying.reads(statement)) and not mute:
            connection.client.write(wire.ready(connection.backend.status))
        if reply.error is not None:
            connection.skipping = mute
        elif transaction is not None:
            self._note(transaction, statement, reply)
        elif statement.writes and before == "I":
            await self._committed(statement, reply)
        if reply.error is None and statement.kind == "VariableSetStmt":
            connection.set_again()
        return True

    def _may_meet(self, transaction: Transaction, beside: bool) -> bool:
        """Whether a statement may meet what others have changed, or are about to."""
        return beside or self.connection.database.others_open(self.connection) or self._may_be_in_the_way(transaction)

    def _may_be_in_the_way(self, transaction: Transaction) -> bool:
        """Whether others have committed since it began, to tables of which it has no private copies."""
        database = self.connection.database
        if database.registry.latest == transaction.mark:
            return False
        return not transaction.apart or not database.registry.since(transaction.mark) <= transaction.copied

    async def _out_of_step(self, transaction: Transaction, reply: Reply, beside: bool) -> bool:
        """Whether the statement failed, or did what it did, because of what its snapshot does not see.

        ``beside``: others were committing when it began.
        """
        connection = self.connection
        meets = self._may_be_in_the_way(transaction)
        if reply.error is not None:
            code = reply.error.get("C")
            if code in CONFLICTS:
                return True
            return code in concurrency.SUSPECT and (meets or beside or connection.database.committing > 0)
        if not meets:
            return False
        return await concurrency.out_of_step(connection.backend, connection.database, transaction, reply.changes())

    async def _apart(self, transaction: Transaction, statement: Statement) -> None:
        """Give the transaction private copies of its tables: what fails there as well, fails for its own sake."""
        connection = self.connection
        await connection.backend.ask(concurrency.BACK)
        transaction.apart = True
        tables = (*statement.tables, *statement.locks)
        with Watch(connection):
            if not await concurrency.continue_apart(connection.backend, connection.database, transaction, tables):
                raise conflict()

    def _note(self, transaction: Transaction, statement: Statement, reply: Reply) -> None:
        for told in reply.changes():
            transaction.note(told)
        if statement.effect is Effect.DDL:
            self.blocks.noted_ddl(transaction)
        transaction.dml |= statement.effect is Effect.DML
        if statement.effect in (Effect.DDL, Effect.SETTING) or (statement.calls and b"set_config" in statement.sql):
            transaction.log.append(Text(statement.sql))
        transaction.lock_tables |= set(statement.locks)
        if statement.for_update:
            transaction.unread |= set(statement.locks)
            if statement.tables:
                transaction.update_tables |= set(statement.locks)
                transaction.updated = None

    async def _committed(self, statement: Statement, reply: Reply) -> None:
        """A statement outside a transaction block has committed."""
        database = self.connection.database
        if statement.effect is Effect.DDL:
            database.schema_changed()
        if database.open:
            told = reply.changes() if self.connection.capturing else None
            await concurrency.enter_single(database, statement.tables, told)
        else:
            database.registry.passed()


def refusal(statement: Statement) -> Refused:
    """The policy's answer to a statement."""
    assert statement.refused is not None
    refused = Refused(statement.refused.sqlstate, statement.refused.message)
    refused.at = statement.at
    return refused
