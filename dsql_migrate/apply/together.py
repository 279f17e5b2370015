"""Several steps at the same time, a connection each, as far as the marks of the bundle allow it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dsql_migrate.apply.retry import Retry
from dsql_migrate.apply.run import Run
from dsql_migrate.apply.steps import Step
from dsql_migrate.source.open import Source

_MOST_STEPS = 10_000  # read ahead
_LOOK = 0.2  # seconds between looks at Ctrl-C while others work
_GRACE = 10.0  # seconds for statements under way when the run is broken off


class Stopped(Exception):
    """Another step failed, or the user stops: nothing new is begun."""


@dataclass(slots=True)
class Together:
    """Threads that apply steps; ``add`` and ``drain`` are for the one thread that reads the bundle."""

    runs: list[Run]
    told: Callable[[Step], None]  # called for each step that is done, by one thread at a time
    stopping: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None
    _change: threading.Condition = field(default_factory=threading.Condition)
    _waiting: deque[tuple[Step, Source]] = field(default_factory=deque)
    _busy: set[int] = field(default_factory=set)  # lanes
    _running: int = 0
    _phase: int | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def add(self, step: Step, source: Source) -> None:
        """Give a marked step to whichever thread is free; waits where another phase is still under way."""
        if step.phase != self._phase:
            self.drain()
            self._phase = step.phase
        if not self._threads:
            self._begin()
        with self._change:
            while len(self._waiting) >= _MOST_STEPS and self.failure is None:
                self._change.wait(_LOOK)
            self._waiting.append((step, source))
            self._change.notify_all()
        self._raise()

    def drain(self) -> None:
        """Wait until every step is done. Raises what the first that failed raised."""
        self._phase = None
        with self._change:
            while self._running or (self._waiting and self.failure is None):
                self._change.wait(_LOOK)
        self._raise()

    def close(self) -> None:
        """Begin nothing more; wait a while for what is under way."""
        self.stopping.set()
        with self._change:
            self._waiting.clear()
            self._change.notify_all()
        until = time.monotonic() + _GRACE
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0))

    def _raise(self) -> None:
        if self.failure is not None:
            with self._change:
                while self._running:
                    self._change.wait(_LOOK)
            raise self.failure

    def _begin(self) -> None:
        self._threads = [threading.Thread(target=self._work, args=(run,), daemon=True) for run in self.runs]
        for thread in self._threads:
            thread.start()

    def _work(self, run: Run) -> None:
        while (taken := self._take()) is not None:
            step, source = taken
            failure = None
            try:
                run.apply(step, source)
            except Stopped:
                pass
            except BaseException as error:  # whatever it is, the reading thread raises it
                failure = error
            with self._change:
                self._running -= 1
                if step.lane is not None:
                    self._busy.discard(step.lane)
                if failure is None and not self.stopping.is_set():
                    self.told(step)
                if failure is not None and self.failure is None:
                    self.failure = failure
                    self.stopping.set()
                self._change.notify_all()

    def _take(self) -> tuple[Step, Source] | None:
        """The next step whose lane is free; None when it is over."""
        with self._change:
            while not self.stopping.is_set():
                passed: set[int] = set()
                for at, (step, source) in enumerate(self._waiting):
                    if step.lane is not None and (step.lane in self._busy or step.lane in passed):
                        passed.add(step.lane)
                        continue
                    del self._waiting[at]
                    self._running += 1
                    if step.lane is not None:
                        self._busy.add(step.lane)
                    self._change.notify_all()
                    return step, source
                self._change.wait()
            return None


def stoppable(retry: Retry, stopping: threading.Event) -> Retry:
    """The same waits, which end with Stopped when the run is broken off."""

    def sleep(seconds: float) -> None:
        if retry.sleep is time.sleep:
            stopping.wait(seconds)
        elif not stopping.is_set():
            retry.sleep(seconds)
        if stopping.is_set():
            raise Stopped

    return replace(retry, sleep=sleep)
