"""Runs a bundle against a DSQL endpoint: one statement a transaction, with retries, a journal, and resuming."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from dsql_migrate.apply.journal import Journal
from dsql_migrate.apply.retry import Retry
from dsql_migrate.apply.run import Counts, InDoubt, Refused, head
from dsql_migrate.apply.steps import scripts
from dsql_migrate.apply.task import Progress, Task
from dsql_migrate.engine.endpoint import ConnectionLost, DsqlError, Endpoint, PsycopgEndpoint
from dsql_migrate.errors import Failure
from dsql_migrate.source.open import open_source

__all__ = [
    "ApplyFailure",
    "ApplyResult",
    "Endpoint",
    "InDoubt",
    "Progress",
    "PsycopgEndpoint",
    "Retry",
    "apply_bundle",
]


@dataclass(frozen=True, slots=True)
class ApplyFailure:
    """The statement that stopped it, and the endpoint's answer."""

    file: str
    line: int
    statement: str  # its beginning, on one line
    sqlstate: str
    message: str
    detail: str | None

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.file}:{self.line}: {self.sqlstate}: {self.message}{detail}: {self.statement}"


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """What was done. ``rows`` counts those of COPY and INSERT, skipped steps' included."""

    endpoint: str
    done: int
    skipped: int
    rows: int
    jobs: int
    retries: int
    splits: int
    seconds: float
    failure: ApplyFailure | None
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the whole bundle is applied."""
        return self.failure is None


def apply_bundle(
    folder: Path,
    endpoint: Endpoint,
    *,
    journal: bool = True,
    progress: Callable[[Progress], None] | None = None,
    restart: bool = False,
    in_doubt: InDoubt = InDoubt.ASK,
    retry: Retry | None = None,
    jobs: int = 1,
    connect: Callable[[], Endpoint] | None = None,
) -> ApplyResult:
    """Apply a bundle's scripts in order; stop at the first statement that is refused for good (``result.failure``).

    ``jobs``: how many steps at the same time, where the bundle's marks allow it; ``connect`` opens the connections for
    it beyond ``endpoint``.
    ``journal``: note each step in the bundle's folder, and skip those noted there as done; ``restart`` forgets them.
    Raises InputError for what is no bundle; Failure where the connection stays away, or a step is in doubt.
    """
    begun = time.perf_counter()
    with ExitStack() as stack:
        sources = [stack.enter_context(open_source(path)) for path in scripts(folder)]
        names = [path.relative_to(folder).as_posix() for path in scripts(folder)]
        book = Journal()
        if journal:
            digests = {name: source.sha256 for name, source in zip(names, sources, strict=True)}
            book = stack.enter_context(Journal.open(folder, endpoint.name, digests, restart))
        endpoints = [endpoint, *_others(connect, jobs - 1, stack)]
        told = progress or (lambda _progress: None)
        task = Task(endpoints, book, retry or Retry(), in_doubt, sum(source.size for source in sources), told)
        failure = None
        try:
            for name, source in zip(names, sources, strict=True):
                task.file(name, source)
        except Refused as refused:
            failure = _failure(refused)
        except (ConnectionLost, DsqlError) as error:
            raise Failure(f"{endpoint.name}: {error}", "run the same command again to go on") from None
        finally:
            task.close()
    return _result(endpoint.name, task.counts, time.perf_counter() - begun, failure, task.notes)


def _others(connect: Callable[[], Endpoint] | None, count: int, stack: ExitStack) -> list[Endpoint]:
    """Further connections. Raises Failure."""
    found: list[Endpoint] = []
    for _ in range(count if connect is not None else 0):
        try:
            found.append(connect())  # type: ignore[misc]
        except ConnectionLost as error:
            raise Failure(f"cannot open connection {len(found) + 2}: {error}", "take a smaller --jobs") from None
        stack.callback(found[-1].close)
    return found


def _failure(refused: Refused) -> ApplyFailure:
    error, step = refused.error, refused.step
    return ApplyFailure(step.file, refused.line, head(step.sql), error.sqlstate, error.message, error.detail)


def _result(
    name: str, counts: Counts, seconds: float, failure: ApplyFailure | None, notes: tuple[str, ...]
) -> ApplyResult:
    return ApplyResult(
        name,
        counts.done,
        counts.skipped,
        counts.rows,
        counts.jobs,
        counts.retries,
        counts.splits,
        seconds,
        failure,
        notes,
    )
