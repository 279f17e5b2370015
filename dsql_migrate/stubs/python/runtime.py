"""What the table modules share: retried transactions, rows, errors like PostgreSQL's.

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

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, LiteralString, Self, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg.pq import DiagnosticField, TransactionStatus
from psycopg.rows import dict_row

Connection: TypeAlias = psycopg.Connection[Any]
Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]
T = TypeVar("T")

# Checks that wait for the end of the transaction (INITIALLY DEFERRED), inside `run`.
_at_commit: WeakKeyDictionary[Connection, dict[tuple[Any, ...], None]] = (
    WeakKeyDictionary()
)


def run(
    source: Connection | Callable[[], AbstractContextManager[Connection]],
    function: Callable[[Connection], T],
    *,
    attempts: int = 10,
    first_wait: float = 0.05,
    longest_wait: float = 5.0,
) -> T:
    """Call `function(conn)` in a transaction of its own; return what it returned.

    `source` is an idle connection, or something that makes one: `pool.connection`, or
    `lambda: psycopg.connect(...)`. Where the transaction loses a conflict (SQLSTATE
    40001) all of it is repeated, so `function` must do nothing outside the database
    that cannot be repeated. Before each new attempt it waits a random time (full
    jitter) of at most `first_wait` seconds, doubled each time up to `longest_wait`.
    After `attempts` the last error is raised; every other error is raised at once.
    """
    opened = nullcontext(source) if isinstance(source, psycopg.Connection) else source()
    with opened as conn:
        if conn.info.transaction_status != TransactionStatus.IDLE:
            raise RuntimeError("run() needs an idle connection: a transaction is open")
        for attempt in range(1, attempts + 1):
            try:
                return _once(conn, function)
            except psycopg.errors.SerializationFailure:
                if attempt >= attempts:
                    raise
            wait = min(longest_wait, first_wait * 2 ** (attempt - 1))
            time.sleep(random.uniform(0, wait))
    raise ValueError("attempts must be at least 1")


def _once(conn: Connection, function: Callable[[Connection], T]) -> T:
    _at_commit[conn] = {}
    try:
        with conn.transaction():
            result = function(conn)
            waiting = _at_commit.pop(conn)
            with Work(conn) as work:
                for step, *arguments in waiting:
                    work.then(step, *arguments)
            return result
    finally:
        _at_commit.pop(conn, None)


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


class ForeignKeyViolation(psycopg.errors.ForeignKeyViolation):
    """SQLSTATE 23503, with what PostgreSQL says in `diag` (`constraint_name` …)."""


@dataclass(frozen=True)
class ForeignKey:
    """The names a foreign key goes by in its errors; tables as (schema, name)."""

    name: str
    table: tuple[str, str]
    columns: tuple[str, ...]
    references: tuple[str, str]
    referenced_columns: tuple[str, ...]

    def before(self, row: Row, key: Key) -> Row:
        """The row as it was when these columns still held `key`."""
        return {**row, **dict(zip(self.columns, key, strict=True))}

    def missing(self, key: Key) -> ForeignKeyViolation:
        """There is no row that `key` names."""
        detail = f"{_key_text(self.columns, key)} is not present in table"
        return self._refused(f'{detail} "{self.references[1]}".')

    def mixed(self) -> ForeignKeyViolation:
        """MATCH FULL and a key with a NULL beside a value."""
        nulls = "MATCH FULL does not allow mixing of null and nonnull key values."
        return self._refused(nulls)

    def still_referenced(self, key: Key) -> ForeignKeyViolation:
        """A row that `key` names is gone, and a row still names it."""
        text = (
            f'update or delete on table "{self.references[1]}" violates '
            f'foreign key constraint "{self.name}" on table "{self.table[1]}"'
        )
        detail = f"{_key_text(self.referenced_columns, key)} is still referenced from"
        return self._violation(text, f'{detail} table "{self.table[1]}".')

    def _refused(self, detail: str) -> ForeignKeyViolation:
        text = (
            f'insert or update on table "{self.table[1]}" violates '
            f'foreign key constraint "{self.name}"'
        )
        return self._violation(text, detail)

    def _violation(self, text: str, detail: str) -> ForeignKeyViolation:
        fields = {
            DiagnosticField.SEVERITY: "ERROR",
            DiagnosticField.SEVERITY_NONLOCALIZED: "ERROR",
            DiagnosticField.SQLSTATE: ForeignKeyViolation.sqlstate or "23503",
            DiagnosticField.MESSAGE_PRIMARY: text,
            DiagnosticField.MESSAGE_DETAIL: detail,
            DiagnosticField.SCHEMA_NAME: self.table[0],
            DiagnosticField.TABLE_NAME: self.table[1],
            DiagnosticField.CONSTRAINT_NAME: self.name,
        }
        info: dict[int, bytes | None] = {f: t.encode() for f, t in fields.items()}
        return ForeignKeyViolation(f"{text}\nDETAIL:  {detail}", info=info)


def _key_text(columns: tuple[str, ...], key: Key) -> str:
    return f"Key ({', '.join(columns)})=({', '.join(map(str, key))})"
