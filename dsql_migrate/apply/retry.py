"""When to try again, and how long to wait before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from dsql_migrate.engine.endpoint import DsqlError


@dataclass(frozen=True, slots=True)
class Retry:
    """Full-jitter backoff: the n-th wait is up to min(cap, base · 2ⁿ) seconds; ``attempts`` counts all tries."""

    attempts: int = 10
    base: float = 0.05
    cap: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random  # between 0 and 1

    def wait(self, attempt: int) -> None:
        """Wait after the given attempt, the first being 1."""
        self.sleep(self.draw() * min(self.cap, self.base * 2.0 ** min(attempt, 30)))


def conflict(error: DsqlError) -> bool:
    """40001, OC000 or OC001: the transaction did nothing, and may be sent again (runtime sheet, What to retry)."""
    return error.sqlstate == "40001"


def unavailable(error: DsqlError) -> bool:
    """XX000 server unavailable: to be sent again; where it answers a COMMIT the outcome is unknown."""
    return error.sqlstate == "XX000" and "server unavailable" in error.message.lower()


def too_large(error: DsqlError) -> bool:
    """The transaction has too many rows or bytes: fewer rows at once may pass."""
    return error.sqlstate == "54000" and "transaction" in error.message.lower()
