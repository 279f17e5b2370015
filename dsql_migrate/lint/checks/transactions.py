"""Checks on the transactions that a script opens itself."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context, is_ddl, is_dml
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject


@check
def second_ddl(subject: Subject, context: Context) -> Iterator[Match]:
    """The second DDL statement of one transaction: one finding a transaction."""
    if context.transaction.open and context.transaction.ddl == 1 and is_ddl(subject.part):
        yield _match(context)


@check
def ddl_with_dml(subject: Subject, context: Context) -> Iterator[Match]:
    """The first statement that mixes DDL and writing in one transaction."""
    state = context.transaction
    writes_after = is_dml(subject.part) and state.ddl > 0 and state.dml == 0
    defines_after = is_ddl(subject.part) and state.dml > 0 and state.ddl == 0
    if state.open and (writes_after or defines_after):
        yield _match(context)


@check
def ddl_and_history(subject: Subject, context: Context) -> Iterator[Match]:
    """The first DDL statement of a transaction in which the runner writes as well."""
    state = context.transaction
    runner = state.runner
    if runner is not None and runner.records and state.ddl == 0 and state.dml == 0 and is_ddl(subject.part):
        yield Match(context.head(2), {"tool": runner.title}, help=runner.escape or None)


def _match(context: Context) -> Match:
    """The finding: who made the transaction, and how not to have one."""
    runner = context.transaction.runner
    if runner is None:
        return Match(context.head(2), {"by": ""})
    return Match(context.head(2), {"by": f" ({runner.title}: {runner.sends})"}, help=runner.escape or None)
