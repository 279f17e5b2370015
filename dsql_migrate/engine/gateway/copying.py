"""COPY … FROM STDIN. The client's data is collected first, so that no slow client keeps others from writing.

The server is asked at once, so that its errors and its CopyInResponse are its own; then it waits for the data in COPY
mode. If another session needs what this one holds meanwhile, the COPY is ended there and begun anew with the data.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dsql_migrate.engine.gateway import wire
from dsql_migrate.engine.gateway.connection import Watch
from dsql_migrate.engine.gateway.statements import Statement, copies_in

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway.backend import Backend, Reply
    from dsql_migrate.engine.gateway.connection import Connection
    from dsql_migrate.engine.gateway.running import Runner

_MOST = 64 << 20  # bytes of data that are collected: more cannot be within the limit of a transaction
_DATA, _DONE, _FAIL = 100, 99, 102


def reads(statement: Statement) -> bool:
    """Whether the statement takes COPY data from the client."""
    return statement.kind == "CopyStmt" and statement.parsed is not None and copies_in(statement.parsed.node)


class Copy:
    """One COPY … FROM STDIN of a session."""

    def __init__(self, connection: Connection, sent: Sequence[bytes], simple: bool) -> None:
        self._connection = connection
        self._messages = sent
        self._end = b"" if simple else wire.SYNC
        self._data = bytearray()
        self._reply: Reply | None = None  # of the server that waits in COPY mode
        self._failed = b""  # the client's CopyFail

    async def start(self, forward: bool) -> Reply:
        """Ask the server; when it waits for data, its CopyInResponse goes to the client if ``forward``.

        The reply has an ``error`` where it refuses; then it is complete.
        """
        reply = self._connection.backend.reply(mute=True)
        reply.copying = asyncio.Event()
        reply.forward = forward
        self._connection.backend.send(b"".join(self._messages), reply)
        with Watch(self._connection):
            await reply.copying.wait()
        if reply.error is not None:
            self._connection.backend.write(self._end)
            assert reply.done is not None
            await reply.done
        else:
            self._reply = reply
        return reply

    async def collect(self) -> None:
        """Read the client's data to its end. Raises Refused where it is too much; ConnectionResetError."""
        size = 0
        while True:
            kind, whole = await self._connection.client.message()
            if kind == _DATA:
                size += len(whole)
                if size <= _MOST:
                    self._data += whole
            elif kind == _DONE:
                break
            elif kind == _FAIL:
                self._failed = whole
                break
            elif kind == 88:
                raise ConnectionResetError("the client is gone")
        if size > _MOST:
            raise self._connection.limit("transaction-bytes")

    async def give_up(self) -> None:
        """End the server's COPY without the client's noticing."""
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.forward = False
            self._connection.backend.write(wire.message(b"f", b"\0") + self._end)
            assert reply.done is not None
            await reply.done

    async def finish(self, keep: bool) -> Reply:
        """Send the data, to a COPY begun anew where the first was ended; returns its reply."""
        if self._reply is None:
            begun = await self.start(forward=False)
            if begun.error is not None:
                self._connection.client.write(wire.error(begun.error.get("C", "XX000"), begun.error.get("M", "")))
                return begun
        reply, self._reply = self._reply, None
        assert reply is not None
        assert reply.done is not None
        reply.keep, reply.forward = keep, True
        self._connection.backend.write(bytes(self._data) + (self._failed or wire.COPY_DONE) + self._end)
        with Watch(self._connection):
            await reply.done
        return reply


async def copy_in(runner: Runner, statement: Statement, sent: Sequence[bytes], simple: bool, mute: bool) -> None:
    """Run a COPY … FROM STDIN. Raises Refused, ConnectionResetError."""
    connection = runner.connection
    transaction = connection.transaction
    copy = Copy(connection, sent, simple)
    async with connection.turn(True), connection.line:
        await connection.bring_back(statement.tables)
        if transaction is None and connection.database.others_open(connection):
            connection.capture()
        begun = await copy.start(forward=True)
    if begun.error is not None:
        connection.skipping = mute
        if not mute:
            connection.client.write(wire.ready(connection.backend.status))
        return
    connection.copying, connection.copied = copy, True
    connection.database.copying.add(connection)
    try:
        await copy.collect()
        async with connection.turn(True), connection.line:
            connection.copying = None
            await connection.bring_back(statement.tables)
            await runner.run_kept(statement, copy.finish, mute)
    finally:
        connection.copying = None
        connection.database.copying.discard(connection)
        if not connection.client.closed:
            await copy.give_up()


async def close_prepared(backend: Backend, sent: Sequence[bytes]) -> None:
    """Before messages are sent a second time: close the named statements that they prepare."""
    for message in sent:
        if message[0] == 80:
            name, _ = wire.text_at(message, 5)
            if name:
                reply = backend.reply(forward=False)
                backend.send(wire.message(b"C", b"S" + name + b"\0") + wire.SYNC, reply)
                assert reply.done is not None
                await reply.done


__all__ = ["Copy", "close_prepared", "copy_in", "reads"]
