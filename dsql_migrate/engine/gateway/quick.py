"""The quick way: whole batches of plain queries go to the server as they came."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dsql_migrate.engine.gateway.client import RELAYED
from dsql_migrate.engine.gateway.statements import Statement

if TYPE_CHECKING:
    from dsql_migrate.engine.gateway.connection import Connection

_QUERY, _PARSE, _BIND, _EXECUTE, _SYNC = 81, 80, 66, 69, 83
_UNJUDGED = frozenset(b"D")  # Describe


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
        self._off = bool(connection.options.chaos)
        self._age = connection.options.age()
        self._time = asyncio.get_running_loop().time

    def take(self, data: bytes) -> bool:
        """Pass a chunk on if it is whole and plain; otherwise nothing has happened, and the session is to read it."""
        session = self._connection
        if self._off or session.skipping or session.line.locked() or session.database.open_ddl:
            return False
        transaction = session.transaction
        if transaction is not None:
            if (
                session.backend.status != "T"
                or transaction.parked
                or transaction.hidden
                or transaction.catalog_version != session.database.catalog_version
                or self._time() - transaction.begun > self._age
            ):
                return False
            transaction.touched = True
        elif session.backend.status != "I":
            return False
        try:
            ends = self._plain(data)
        except ValueError:  # a string without its end: the session will say so
            return False
        if not ends:
            return False
        replies = session.backend.replies
        for _ in range(ends):
            replies.append(RELAYED)
        session.backend.write(data)
        return True

    def _plain(self, data: bytes) -> int:
        """How many ReadyForQuery will come of it, where all of it is plain; else 0."""
        known = self._judged.known
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
                at = end
                continue
            if kind == _QUERY:
                found = known(data[at + 5 : end - 1])
                if found is None or len(found) != 1 or not found[0].plain:
                    return 0
                ends += 1
            elif kind == _BIND:
                stop = data.index(0, at + 5, end)
                statement = self._statements.get(data[stop + 1 : data.index(0, stop + 1, end)])
                if statement is None or not statement.plain:
                    return 0
                self._portals[data[at + 5 : stop]] = statement
                synced = False
            elif kind == _EXECUTE:
                statement = self._portals.get(data[at + 5 : data.index(0, at + 5, end)])
                if statement is None or not statement.plain:
                    return 0
                synced = False
            elif kind == _PARSE:
                if not self._parsed(data, at, end):
                    return 0
                synced = False
            elif kind in _UNJUDGED:
                synced = False
            else:
                return 0
            at = end
        return ends if at == size and synced else 0

    def _parsed(self, data: bytes, at: int, end: int) -> bool:
        stop = data.index(0, at + 5, end)
        text = data[stop + 1 : data.index(0, stop + 1, end)]
        found = self._judged.known(text)
        if found is None or len(found) != 1 or not found[0].plain or found[0].sql != text:
            return False
        statement: Statement = found[0]
        self._statements[data[at + 5 : stop]] = statement
        return True
