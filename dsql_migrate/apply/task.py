"""The scripts of a bundle, step by step, and side by side where that is allowed and wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass

from dsql_migrate.apply.journal import Journal
from dsql_migrate.apply.retry import Retry
from dsql_migrate.apply.run import Counts, InDoubt, Run
from dsql_migrate.apply.steps import Step, steps
from dsql_migrate.apply.together import Together, stoppable
from dsql_migrate.engine.endpoint import Endpoint
from dsql_migrate.source.open import Source


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an application stands: bytes of all scripts."""

    file: str
    done: int
    total: int
    rows: int


class Task:
    """One application of a bundle, over one connection or more. Steps without a mark go over the first."""

    def __init__(
        self,
        endpoints: list[Endpoint],
        journal: Journal,
        retry: Retry,
        in_doubt: InDoubt,
        total: int,
        told: Callable[[Progress], None],
    ) -> None:
        several, stopping, turn = len(endpoints) > 1, threading.Event(), threading.Lock()
        waits = stoppable(retry, stopping) if several else retry
        self._runs = [Run(e, journal, waits, in_doubt, turn if several else None) for e in endpoints]
        self._together = Together(self._runs, self._told, stopping) if several else None
        self._sizes: dict[tuple[str, int], int] = {}  # of steps that are under way: bytes, with what stands before them
        self._total, self._done, self._before = total, 0, 0
        self._progress = told

    @property
    def counts(self) -> Counts:
        """What has happened on all connections."""
        return Counts(*(sum(column) for column in zip(*(astuple(run.counts) for run in self._runs), strict=True)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of single steps."""
        return tuple(note for run in self._runs for note in run.notes)

    def file(self, name: str, source: Source) -> None:
        """Apply one script. Raises Refused, Failure."""
        for run in self._runs:
            run.new_session()
        at = 0
        for step in steps(source, name):
            self._sizes[name, step.start] = step.end - at
            at = step.end
            if self._together is not None and step.phase is not None:
                self._together.add(step, source)
                continue
            if self._together is not None:
                self._together.drain()
            for run in self._runs if step.kind == "setting" else self._runs[:1]:
                run.apply(step, source)
            self._told(step)
        if self._together is not None:
            self._together.drain()
        self._before += source.size
        self._done = self._before

    def close(self) -> None:
        """End the threads."""
        if self._together is not None:
            self._together.close()

    def _told(self, step: Step) -> None:
        self._done += self._sizes.pop((step.file, step.start))
        self._progress(Progress(step.file, self._done, self._total, sum(run.counts.rows for run in self._runs)))
