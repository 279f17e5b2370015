"""Runs a bundle against a DSQL endpoint: one statement a transaction, with retries, a journal, and resuming."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from dsql_migrate.apply.journal import Journal
from dsql_migrate.apply.retry import Retry
from dsql_migrate.apply.run import Counts, InDoubt, Refused, Run, head
from dsql_migrate.apply.steps import scripts, steps
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
class Progress:
    """Where an application stands: bytes of all scripts."""

    file: str
    done: int
    total: int
    rows: int


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
) -> ApplyResult:
    """Apply a bundle's scripts in order; stop at the first statement that is refused for good (``result.failure``).

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
        run = Run(endpoint, book, retry or Retry(), in_doubt)
        failure = None
        total, before = sum(source.size for source in sources), 0
        try:
            for name, source in zip(names, sources, strict=True):
                run.new_session()
                for step in steps(source, name):
                    run.apply(step, source)
                    if progress is not None:
                        progress(Progress(name, before + step.end, total, run.counts.rows))
                before += source.size
        except Refused as refused:
            failure = _failure(refused)
        except (ConnectionLost, DsqlError) as error:
            raise Failure(f"{endpoint.name}: {error}", "run the same command again to go on") from None
    return _result(endpoint.name, run.counts, time.perf_counter() - begun, failure, tuple(run.notes))


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
