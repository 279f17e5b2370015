"""Clients that speak to the engine step by step, and notice when it keeps them waiting."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

PATIENCE = 20.0
"""Seconds until a statement counts as one that waits for somebody: far more than a busy machine needs for it."""


@dataclass(frozen=True)
class Answer:
    """What came back: the command tag and the rows, or the SQLSTATE and the message; seconds are not compared."""

    tag: str | None
    rows: tuple[tuple[object, ...], ...] = ()
    sqlstate: str | None = None
    message: str = ""
    seconds: float = 0.0

    @property
    def short(self) -> str:
        """The SQLSTATE where it failed, else the tag."""
        return self.sqlstate or self.tag or ""


class Session:
    """One client connection with a thread of its own, so that a statement that waits cannot hang the test."""

    def __init__(self, dsn: str, extended: bool = False) -> None:
        """extended: every statement is prepared on the server (Parse, Bind, Execute), else a simple query."""
        self._thread = ThreadPoolExecutor(1)
        self._connection = psycopg.connect(dsn, autocommit=True, connect_timeout=20)
        self._connection.prepare_threshold = 0 if extended else None
        self._extended = extended
        self.slowest = 0.0

    def __call__(self, sql: str) -> Answer:
        """Runs a statement and waits for its answer. AssertionError where it takes longer than PATIENCE."""
        return self.wait(self.send(sql), sql)

    def send(self, sql: str) -> Future[Answer]:
        """Starts a statement."""
        return self._thread.submit(self._run, sql)

    def wait(self, future: Future[Answer], sql: str = "a statement") -> Answer:
        """The answer of a statement that was started."""
        try:
            answer = future.result(PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{sql} waits for another transaction") from None
        self.slowest = max(self.slowest, answer.seconds)
        return answer

    def close(self) -> None:
        """Ends the connection, whatever state it is in."""
        self._connection.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _run(self, sql: str) -> Answer:
        began = time.perf_counter()
        try:
            cursor = self._connection.execute(sql.encode(), prepare=self._extended)
        except psycopg.Error as error:
            took = time.perf_counter() - began
            return Answer(None, (), error.sqlstate or type(error).__name__, _message(error), took)
        rows = tuple(cursor.fetchall()) if cursor.description else ()
        return Answer(cursor.statusmessage, rows, seconds=time.perf_counter() - began)


def _message(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error)
