"""A client's session on a database with ``pg_dsql``, without a gateway; what it changes is collected here."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator
from typing import Any

import psycopg

from dsql_migrate.engine.databases.bootstrap import ROLE, new_database
from dsql_migrate.engine.postgres.server import Server

_NUMBERS = itertools.count()


class Client:
    """One connection of the client's role. ``effects``: the messages of the notices so far."""

    def __init__(self, dsn: str, user: str = ROLE) -> None:
        self.connection = psycopg.connect(dsn, autocommit=True, user=user)
        self.connection.prepare_threshold = None
        self.effects: list[str] = []
        self.connection.add_notice_handler(self._noticed)

    def _noticed(self, notice: psycopg.errors.Diagnostic) -> None:
        if notice.sqlstate == "DQ001":
            self.effects.append(notice.message_primary or "")

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement; the rows, if it has any."""
        cursor = self.connection.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []

    def begin(self) -> None:
        """What the gateway does at a client's BEGIN."""
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
        self.run("SET LOCAL dsql.capture = 'on'")
        self.run("SAVEPOINT dsql")
        self.effects.clear()

    def park(self) -> None:
        """Undo everything; the effects stay."""
        self.run("ROLLBACK TO SAVEPOINT dsql")

    def replay(self) -> None:
        """Do everything again, in one go."""
        self.run("SELECT pg_dsql.replay(%s::text[])", self.effects)

    def told(self) -> list[dict[str, Any]]:
        """The effects, read."""
        return [json.loads(effect) for effect in self.effects]


@contextlib.contextmanager
def fresh(server: Server) -> Iterator[str]:
    """A database of its own; the superuser's connection string."""
    name = f"captured_{next(_NUMBERS)}"
    dsn = new_database(server, name)
    try:
        yield dsn
    finally:
        server.drop_database(name)
