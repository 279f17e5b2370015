"""Checks on what expressions call and on psql's and SQL's ways of calling it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import Expression, Span

_CONFIGURED = frozenset(
    {"to_tsvector", "to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery", "ts_headline"}
)


@check
def function_refused(subject: Subject, context: Context) -> Iterator[Match]:
    """A function that DSQL does not let anybody call."""
    yield from _calls(subject, context, context.target.functions_refused)


@check
def function_of_extension(subject: Subject, context: Context) -> Iterator[Match]:
    """A function of an extension, unless the script defines one of that name itself."""
    yield from _calls(subject, context, context.target.functions_of_extensions)


def _calls(subject: Subject, context: Context, names: frozenset[str]) -> Iterator[Match]:
    expression: Expression = subject.part
    for name in expression.functions:
        if name.name not in names or context.schema.routines_named(name.schema, name.name):
            continue
        function = context.target.functions[name.name]
        if function.extension is None and name.schema not in (None, "pg_catalog"):
            continue  # somebody's own of that name
        at = call_span(name.name, expression.span, context)
        instead = f"call {function.replacement}() in its place" if function.replacement else "do it in the application"
        values = {"function": name.name, "extension": function.extension or "", "advice": instead}
        fix = None
        if function.replacement and at != expression.span:
            fix = Fix("safe", (Edit(_qualified(at, context), at.end, function.replacement),))
        yield Match(at, values, fix=fix, sqlstate=function.sqlstate, message=function.message)


def call_span(name: str, within: Span, context: Context) -> Span:
    """Where a function's name stands in front of its parenthesis; the whole expression where it cannot be found."""
    for token, behind in pairwise(context.tokens):
        inside = within.start <= token.start and behind.end <= within.end
        if inside and behind.word == "(" and token.word.strip('"') == name:
            return Span(token.start, token.end)
    return within


def _qualified(at: Span, context: Context) -> int:
    """Where the name starts with its schema: ``public.uuid_generate_v4`` is replaced whole."""
    before = [t for t in context.tokens if t.end <= at.start][-2:]
    return before[0].start if len(before) == 2 and before[1].word == "." else at.start


@check
def text_search_configuration(subject: Subject, context: Context) -> Iterator[Match]:
    """A text search function with a configuration other than simple."""
    expression: Expression = subject.part
    if not any(name.name in _CONFIGURED for name in expression.functions):
        return
    tokens = context.tokens
    for word, open_, value, behind in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        inside = expression.span.start <= word.start and behind.end <= expression.span.end
        if not inside or word.word not in _CONFIGURED or open_.word != "(" or value.name != "SCONST":
            continue
        name = value.word.strip("'").removeprefix("pg_catalog.")
        if behind.word in (",", "::") and name != "simple" and _has_two_arguments(word.start, context):
            message = f'text search configuration "{name}" does not exist'
            yield Match(Span(value.start, value.end), {"configuration": name}, message=message)


def _has_two_arguments(start: int, context: Context) -> bool:
    depth = 0
    for token in context.tokens:
        if token.start < start:
            continue
        depth += token.word == "("
        depth -= token.word == ")"
        if depth == 1 and token.word == ",":
            return True
        if depth == 0 and token.word == ")":
            break
    return False


@check
def type_in_expression(subject: Subject, context: Context) -> Iterator[Match]:
    """A value of a type that DSQL refuses even in expressions."""
    expression: Expression = subject.part
    refused = context.target.expressions_refused
    found = {name.name for name in expression.functions if name.name in refused}
    found |= {type_.name for type_ in expression.types if type_.name in refused}
    for name in sorted(found):
        yield Match(expression.span, {"type": name}, message=f"datatype {name} not supported")


@check
def extension_operator(subject: Subject, context: Context) -> Iterator[Match]:
    """An operator that only an extension brings, unless the script makes one of that name."""
    expression: Expression = subject.part
    for sign in expression.operators:
        extension = context.target.extension_operators.get(sign)
        if extension is None or any(t.kind == "operator" and t.name == sign for t in context.schema.things):
            continue
        at = next((Span(t.start, t.end) for t in context.tokens if t.word == sign), expression.span)
        yield Match(at, {"operator": sign, "extension": extension})


@check
def lastval(subject: Subject, context: Context) -> Iterator[Match]:
    """A call of lastval(), unless the script has a function of that name."""
    expression: Expression = subject.part
    if any(name.name == "lastval" for name in expression.functions) and not context.schema.routines_named(
        None, "lastval"
    ):
        yield Match(call_span("lastval", expression.span, context))


@check
def extension_type_in_expression(subject: Subject, context: Context) -> Iterator[Match]:
    """A cast to the type of an extension."""
    expression: Expression = subject.part
    for type_ in expression.types:
        if type_.name not in context.target.extension_types or context.schema.user_type(type_.schema, type_.name):
            continue
        at = expression.span
        for token in context.tokens:
            if token.word.strip('"') == type_.name and at.start <= token.start and token.end <= at.end:
                at = Span(token.start, token.end)
                break
        yield Match(at, {"type": type_.name})
