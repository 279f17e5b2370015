"""What a DSQL endpoint offers to the project, and the connection underneath: psycopg, autocommit, values as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True)
class Result:
    """One statement's result. Values are in PostgreSQL's text form, None for NULL; ``rowcount`` -1: there is none."""

    tag: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    rowcount: int = -1


class DsqlError(Exception):
    """The endpoint refused a statement. ``message`` is without ``ERROR:``; ``row``: a bad row of COPY data, from 1."""

    def __init__(self, sqlstate: str, message: str, detail: str | None = None, row: int | None = None) -> None:
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate = sqlstate
        self.message = message
        self.detail = detail
        self.row = row


class ConnectionLost(Exception):
    """The connection broke: what the statement under way did is not known."""


class Endpoint(Protocol):
    """A database to apply a bundle to."""

    @property
    def name(self) -> str:
        """What tells it from other endpoints: host, port and database, never a password."""

    def execute(self, sql: str | bytes) -> Result:
        """Run one statement, in autocommit unless BEGIN went before. Raises DsqlError, ConnectionLost."""

    def copy(self, sql: str | bytes, chunks: Iterable[bytes]) -> int:
        """Run ``COPY … FROM STDIN`` with this data; returns the number of rows. Raises DsqlError, ConnectionLost."""

    def reconnect(self) -> None:
        """Open the connection anew. Raises ConnectionLost."""

    def close(self) -> None:
        """Close the connection."""


class Wire:
    """A plain connection that speaks in ``Result`` and ``DsqlError``."""

    def __init__(self, dsn: str, application_name: str = "dsql-migrate") -> None:
        """Connect. ``dsn`` is libpq's; what it lacks comes from the PG* variables. Raises ConnectionLost."""
        import psycopg
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        try:
            given = conninfo_to_dict(dsn)
        except psycopg.Error:
            # libpq's message quotes the piece that it does not understand, which may be one of the password.
            raise ConnectionLost("the connection string is neither key=value pairs nor a postgresql:// URI") from None
        given.setdefault("application_name", application_name)
        self._dsn = make_conninfo("", **given)
        self._connection = self._connect()

    @property
    def name(self) -> str:
        """host:port/database."""
        return self._name

    def execute(self, sql: str | bytes) -> Result:
        """Run one statement by the simple protocol. Raises DsqlError, ConnectionLost."""
        import psycopg

        try:
            cursor = self._connection.execute(_bytes(sql))
        except psycopg.Error as error:
            raise self._meaning(error) from None
        found = cursor.pgresult
        tag = cursor.statusmessage or ""
        if found is None or cursor.description is None:
            return Result(tag, rowcount=cursor.rowcount)
        names = tuple(column.name for column in cursor.description)
        values = [[found.get_value(row, at) for at in range(found.nfields)] for row in range(found.ntuples)]
        rows = tuple(
            tuple(None if value is None else bytes(value).decode("utf-8", "surrogateescape") for value in row)
            for row in values
        )
        return Result(tag, names, rows, cursor.rowcount)

    def copy(self, sql: str | bytes, chunks: Iterable[bytes]) -> int:
        """Send COPY data. An exception out of ``chunks`` makes the COPY fail and is passed on."""
        import psycopg

        try:
            with self._connection.cursor() as cursor:
                with cursor.copy(_bytes(sql)) as copy:
                    for chunk in chunks:
                        copy.write(chunk)
                return cursor.rowcount
        except psycopg.Error as error:
            raise self._meaning(error) from None

    def reconnect(self) -> None:
        """Open the connection anew. Raises ConnectionLost."""
        self.close()
        self._connection = self._connect()

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        self._connection.close()

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        import psycopg

        try:
            connection = psycopg.connect(self._dsn, autocommit=True)
        except psycopg.Error as error:
            # libpq's messages name host and user, never the password.
            raise ConnectionLost(" ".join(str(error).split())) from None
        connection.prepare_threshold = None
        self._name = f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}"
        return connection

    def _meaning(self, error: psycopg.Error) -> DsqlError | ConnectionLost:
        if self._connection.closed or error.sqlstate is None:
            return ConnectionLost(" ".join(str(error).split()) or "the connection was closed")
        row = re.match(r"COPY .*?, line (\d+)", error.diag.context or "")
        message = error.diag.message_primary or str(error)
        return DsqlError(error.sqlstate, message, error.diag.message_detail, int(row[1]) if row else None)


class PsycopgEndpoint(Wire):
    """A real cluster (or any PostgreSQL). TLS and user are the DSN's business; no start-up options are sent."""


def _bytes(sql: str | bytes) -> bytes:
    return sql.encode() if isinstance(sql, str) else sql
