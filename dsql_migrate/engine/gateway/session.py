"""One client's session: its messages, in order, and what the protocol wants for each of them."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.engine.gateway import answers, copying, wire
from dsql_migrate.engine.gateway.backend import Reply
from dsql_migrate.engine.gateway.blocks import Blocks
from dsql_migrate.engine.gateway.client import Message
from dsql_migrate.engine.gateway.connection import Connection
from dsql_migrate.engine.gateway.quick import Quick
from dsql_migrate.engine.gateway.running import Runner, refusal
from dsql_migrate.engine.gateway.statements import Control, Statement
from dsql_migrate.engine.gateway.transaction import Refused

_ABORT = b"pg_dsql refused the statement"  # no SQL: makes the server abort the open transaction
_QUERY, _PARSE, _BIND, _DESCRIBE, _EXECUTE, _CLOSE, _FLUSH, _SYNC, _TERMINATE = b"QPBDECHSX"
_CALL, _PASSWORD = b"Fp"


class Session:
    """The slow way, message by message; ``Quick`` is the quick one for plain queries.

    Messages of the extended protocol wait in a queue until something has to happen. The server gets a Sync where the
    client sent a Flush or where we have to know an outcome: in a transaction block, and before one, that changes
    nothing. Where several statements share a Sync and one of them writes, they run in a block of ours.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._blocks = Blocks(connection)
        self._runner = Runner(connection, self._blocks)
        self.statements: dict[bytes, Statement] = {}  # prepared, by name
        self.portals: dict[bytes, Statement] = {}
        self._queue: list[bytes] = []
        self._synced = False  # the next Sync is answered already
        connection.client.quick = Quick(connection, self.statements, self.portals).take
        connection.database.sessions[connection.backend.pid] = connection

    async def run(self) -> None:
        """Serve until the client goes. Raises ConnectionResetError, ProtocolError, MessageTooLong."""
        while True:
            batch = await self._connection.client.batch(quick=not self._queue)
            await self._connection.backend.drained()
            for kind, whole, last in _with_last(batch):
                if kind == _TERMINATE:
                    return
                await self._message(kind, whole, last)

    def ended(self) -> None:
        """Forget the session, whatever it was doing."""
        self._connection.database.sessions.pop(self._connection.backend.pid, None)
        self._blocks.over()

    async def _message(self, kind: int, whole: bytes, before_sync: int) -> None:
        connection = self._connection
        if connection.skipping and kind != _SYNC:
            return
        try:
            _require_form(kind, whole)
            if kind == _QUERY:
                await self._simple(whole[5:-1])
            elif kind == _SYNC:
                await self._sync()
            elif kind == _PARSE:
                await self._parse(whole)
            elif kind == _BIND:
                self._bind(whole)
            elif kind == _EXECUTE:
                await self._execute(whole, before_sync)
            elif kind == _CLOSE:
                self._close(whole)
            elif kind == _FLUSH:
                await self._flush()
            elif kind == _DESCRIBE:
                self._queue.append(whole)
        except Refused as refused:
            await self._refuse(refused, simple=kind in (_QUERY, _CALL))

    async def _simple(self, text: bytes) -> None:
        connection = self._connection
        await self._flush()  # what came without a Sync
        if connection.skipping:
            return
        if self.statements.pop(b"", None) is not None:  # as any simple query does, also one that the server never sees
            connection.backend.send(wire.message(b"C", b"S\0") + wire.SYNC, Reply(forward=False))
        statements = await self._runner.judge(text)
        transaction = connection.transaction
        hidden = transaction is not None and transaction.hidden  # of messages without a Sync: this one ends it
        if not statements:
            await connection.exchange(wire.query(text), mute=hidden)
        elif len(statements) == 1 and not hidden and not self._locks_alone(statements[0]):
            await self._runner.run(statements[0], [_query(statements[0])], simple=True)
            return
        if not statements and not hidden:
            return
        for statement in statements:
            if statement.unjudged and connection.backend.status != "E":
                (statement,) = await self._runner.judge(statement.text)
            if connection.transaction is None and statement.control is Control.NONE:
                await self._blocks.begin_hidden()
            await self._runner.run(statement, [_query(statement)], mute=True, simple=True)
            if connection.skipping:
                connection.skipping = False
                break
        await self._blocks.end_hidden()
        connection.client.write(wire.ready(connection.backend.status))

    async def _parse(self, whole: bytes) -> None:
        name, at = wire.text_at(whole, 5)
        text, at = wire.text_at(whole, at)
        if self._queue and self._connection.transaction is not None and self._connection.judged.known(text) is None:
            await self._flush()  # to judge the text may end the transaction: what came before it goes first
            if self._connection.skipping:
                return
        statements = await self._runner.judge(text)
        if len(statements) > 1:
            raise Refused("42601", "cannot insert multiple commands into a prepared statement")
        statement = statements[0] if statements else Statement(text, text, plain=True)
        aborted = self._connection.backend.status == "E" and statement.control is Control.NONE
        if statement.refused is not None and not aborted:
            raise refusal(statement)
        self.statements[name] = statement
        prepared = answers.described_as(statement)
        self._queue.append(wire.parse(name, prepared, whole[at:]))

    def _bind(self, whole: bytes) -> None:
        portal, at = wire.text_at(whole, 5)
        name, _ = wire.text_at(whole, at)
        statement = self.statements.get(name)
        if statement is not None:
            called = statement.kind == "CallStmt"
            self.portals[portal] = replace(statement, bound=wire.bound(whole)) if called else statement
        else:
            self.portals.pop(portal, None)
        self._queue.append(whole)

    async def _execute(self, whole: bytes, before_sync: int) -> None:
        connection = self._connection
        portal, _ = wire.text_at(whole, 5)
        statement = self.portals.get(portal)
        transaction = connection.transaction
        aborted = connection.backend.status == "E"
        if (
            statement is None
            or (statement.plain and transaction is None and not connection.options.chaos)
            or (aborted and statement.control is Control.NONE)
        ):
            self._queue.append(whole)
            return
        opens = not before_sync or self._locks_alone(statement)
        if transaction is None and statement.control is Control.NONE and opens:
            await self._blocks.begin_hidden()
        if answers.ours(statement):
            await self._flush()  # the server answers Bind and Describe
            if connection.skipping:
                return
        queue, self._queue = [*self._queue, whole], []
        hidden = connection.transaction is not None and connection.transaction.hidden
        copies = copying.reads(statement)
        closing = before_sync > 1 and not copies and not hidden
        connection.copied = False
        try:
            await self._runner.run(statement, queue, mute=not closing)
        except Refused:
            self._queue = queue[:-1]  # what was prepared and bound stays, as on a server that fails in Execute
            raise
        if statement.kind == "DeallocateStmt":
            self.statements.clear()
        # A server that waits for COPY data takes no notice of a Sync.
        self._synced = closing or (connection.copied and before_sync > 0)

    def _locks_alone(self, statement: Statement) -> bool:
        """Whether it locks rows in a transaction of its own: those locks are told to other transactions at its end."""
        connection = self._connection
        return bool(statement.locks) and connection.transaction is None and connection.database.others_open(connection)

    def _close(self, whole: bytes) -> None:
        name, _ = wire.text_at(whole, 6)
        (self.statements if whole[5:6] == b"S" else self.portals).pop(name, None)
        self._queue.append(whole)

    async def _flush(self) -> None:
        if self._queue:
            if self._connection.transaction is None and any(whole[0] == _BIND for whole in self._queue):
                await self._blocks.begin_hidden()  # a portal that is read in parts lives until the client's own Sync
            await self._prepared(mute=True)

    async def _prepared(self, mute: bool) -> None:
        """Let the server have what waits. In a block that takes the snapshot, if there was none."""
        queue, self._queue = self._queue, []
        if self._connection.transaction is not None:
            self._connection.transaction.touched = True
        await self._connection.exchange(b"".join(queue) + wire.SYNC, mute=mute)

    async def _sync(self) -> None:
        connection = self._connection
        if self._synced:
            self._synced = False
            return
        hidden = connection.transaction is not None and connection.transaction.hidden
        if self._queue and not connection.skipping and not hidden:
            await self._prepared(mute=False)
            return
        if not connection.skipping:
            await self._flush()
        connection.skipping = False
        self._queue.clear()
        try:
            await self._blocks.end_hidden()
        except Refused as refused:
            connection.client.write(answers.error_of(refused))
        connection.client.write(wire.ready(connection.backend.status))

    async def _refuse(self, refused: Refused, simple: bool) -> None:
        """Answer with an error of ours; an open transaction is aborted by it, as by any error."""
        connection = self._connection
        if not simple:
            await self._flush()
            if connection.skipping:  # the server has refused what came before
                return
        transaction = connection.transaction
        if transaction is not None and refused.aborts and connection.backend.status == "T":
            async with connection.line:
                await connection.backend.ask(_ABORT)
        if transaction is not None and transaction.hidden and simple:
            await self._blocks.end_hidden()
        answer = answers.error_of(refused)
        if simple:
            connection.client.write(answer + wire.ready(connection.backend.status))
        else:
            connection.client.write(answer)
            connection.skipping = True


