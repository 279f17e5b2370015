"""Waiting for background jobs, told by a database that goes on while it is asked."""

from __future__ import annotations

import pytest

from dsql_migrate.apply.retry import Retry
from dsql_migrate.apply.waiting import wait_for_index
from dsql_migrate.engine.endpoint import DsqlError, Result

INDEX = b"CREATE INDEX ASYNC i ON t (a)"


class Build:
    """A database where an index is built: its job is done after so many questions, or never becomes valid."""

    def __init__(self, questions: int, fails: bool = False) -> None:
        self.left = questions
        self.fails = fails

    def ask(self, sql: str) -> Result:
        self.left -= 1
        running = self.left >= 0
        if "sys.jobs" in sql:
            return Result("SELECT", ("?column?",), (("1",),) if running else ())
        return Result("SELECT", ("indisvalid",), (("f" if running or self.fails else "t",),))


@pytest.mark.parametrize("questions", range(6))
def test_a_build_that_ends_between_two_questions_is_no_failure(questions: int) -> None:
    wait_for_index(Build(questions).ask, INDEX, Retry(sleep=lambda _seconds: None))


@pytest.mark.parametrize("questions", range(6))
def test_an_index_that_nobody_builds_any_more_is_told_of(questions: int) -> None:
    with pytest.raises(DsqlError, match="index i is INVALID"):
        wait_for_index(Build(questions, fails=True).ask, INDEX, Retry(sleep=lambda _seconds: None))
