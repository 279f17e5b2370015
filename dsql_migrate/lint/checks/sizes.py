"""Checks on how wide a key is, how long a view, how many rows: limits in bytes and in rows."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.keys import column_type_of
from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import Change, CreateIndex, TypeName


@check
def key_too_wide(subject: Subject, context: Context) -> Iterator[Match]:
    """A key or index whose declared columns are wider than DSQL makes."""
    size = _declared(subject, context)
    if size > context.target.limit("declared-key-bytes"):
        yield _wide(subject, context, size)


@check
def key_maybe_too_wide(subject: Subject, context: Context) -> Iterator[Match]:
    """A key that can be declared, but whose longest values are over what the documentation promises."""
    size = _declared(subject, context)
    if context.target.limit("key-bytes") < size <= context.target.limit("declared-key-bytes"):
        yield _wide(subject, context, size)


def _wide(subject: Subject, context: Context, size: int) -> Match:
    part = subject.part
    at = (part.name_span or part.table.span) if isinstance(part, CreateIndex) else part.span
    return Match(at, {"size": str(size)})


def _declared(subject: Subject, context: Context) -> int:
    """The bytes that the columns of a key are declared with; a column without a length counts as none."""
    part = subject.part
    if isinstance(part, CreateIndex):
        names = [key.column for key in part.keys if key.column is not None]
    elif part.kind in ("primary", "unique"):
        names = list(part.columns)
    else:
        return 0
    types = (column_type_of(name, subject, context) for name in names)
    return sum(_bytes(type_, context) for type_ in types if type_ is not None)


def _bytes(type_: TypeName, context: Context) -> int:
    found = context.schema.resolve_type(type_).base
    known = context.target.types.get(found.name)
    if known is None or found.dimensions:
        return 0
    if known.bytes is not None:
        return known.bytes
    if known.max_length is not None and found.modifiers and found.modifiers[0].isdigit():
        return int(found.modifiers[0])
    return 1 if found.name == "bpchar" else 0


@check
def view_too_large(subject: Subject, context: Context) -> Iterator[Match]:
    """A view whose text no cluster has taken."""
    if len(context.text) > context.target.limit("view-bytes-most"):
        yield Match(subject.part.name.span, {"size": str(len(context.text))})


@check
def view_maybe_too_large(subject: Subject, context: Context) -> Iterator[Match]:
    """A view whose text some clusters have refused."""
    if context.target.limit("view-bytes") < len(context.text) <= context.target.limit("view-bytes-most"):
        yield Match(subject.part.name.span, {"size": str(len(context.text))})


@check
def statement_too_long(subject: Subject, context: Context) -> Iterator[Match]:
    """A statement that no single message of the protocol holds."""
    if len(context.text) > context.target.limit("message-bytes"):
        yield Match(context.head(2), {"size": str(len(context.text))})


@check
def rows_changed(subject: Subject, context: Context) -> Iterator[Match]:
    """UPDATE or DELETE of every row of a table that the script has given more rows than a transaction may change."""
    change: Change = subject.part
    table = context.schema.table(change.table)
    if table is not None and table.rows > context.target.limit("transaction-rows"):
        yield Match(context.head(1), {"rows": str(table.rows), "table": str(change.table)})


@check
def rows_in_transaction(subject: Subject, context: Context) -> Iterator[Match]:
    """The INSERT with which one transaction comes to more rows than it may write; one finding a transaction."""
    most, before = context.target.limit("transaction-rows"), context.transaction.rows
    own = subject.part.rows or subject.part.generated or 0
    if context.transaction.open and own <= most and before <= most < before + own:
        runner = context.transaction.runner
        by = "" if runner is None else f" ({runner.title}: {runner.sends})"
        yield Match(context.head(2), {"total": str(before + own), "by": by})
