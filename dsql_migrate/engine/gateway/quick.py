"""The quick way: batches of plain queries, and single changes, go to the server as they came."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from dsql_migrate.engine.gateway import concurrency
from dsql_migrate.engine.gateway.backend import Reply
from dsql_migrate.engine.gateway.client import RELAYED
from dsql_migrate.engine.gateway.statements import Question, Statement
from dsql_migrate.engine.policy.verdict import Name

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway.connection import Connection

_QUERY, _PARSE, _BIND, _DESCRIBE, _EXECUTE, _SYNC = b"QPBDES"


class Quick:
    """Judges a chunk of bytes at a glance."""

    def __init__(
        self, connection: Connection, statements: dict[bytes, Statement], portals: dict[bytes, Statement]
    ) -> None:
        """``statements``, ``portals``: the session's own, by name."""
        self._connection = connection
        self._statements = statements
        self._portals = portals
        self._judged = connection.judged
        self._off = bool(connection.options.chaos or connection.options.chaos_unknown)
        self._age = connection.options.age()
        self._time = asyncio.get_running_loop().time
        self._runs = 0  # statements of the chunk at hand that run
        self._changes = 0  # of them, how many change rows
        self._tables: tuple[Name, ...] = ()  # that the last of these changes

    def take(self, data: bytes) -> bool:
        """Pass a chunk on if it is whole and plain; otherwise nothing has happened, and the session is to read it."""
        connection = self._connection
        if self._off or connection.skipping or connection.line.locked() or connection.database.open_ddl:
            return False
        transaction = connection.transaction
        if transaction is None:
            if connection.backend.status != "I":
                return False
        elif (
            connection.backend.status != "T"
            or transaction.parked
            or transaction.hidden
            or transaction.catalog_version != connection.database.catalog_version
            or self._time() - transaction.begun > self._age
        ):
            return False
        try:
            ends = self._plain(data)
        except ValueError:  # a string without its end: the session will say so
            return False
        if not ends:
            return False
        if self._changes:
            return self._change(data)
        if transaction is not None:
            if not transaction.touched:
                transaction.mark = connection.database.registry.begin()
            transaction.touched = True
        replies = connection.backend.replies
        for _ in range(ends):
            replies.append(RELAYED)
        connection.backend.write(data)
        return True

    def _change(self, data: bytes) -> bool:
        """Pass on one change of rows, alone in its transaction, while no block is open that it could conflict with."""
        connection = self._connection
        if self._runs > 1 or connection.transaction is not None or connection.backend.replies:
            return False
        if connection.database.open or not connection.database.turn.share():
            return False
        connection.backend.send(data, Reply(after=self._changed))
        return True

    def _changed(self, reply: Reply) -> None:
        database = self._connection.database
        if database.open and reply.error is None:
            database.keep(self._beside(reply))
            return
        database.registry.passed()
        database.turn.give()

    async def _beside(self, reply: Reply) -> None:
        """A block was opened while the change ran, and may have a snapshot without it."""
        connection = self._connection
        try:
            told = reply.changes() if connection.capturing else None
            await concurrency.enter_single(connection.database, self._tables, told)
        finally:
            connection.database.turn.give()

    def _plain(self, data: bytes) -> int:
        """How many ReadyForQuery will come of it, where all of it may pass; else 0."""
        self._runs = self._changes = 0
        at, size, ends = 0, len(data), 0
        synced = True
        while size - at >= 5:
            end = at + 1 + int.from_bytes(data[at + 1 : at + 5], "big")
            if end > size:
                return 0
            kind = data[at]
            if kind == _SYNC:
                ends += 1
                synced = True
            elif kind == _QUERY:
                if not self._one(data[at + 5 : end - 1]):
                    return 0
                ends += 1
            else:
                synced = False
                if not self._extended(kind, data, at + 5, end):
                    return 0
            at = end
        return ends if at == size and synced else 0

    def _extended(self, kind: int, data: bytes, at: int, end: int) -> bool:
        if kind == _BIND:
            stop = data.index(0, at, end)
            statement = self._statements.get(data[stop + 1 : data.index(0, stop + 1, end)])
            if statement is None or not (statement.plain or statement.single):
                return False
            self._portals[data[at:stop]] = statement
            return True
        if kind == _EXECUTE:
            found = self._portals.get(data[at : data.index(0, at, end)])
            return found is not None and self._runs_well(found)
        if kind == _PARSE:
            stop = data.index(0, at, end)
            text = data[stop + 1 : data.index(0, stop + 1, end)]
            known = self._statements_of(text)
            if known is None or len(known) != 1 or known[0].sql != text or not (known[0].plain or known[0].single):
                return False
            self._statements[data[at:stop]] = known[0]
            return True
        return kind == _DESCRIBE

    def _one(self, text: bytes) -> bool:
        known = self._statements_of(text)
        return known is not None and len(known) == 1 and known[0].sql == known[0].text and self._runs_well(known[0])

    def _statements_of(self, text: bytes) -> tuple[Statement, ...] | None:
        known = self._judged.known(text)
        if known is None:
            with contextlib.suppress(Question):
                known = self._judged.judge(text, {})
        return known

    def _runs_well(self, statement: Statement) -> bool:
        self._runs += 1
        if statement.single:
            self._changes += 1
            self._tables = statement.tables
        return statement.plain or statement.single
