"""Every part of a fact that a rule may be ``on``: the statement, its columns, constraints, keys, expressions …"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dsql_migrate.record import Record
from dsql_migrate.source import facts
from dsql_migrate.source.facts import Fact, Span


class PsqlLine(Fact):
    """A backslash line of psql. ``command`` is its name without the backslash."""

    command: str
    text: str


class CopyRows(Fact):
    """The rows of a COPY … FROM stdin, once they have been passed."""

    table: facts.Name | None
    rows: int


class Subject(Record):
    """One part: ``owner`` is the statement's fact, ``parent`` the part it stands in (the fact itself at the top)."""

    part: Any
    owner: Any
    parent: Any
    object: str | None  # the name of what it is about

    @property
    def kind(self) -> str:
        return type(self.part).__name__


def subjects(fact: Fact) -> Iterator[Subject]:
    """The fact and its parts, in the order of the text as far as that is cheap."""
    name = object_of(fact)
    yield Subject(fact, fact, fact, name)
    walk = _WALKS.get(type(fact))
    if walk is not None:
        yield from walk(fact, name)


def object_of(fact: Any) -> str | None:
    """The name of the object that a statement is about; None where it has none."""
    name = getattr(fact, "name", None)
    if isinstance(name, tuple):
        return ".".join(name)
    table = getattr(fact, "table", None)
    if isinstance(fact, facts.CreateIndex):
        return name or str(table)
    if name is None:
        return None if table is None else str(table)
    return str(name)


def _table(fact: facts.CreateTable, name: str | None) -> Iterator[Subject]:
    for column in fact.columns:
        yield from _column(column, fact, fact, name)
    for constraint in fact.constraints:
        yield from _constraint(constraint, fact, fact, constraint.name or name)
    for like in fact.likes:
        yield Subject(like, fact, fact, name)


def _column(column: facts.Column, owner: Fact, parent: Any, table: str | None) -> Iterator[Subject]:
    name = f"{table}.{column.name}"
    yield Subject(column, owner, parent, name)
    for constraint in column.constraints:
        yield from _constraint(constraint, owner, column, name)
    if column.identity is not None:
        yield Subject(column.identity, owner, column, name)
    for expression in (column.default, column.generated):
        if expression is not None:
            yield Subject(expression, owner, column, name)


def _constraint(constraint: facts.Constraint, owner: Fact, parent: Any, name: str | None) -> Iterator[Subject]:
    yield Subject(constraint, owner, parent, name)
    if constraint.expression is not None:
        yield Subject(constraint.expression, owner, constraint, name)


def _alter(fact: facts.AlterTable, name: str | None) -> Iterator[Subject]:
    for action in fact.actions:
        yield Subject(action, fact, fact, name)
        if action.column is not None:
            yield from _column(action.column, fact, action, name)
        if action.constraint is not None:
            yield from _constraint(action.constraint, fact, action, action.constraint.name or name)
        if action.identity is not None:
            yield Subject(action.identity, fact, action, f"{name}.{action.name}")
        for expression in (action.default, action.using):
            if expression is not None:
                yield Subject(expression, fact, action, name)


def _index(fact: facts.CreateIndex, name: str | None) -> Iterator[Subject]:
    for key in fact.keys:
        yield Subject(key, fact, fact, name)
        if key.expression is not None:
            yield Subject(key.expression, fact, key, name)
    if fact.where is not None:
        yield Subject(fact.where, fact, fact, name)


def _reads(fact: Any, name: str | None) -> Iterator[Subject]:
    if fact.query is not None:
        yield Subject(fact.query, fact, fact, name)


def _query(fact: Any, name: str | None) -> Iterator[Subject]:
    yield Subject(fact.query, fact, fact, name)
    for call in getattr(fact, "calls", ()):
        yield Subject(call, fact, fact, str(call.name))


def _function(fact: facts.CreateFunction, name: str | None) -> Iterator[Subject]:
    for argument in fact.arguments:
        yield Subject(argument, fact, fact, name)
        if argument.default is not None:
            yield Subject(argument.default, fact, argument, name)


def _domain(fact: facts.CreateDomain, name: str | None) -> Iterator[Subject]:
    for constraint in fact.constraints:
        yield from _constraint(constraint, fact, fact, name)
    if fact.default is not None:
        yield Subject(fact.default, fact, fact, name)


def _alter_domain(fact: facts.AlterDomain, name: str | None) -> Iterator[Subject]:
    if fact.constraint is not None:
        yield from _constraint(fact.constraint, fact, fact, name)
    if fact.default is not None:
        yield Subject(fact.default, fact, fact, name)


def _fields(*fields: str) -> Any:
    """A walk over the expressions in these fields."""

    def walk(fact: Any, name: str | None) -> Iterator[Subject]:
        for field in fields:
            expression = getattr(fact, field)
            if expression is not None:
                yield Subject(expression, fact, fact, name)

    return walk


_WALKS: dict[type, Any] = {
    facts.CreateTable: _table,
    facts.AlterTable: _alter,
    facts.CreateIndex: _index,
    facts.CreateView: _query,
    facts.CreateTableAs: _query,
    facts.Select: _query,
    facts.Insert: _reads,
    facts.Change: _reads,
    facts.Copy: _reads,
    facts.Other: _reads,
    facts.CreateFunction: _function,
    facts.CreateDomain: _domain,
    facts.AlterDomain: _alter_domain,
    facts.CreatePolicy: _fields("using", "check"),
    facts.CreateRule: _fields("where"),
    facts.CreateTrigger: _fields("when"),
}

KINDS = frozenset(
    name for name, kind in vars(facts).items() if isinstance(kind, type) and issubclass(kind, Record)
) - {"Record"} | {"PsqlLine", "CopyRows", "Rows", "Ignore"}  # Rows: found by the rewrite; Ignore: by suppression.py


def span_of(value: Any) -> Span | None:
    """The span that a value is or has; None where it stands nowhere."""
    span = value if isinstance(value, Span) else getattr(value, "span", None)
    return span if isinstance(span, Span) and span.end > span.start else None
