"""Ties the stages of a job to what the terminal shows of them."""

from __future__ import annotations

from collections.abc import Callable

from dsql_migrate.cli.terminal import Progress
from dsql_migrate.migration import Watcher


def watcher(progress: Progress) -> Watcher:
    """A watcher that shows every stage on the terminal."""

    def stage(
        name: str, total: int | None, unit: str, label: str
    ) -> tuple[Callable[[int], None], Callable[[str], None]]:
        found = progress.stage(name, total, unit, label)  # type: ignore[arg-type]
        return found.advance, found.done

    return Watcher(stage)
