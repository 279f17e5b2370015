"""Checks on expressions that have to come out alike every time: of indexes and of generated columns."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.functions import call_span
from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import Column, CreateIndex, CreateTable, Expression, IndexKey, Name, Span

_OF_THE_SESSION = frozenset(
    [
        "current_date",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "current_role",
        "current_user",
        "user",
        "session_user",
        "current_catalog",
        "current_schema",
    ]
)


@check
def index_not_immutable(subject: Subject, context: Context) -> Iterator[Match]:
    """An index key or predicate that calls something not marked IMMUTABLE."""
    part = subject.part
    expression = part.where if isinstance(part, CreateIndex) else part.expression
    found = None if expression is None else _changing(expression, subject, context)
    if found is not None:
        place = "expression" if isinstance(part, IndexKey) else "predicate"
        told = f"functions in index {place} must be marked IMMUTABLE"
        yield Match(found[1], {"place": place, "function": found[0]}, message=told)


@check
def generated_not_immutable(subject: Subject, context: Context) -> Iterator[Match]:
    """A generated column over something not marked IMMUTABLE."""
    column: Column = subject.part
    found = None if column.generated is None else _changing(column.generated, subject, context)
    if found is not None:
        yield Match(found[1], {"function": found[0]})


def _changing(expression: Expression, subject: Subject, context: Context) -> tuple[str, Span] | None:
    """The first thing in it that is not IMMUTABLE, and where it stands."""
    for word in expression.clauses:
        if word in _OF_THE_SESSION:
            return word, context.find(word, expression.span) or expression.span
    for name in expression.functions:
        if _is_not_immutable(name, expression, subject, context):
            return str(name), call_span(name.name, expression.span, context)
    return None


def _is_not_immutable(name: Name, expression: Expression, subject: Subject, context: Context) -> bool:
    if context.schema.routines_named(name.schema, name.name):
        return False  # PostgreSQL puts the body in its place first, and then looks at what that calls
    if name.schema not in (None, "pg_catalog"):
        return False
    if name.name in context.target.not_immutable:
        return True
    if name.name not in context.target.zone_dependent or any(f.name == "timezone" for f in expression.functions):
        return False
    types = [_type_of(column[-1], subject, context) for column in expression.columns]
    return bool(types) and all(type_ == "timestamptz" for type_ in types)


def _type_of(column: str, subject: Subject, context: Context) -> str | None:
    owner = subject.owner
    if isinstance(owner, CreateTable):
        return next((c.type.name for c in owner.columns if c.name == column), None)
    if not isinstance(owner, CreateIndex):
        return None
    table = context.schema.table(owner.table)
    found = table.columns.get(column) if table else None
    return found.type.name if found else None
