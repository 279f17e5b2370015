"""What the table modules share: retried transactions, batches, and rows.

Two things make the checks of these modules hold when transactions run side by side:

- A check locks what it relies on. A row that names a parent locks the parent row (FOR
  KEY SHARE, or FOR UPDATE where the database has no FOR KEY SHARE yet). A delete of
  that parent, or a change of its key, writes the same row. So the two conflict, and the
  later one to commit fails with SQLSTATE 40001. A plain SELECT would conflict with
  nothing: both would commit and leave an orphan (write skew, which snapshot isolation
  allows).
- All of it is one transaction. `run` sees to that, and repeats what lost a conflict.

They are made for Aurora DSQL, where a lock counts as a conflict at COMMIT. PostgreSQL
forgets a lock at COMMIT; there they hold at READ COMMITTED, its default, where a
statement that was blocked looks again.
"""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Generic, LiteralString, Self, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

Connection: TypeAlias = psycopg.Connection[Any]
Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]
T = TypeVar("T")

MOST_ROWS: Final = 1  # that one transaction may write
MOST_BYTES: Final = 1  # that they may have together

# Checks that wait for the end of the transaction (INITIALLY DEFERRED), inside `run`.
_at_commit: WeakKeyDictionary[Connection, dict[tuple[Any, ...], None]] = (
    WeakKeyDictionary()
)


class UnknownOutcome(psycopg.errors.TransactionResolutionUnknown):
    """SQLSTATE 08007: COMMIT was sent, and nobody knows whether it was done.

    `__cause__` is what came in place of the answer: a lost connection, or XX000.
    """


def run(
    source: Connection | Callable[[], AbstractContextManager[Connection]],
    function: Callable[[Connection], T],
    *,
    attempts: int = 10,
    first_wait: float = 0.05,
    longest_wait: float = 5.0,
    idempotent: bool = False,
) -> T:
    """Call `function(conn)` in a transaction of its own; return what it returned.

    `source` is an idle connection, or something that makes one: `pool.connection`, or
    `lambda: psycopg.connect(...)`. All of it is repeated, so `function` must do nothing
    outside the database that cannot be repeated,

    - where the transaction loses a conflict (SQLSTATE 40001, OC000);
    - where the schema has changed since the session looked (40001, OC001): the first
      time at once, for the next attempt sees the new one;
    - where the connection is lost or the database fails (XX000) before COMMIT: nothing
      is stored. A lost connection is replaced only where `source` makes them.

    A failure of COMMIT itself leaves open whether it was done: that is UnknownOutcome,
    unless the caller says with `idempotent` that doing it twice does no harm.

    Before each new attempt it waits a random time (full jitter) of at most `first_wait`
    seconds, doubled each time up to `longest_wait`. After `attempts` the last error is
    raised; every other error is raised at once.
    """
    if attempts < 1:
        raise ValueError("attempts must be at least 1")
    old_schema = 0
    for attempt in range(1, attempts + 1):
        try:
            return _once(source, function)
        except psycopg.Error as error:
            lost = isinstance(source, psycopg.Connection) and source.closed
            if attempt == attempts or lost or not _may_repeat(error, idempotent):
                raise
            old_schema += "(OC001)" in str(error)
            if old_schema == 1 and "(OC001)" in str(error):
                continue
        wait = min(longest_wait, first_wait * 2 ** (attempt - 1))
        time.sleep(random.uniform(0, wait))
    raise AssertionError("the last attempt returns or raises")


def _may_repeat(error: psycopg.Error, idempotent: bool) -> bool:
    if isinstance(error, UnknownOutcome):
        return idempotent
    return isinstance(error, psycopg.errors.SerializationFailure) or _says_nothing(
        error
    )


def _says_nothing(error: psycopg.Error) -> bool:
    """Whether it is no answer of the database, but a failure to give one."""
    state = error.sqlstate or ""
    if state:
        return state == "XX000" or state.startswith(("08", "57P"))
    return isinstance(error, psycopg.OperationalError)


