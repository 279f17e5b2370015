"""Checks on session parameters and on what a transaction is begun with."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.functions import call_span
from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import Expression, Select, SetParameter, Span

_TRANSACTION = frozenset({"transaction", "transaction snapshot", "session characteristics"})


@check
def set_parameter(subject: Subject, context: Context) -> Iterator[Match]:
    """SET or RESET of a parameter that is not on the list."""
    setting: SetParameter = subject.part
    name = setting.name.lower()
    if name in _TRANSACTION or name == "all" or name in context.target.settable:
        return
    if name in context.target.default_only and setting.reset:
        return
    whole = Edit(setting.span.start, _behind(setting.span, context), "")
    yield Match(setting.span, {"name": name, "object": name}, fix=Fix("safe", (whole,)))


@check
def set_config(subject: Subject, context: Context) -> Iterator[Match]:
    """set_config(…) of a parameter that is not on the list, and pg_dump's emptying of search_path."""
    expression: Expression = subject.part
    alone = isinstance(context.fact, Select) and len(context.fact.calls) == 1 and subject.parent is context.fact
    for name, value in expression.settings:
        # AWS's own pg_dump proxy takes this very call out, because a cluster refused it.
        emptied = name.lower() == "search_path" and value == ""
        if not name or (name.lower() in context.target.settable and not emptied):
            continue
        values = {"name": name.lower(), "object": name.lower()}
        if alone:
            whole = Edit(context.fact.span.start, _behind(context.fact.span, context), "")
            yield Match(context.fact.span, values, fix=Fix("safe", (whole,)))
        else:
            yield Match(call_span("set_config", expression.span, context), values)


def _behind(span: Span, context: Context) -> int:
    """The end of the statement with its semicolon."""
    return span.end + 1 if context.text[span.end : span.end + 1] == b";" else span.end


@check
def isolation(subject: Subject, context: Context) -> Iterator[Match]:
    """Any isolation level but the one there is."""
    part = subject.part
    for option in part.values if isinstance(part, SetParameter) else part.options:
        level = option.removeprefix("isolation level ")
        if level != option and level != "repeatable read":
            at = context.find(f"isolation level {level}") or part.span
            yield Match(at, {"level": level.upper()}, message=f"Unsupported isolation level: {level.upper()}")
