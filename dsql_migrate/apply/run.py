"""Applies the steps of a bundle, one transaction each, and keeps the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from enum import Enum

from dsql_migrate.apply.blocks import middle, newlines, text_form
from dsql_migrate.apply.doubt import Repeat, repeat
from dsql_migrate.apply.journal import Journal, Key
from dsql_migrate.apply.merged import merged
from dsql_migrate.apply.retry import Retry, conflict, too_large, unavailable
from dsql_migrate.apply.steps import Step
from dsql_migrate.apply.waiting import Outcome, wait_for_index, wait_for_job
from dsql_migrate.engine.endpoint import ConnectionLost, DsqlError, Endpoint, Result
from dsql_migrate.errors import Failure
from dsql_migrate.source.open import Source
from dsql_migrate.source.scanner import skip_blanks


class InDoubt(Enum):
    """What to do with a step in doubt that cannot be repeated safely."""

    ASK = "ask"  # stop and say so
    APPLIED = "applied"
    MISSING = "missing"


class Refused(Exception):
    """The endpoint refused a step, or a job failed."""

    def __init__(self, step: Step, line: int, error: DsqlError) -> None:
        super().__init__(str(error))
        self.step = step
        self.line = line
        self.error = error


@dataclass(slots=True)
class Counts:
    """What has happened so far."""

    done: int = 0
    skipped: int = 0
    rows: int = 0
    jobs: int = 0
    retries: int = 0
    splits: int = 0


@dataclass(frozen=True, slots=True)
class _Reads:
    """The catalogue of an endpoint that may give trouble: its reads are tried again."""

    execute: Callable[[str], Result]


class Run:
    """One application of a bundle to one endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        journal: Journal,
        retry: Retry,
        in_doubt: InDoubt,
        turn: AbstractContextManager[object] | None = None,
    ) -> None:
        """``turn``: held while a statement that may change the catalogue is sent, so that runs side by side do not
        conflict (OC001: the catalogue's version is the whole cluster's)."""
        self.endpoint = endpoint
        self.counts = Counts()
        self.notes: list[str] = []
        self._journal = journal
        self._retry = retry
        self._in_doubt = in_doubt
        self._turn = turn if turn is not None else nullcontext()
        self._settings: list[bytes] = []
        self._job: str | None = None  # that the last statement started
        self._committing = True  # whether what was sent last may have ended its transaction
        self._at = 0  # which statement of a group was sent last

    def new_session(self) -> None:
        """What psql does for each file: a session without the settings of the one before. Raises Failure."""
        if self._settings:
            self._settings.clear()
            self._reconnect()

    def apply(self, step: Step, source: Source) -> None:
        """Apply one step unless it is done. Raises Refused, Failure."""
        key = (step.file, step.start, step.end)
        if step.kind == "setting":
            # Settings are the session's: said again on every connection, never skipped.
            self._settings.append(step.sql)
            self._attempt(step, None, lambda: self._execute(step))
        elif self._journal.state(key) == "done":
            self.counts.skipped += 1
            self.counts.rows += int(self._journal.value(key) or 0)
        elif step.kind == "copy":
            self._journal.note(key, "done", self._copy(step, source, *step.data))
            self.counts.done += 1
        else:
            if self._journal.state(key) != "job" or not self._job_done(step, key):
                self._attempt(step, key, lambda: self._execute(step))
                if self._journal.state(key) == "job" and not self._job_done(step, key):
                    raise Refused(step, step.line, DsqlError("P0001", "sys.jobs has no row for this statement's job"))
            self.counts.done += 1

    # -- one transaction, until it is done ---------------------------------------------------------------------------

    def _attempt(
        self, step: Step, key: Key | None, run: Callable[[], int], expected: Callable[[], int] = lambda: 0
    ) -> int:
        """Send until there is an answer; returns the number of rows.

        ``key`` is None for what needs no journal; ``expected`` counts the rows of what turns out to be applied already.
        """
        doubt = key is not None and self._journal.state(key) == "begun"
        attempt = 0
        while True:
            attempt += 1
            how = self._settle(step, key) if doubt else None
            if doubt and how is None:
                return 0
            if key is not None:
                self._journal.note(key, "begun")
            self._job, self._committing, self._at = None, True, 0
            try:
                rows = run()
            except DsqlError as error:
                if how is not None and how.tells(error, self._at):
                    self._say(step, f"had been applied before the connection was lost ({error.sqlstate})")
                    self._built(step)
                    rows = expected()
                elif attempt < self._retry.attempts and (conflict(error) or unavailable(error)):
                    doubt = doubt or (unavailable(error) and self._committing)
                    try:
                        self._again(attempt)
                    except BaseException:  # broken off while it waits: a conflict left nothing behind
                        if key is not None and not doubt:
                            self._journal.note(key, "refused")
                        raise
                    continue
                else:
                    if key is not None and not unavailable(error):
                        self._journal.note(key, "refused")
                    raise Refused(step, step.line, error) from None
            except ConnectionLost as error:
                if attempt >= self._retry.attempts:
                    raise Failure(f"{self.endpoint.name}: {error}", "run the same command again to go on") from None
                doubt = doubt or self._committing
                self._again(attempt)
                self._reconnect()
                continue
            if key is not None:
                self._journal.note(key, *(("job", self._job) if self._job else ("done", rows)))
            self.counts.rows += rows
            return rows

    def _settle(self, step: Step, key: Key | None) -> Repeat | None:
        """How to repeat a step in doubt; None where the user says that it was applied. Raises Failure."""
        found = repeat(step, _Reads(self._ask))
        if found is None and self._in_doubt is InDoubt.MISSING:
            return Repeat(frozenset())
        if found is None and self._in_doubt is InDoubt.APPLIED:
            if key is not None:
                self._journal.note(key, "done")
            self._say(step, "is taken as applied, as you said")
            return None
        if found is None:
            raise Failure(
                f"{step.file}:{step.line}: the connection was lost while this ran, and nothing tells whether it was"
                f" applied (no primary key would refuse its rows a second time): {head(step.sql)}",
                "look into the database, then run again with --in-doubt applied or --in-doubt missing",
            )
        return found

    def _again(self, attempt: int) -> None:
        self.counts.retries += 1
        self._retry.wait(attempt)

    def _reconnect(self) -> None:
        attempt = 0
        while True:
            attempt += 1
            try:
                self.endpoint.reconnect()
                for setting in self._settings:
                    self.endpoint.execute(setting)
            except (ConnectionLost, DsqlError) as error:
                if attempt >= self._retry.attempts:
                    raise Failure(
                        f"cannot connect to {self.endpoint.name} again: {error}", "run the same command again to go on"
                    ) from None
                self._retry.wait(attempt)
            else:
                return

    def _say(self, step: Step, what: str) -> None:
        self.notes.append(f"{step.file}:{step.line}: {head(step.sql)} {what}")

    # -- statements, groups and jobs -------------------------------------------------------------------------------

    def _execute(self, step: Step) -> int:
        if step.kind == "group":
            return self._group(step)
        if step.kind == "made":
            return self._made(step)
        with self._turn:
            result = self.endpoint.execute(step.sql)
        if result.columns == ("job_id",) and result.rows:
            self._job = str(result.rows[0][0])
        return _inserted(result)

    def _made(self, step: Step) -> int:
        """What a query gives, a transaction each. The query asks for what is left to do, so it can be begun again."""
        for row in self.endpoint.execute(step.sql).rows:
            for statement in row:
                if statement:
                    self.endpoint.execute(statement.encode("utf-8", "surrogateescape"))
        return 0

    def _group(self, step: Step) -> int:
        """A transaction of several statements: with its INSERTs together, and one by one where that is refused."""
        together = merged(step.statements[1:-1])
        if len(together) < len(step.statements) - 2:
            try:
                return self._transaction(replace(step, statements=(step.statements[0], *together, step.statements[-1])))
            except DsqlError as error:
                if self._committing or conflict(error) or unavailable(error):
                    raise
        return self._transaction(step)  # says at which statement it fails

    def _transaction(self, step: Step) -> int:
        rows = 0
        self._committing = False
        try:
            for self._at, statement in enumerate(step.statements[:-1]):
                rows += _inserted(self.endpoint.execute(statement))
            self._committing = True
            self.endpoint.execute(step.statements[-1])
        except DsqlError:
            self.endpoint.execute(b"ROLLBACK")  # a failed COMMIT has ended it; then this does nothing
            raise
        return rows

    def _job_done(self, step: Step, key: Key) -> bool:
        """Wait for a submitted job; False where the endpoint does not know it. Raises Refused where it failed."""
        self.counts.jobs += 1
        try:
            outcome = wait_for_job(self._ask, str(self._journal.value(key)), self._retry)
        except DsqlError as error:
            self._journal.note(key, "refused")  # so that the next run submits it again
            raise Refused(step, step.line, error) from None
        self._journal.note(key, "done" if outcome is Outcome.DONE else "begun")
        return outcome is Outcome.DONE

    def _built(self, step: Step) -> None:
        """An index that is there already may still be in the making."""
        try:
            wait_for_index(self._ask, step.sql, self._retry)
        except DsqlError as error:
            raise Refused(step, step.line, error) from None

    def _ask(self, query: str) -> Result:
        """A read: it can be asked again at any time."""
        attempt = 0
        while True:
            attempt += 1
            try:
                return self.endpoint.execute(query)
            except DsqlError as error:
                if attempt >= self._retry.attempts or not (conflict(error) or unavailable(error)):
                    raise
                self._again(attempt)
            except ConnectionLost:
                if attempt >= self._retry.attempts:
                    raise
                self._again(attempt)
                self._reconnect()

    # -- COPY ------------------------------------------------------------------------------------------------------

    def _copy(self, step: Step, source: Source, start: int, end: int) -> int:
        """Apply the rows between two offsets; in halves where they are too many for a transaction."""
        key = (step.file, start, end)
        state = self._journal.state(key)
        if state == "done":
            return int(self._journal.value(key) or 0)
        if start >= end:
            return 0
        half = int(self._journal.value(key)) if state == "split" else None
        if half is None:
            try:
                return self._attempt(
                    step,
                    key,
                    lambda: self._send(step, source.chunks(start, end)),
                    lambda: newlines(source, start, end),
                )
            except Refused as refused:
                half = middle(source, start, end) if too_large(refused.error) and text_form(step.sql) else None
                if half is None:
                    row = refused.error.row
                    line = step.line if row is None else step.line + row + newlines(source, step.data[0], start)
                    raise Refused(step, line, refused.error) from None
            self._journal.note(key, "split", half)
            self.counts.splits += 1
        return self._copy(step, source, start, half) + self._copy(step, source, half, end)

    def _send(self, step: Step, chunks: Iterator[bytes]) -> int:
        """COPY the data. As long as some are left, its end was not sent, and nothing can have been committed."""

        def sent() -> Iterator[bytes]:
            yield from chunks
            self._committing = True

        self._committing = False
        return self.endpoint.copy(step.sql, sent())


def _inserted(result: Result) -> int:
    return max(result.rowcount, 0) if result.tag.startswith("INSERT") else 0


def head(sql: bytes) -> str:
    """The beginning of a statement on one line, for messages; without the comments before it."""
    start = skip_blanks(sql, 0, True) or 0
    text = " ".join(sql[start:].decode("utf-8", "replace").split())
    return text if len(text) <= 80 else text[:79] + "…"