def _once(
    source: Connection | Callable[[], AbstractContextManager[Connection]],
    function: Callable[[Connection], T],
) -> T:
    opened = nullcontext(source) if isinstance(source, psycopg.Connection) else source()
    with opened as conn:
        if conn.info.transaction_status != TransactionStatus.IDLE:
            raise RuntimeError("run() needs an idle connection: a transaction is open")
        _at_commit[conn] = {}
        committing = False
        try:
            with conn.transaction():
                result = function(conn)
                waiting = _at_commit.pop(conn)
                with Work(conn) as work:
                    for step, *arguments in waiting:
                        work.then(step, *arguments)
                committing = True
            return result
        except psycopg.Error as error:
            if committing and _says_nothing(error):
                text = f"nobody knows whether COMMIT was done: {error}"
                raise UnknownOutcome(text) from error
            raise
        finally:
            _at_commit.pop(conn, None)


def run_in_batches(
    source: Connection | Callable[[], AbstractContextManager[Connection]],
    items: Iterable[T],
    function: Callable[[Connection, list[T]], object],
    *,
    rows_each: int = 1,
    **how: Any,
) -> int:
    """Call `function(conn, some)` for all items, a transaction's worth at a time.

    `rows_each` says how many rows one item writes, what its cascades and triggers write
    included. The size of an item is guessed from its text. Where the database says that
    it was too much all the same (SQLSTATE 54000), half of it is tried. `how` are the
    options of `run`. Returns the number of items.

    Each batch is a transaction of its own: where one fails, those before it are stored,
    and a note on the error says how many items they were.
    """
    most = max(1, MOST_ROWS // max(1, rows_each))
    waiting: list[T] = []
    size = done = 0
    try:
        for item in items:
            more = len(repr(item).encode(errors="replace"))
            if waiting and (len(waiting) >= most or size + more > MOST_BYTES // 2):
                for part in _halves(source, waiting, function, how):
                    done += part
                waiting, size = [], 0
            waiting.append(item)
            size += more
        for part in _halves(source, waiting, function, how):
            done += part
    except psycopg.Error as error:
        error.add_note(f"{done} items were stored before")
        raise
    return done


@dataclass(frozen=True)
class _Batch(Generic[T]):
    function: Callable[[Connection, list[T]], object]
    items: list[T]

    def __call__(self, conn: Connection) -> None:
        self.function(conn, self.items)


def _halves(
    source: Connection | Callable[[], AbstractContextManager[Connection]],
    items: list[T],
    function: Callable[[Connection, list[T]], object],
    how: dict[str, Any],
) -> Iterable[int]:
    """The numbers of items that were stored, one a transaction."""
    parts = deque([items] if items else [])
    while parts:
        part = parts.popleft()
        try:
            run(source, _Batch(function, part), **how)
        except psycopg.errors.ProgramLimitExceeded:
            if len(part) == 1:
                raise
            middle = len(part) // 2
            parts.extendleft([part[middle:], part[:middle]])
        else:
            yield len(part)


class Work:
    """The checks and actions that follow one change, in PostgreSQL's order.

    First come, first served. The order matters where a row can be reached in two ways:
    a cascade may remove a row that another key, looked at too early, would find in the
    way. They run when the `with` block ends. Where one fails, the transaction is
    aborted, as PostgreSQL aborts it: a caller that catches the error cannot commit half
    of the change.
    """

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._steps: deque[tuple[Any, ...]] = deque()

    def __enter__(self) -> Self:
        idle = self.conn.info.transaction_status == TransactionStatus.IDLE
        if self.conn.autocommit and idle:
            raise RuntimeError("a lock lasts as long as its transaction: use run()")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            while error is None and self._steps:
                step, *arguments = self._steps.popleft()
                step(self, *arguments)
        except BaseException as failure:
            error = failure
            raise
        finally:
            if error is not None:
                self._abort()

    def then(self, step: Callable[..., None], *arguments: Any) -> None:
        """Do `step(work, *arguments)` after what is waiting already."""
        self._steps.append((step, *arguments))

    def once(self, step: Callable[..., None], key: Key) -> None:
        """The same, unless exactly this is waiting already."""
        if (step, key) not in self._steps:
            self._steps.append((step, key))

    def at_commit(self, step: Callable[..., None], key: Key) -> None:
        """The same when the transaction ends, if `run` started it; else at once."""
        waiting = _at_commit.get(self.conn)
        if waiting is None:
            self.once(step, key)
        else:
            waiting[step, key] = None

    def rows(
        self, query: LiteralString | sql.Composed, values: Sequence[Any] = ()
    ) -> list[Row]:
        """Run one statement with bound values and return its rows, if it has any."""
        with self.conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def row(
        self, query: LiteralString | sql.Composed, values: Sequence[Any] = ()
    ) -> Row | None:
        """The same for a statement on at most one row."""
        return next(iter(self.rows(query, values)), None)

    def value(self, query: LiteralString, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None where there is no row."""
        found = self.row(query, values)
        return None if found is None else next(iter(found.values()))

    def count(self, query: LiteralString, values: Sequence[Any] = ()) -> int:
        """Run one statement; the number of rows that it found or changed."""
        return self.conn.execute(query, values).rowcount

    def now(self) -> Any:
        """When the transaction began."""
        return self.value("SELECT now()")

    def tell(self, level: str, message: str) -> None:
        """RAISE NOTICE and the like: to the log."""
        levels = {"debug": 10, "warning": 30}
        logging.getLogger(__name__).log(levels.get(level, 20), "%s", message)

    def _abort(self) -> None:
        if self.conn.info.transaction_status == TransactionStatus.INTRANS:
            with suppress(psycopg.Error):
                self.conn.execute("SELECT 1 / 0")


class _Name(sql.Identifier):
    """An identifier that may hold a percent sign, which psycopg takes for a mark."""

    def as_bytes(self, context: psycopg.abc.AdaptContext | None = None) -> bytes:
        return super().as_bytes(context).replace(b"%", b"%%")


@dataclass(frozen=True)
class Table:
    """A table, for the statements whose columns the caller chooses.

    `key` is its primary key; `linked` are the columns that foreign keys stand on, its
    own and those of the tables whose rows name rows of this one.
    """

    schema: str
    name: str
    key: tuple[str, ...]
    linked: tuple[str, ...]

    def links(self, changes: Row) -> bool:
        """Whether a change of these columns can touch a foreign key."""
        return any(column in changes for column in self.linked)

    def insert(self, work: Work, values: Row) -> Row:
        """Store a row, with defaults for other columns; returns it as stored."""
        names = sql.SQL(", ").join(map(_Name, values))
        marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
        shape = sql.SQL("({}) VALUES ({})").format(names, marks)
        query = sql.SQL("INSERT INTO {} {} RETURNING *").format(
            _Name(self.schema, self.name),
            shape if values else sql.SQL("DEFAULT VALUES"),
        )
        return work.rows(query, list(values.values()))[0]

    def lock(self, work: Work, key: Key) -> Row | None:
        """The row with this primary key, which nobody else changes meanwhile."""
        query = sql.SQL("SELECT * FROM {} WHERE {} FOR UPDATE").format(
            _Name(self.schema, self.name), self._is_key()
        )
        return work.row(query, key)

    def update(self, work: Work, key: Key, changes: Row) -> Row | None:
        """Change the row with this primary key; returns it as stored, if there is."""
        if not changes:
            return self.lock(work, key)
        pairs = [sql.SQL("{} = %s").format(_Name(column)) for column in changes]
        query = sql.SQL("UPDATE {} SET {} WHERE {} RETURNING *").format(
            _Name(self.schema, self.name), sql.SQL(", ").join(pairs), self._is_key()
        )
        return work.row(query, [*changes.values(), *key])

    def delete(self, work: Work, key: Key) -> Row | None:
        """Remove the row with this primary key; returns it, if there was one."""
        query = sql.SQL("DELETE FROM {} WHERE {} RETURNING *").format(
            _Name(self.schema, self.name), self._is_key()
        )
        return work.row(query, key)

    def _is_key(self) -> sql.Composed:
        pairs = [sql.SQL("{} = %s").format(_Name(column)) for column in self.key]
        return sql.SQL(" AND ").join(pairs)


def pick(row: Row, *columns: str) -> Key:
    """The values of these columns."""
    return tuple(row[column] for column in columns)


def changed(old: Row, new: Row, *columns: str) -> bool:
    """Whether one of these columns has another value now."""
    return pick(old, *columns) != pick(new, *columns)


def rewritten(old: Row, new: Row, *columns: str) -> bool:
    """The same, to the digit: 1.0 that becomes 1.00 is carried to rows that name it."""
    return repr(pick(old, *columns)) != repr(pick(new, *columns))