def _require_form(kind: int, whole: bytes) -> None:
    """Refuse what is no message of its kind, in PostgreSQL's words. Raises Refused, ProtocolError.

    FunctionCall runs a function by its number: nothing that DSQL is known to take, and nothing the policy could judge.
    """
    if kind == _PASSWORD:
        raise wire.ProtocolError(f"invalid frontend message type {kind}")
    if kind == _CALL:
        raise Refused("0A000", "unsupported message: FunctionCall")
    if kind == _QUERY and whole.find(b"\0", 5) != len(whole) - 1:
        raise Refused("08P01", "invalid message format" if b"\0" in whole[5:] else "invalid string in message")
    if kind in (_SYNC, _FLUSH) and len(whole) != 5:
        raise Refused("08P01", "invalid message format")


def _query(statement: Statement) -> bytes:
    """A simple query of one statement of a message; blanks before it keep its place for errors."""
    return wire.query(b" " * statement.before + statement.sql)


def _with_last(batch: list[Message]) -> list[tuple[int, bytes, int]]:
    """Each message; and 2 for an Execute before Sync, 1 if only Close is between them: nothing else can fail there."""
    at = len(batch) - 2
    near = 2
    if batch[-1][0] != _SYNC:
        near = 0
    while near and at >= 0 and batch[at][0] == _CLOSE:
        at, near = at - 1, 1
    if at < 0 or batch[at][0] != _EXECUTE:
        near = 0
    return [(kind, whole, near if here == at else 0) for here, (kind, whole) in enumerate(batch)]
