"""Checks on queries, wherever they stand: clauses, columns and names that DSQL knows otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import Expression, Other, Span

_LOCKS = ("for share", "for no key update")
_GRAMMAR = ("json_table", "returning with")  # refused by the grammar; the others look like calls of a function
_NEWER = {
    "json_table": "JSON_TABLE",
    "json_value": "JSON_VALUE",
    "json_query": "JSON_QUERY",
    "json_exists": "JSON_EXISTS",
    "json_scalar": "JSON_SCALAR",
    "json_serialize": "JSON_SERIALIZE",
    "returning with": "RETURNING WITH",
}


@check
def for_share(subject: Subject, context: Context) -> Iterator[Match]:
    """FOR SHARE or FOR NO KEY UPDATE, in a query at any depth."""
    expression: Expression = subject.part
    for clause in expression.clauses:
        if clause in _LOCKS:
            fix = None
            at = context.find(clause, expression.span)
            if at is not None:
                fix = Fix("unsafe", (Edit(at.start, at.end, "FOR UPDATE"),))
            yield Match(at or expression.span, {"clause": clause.upper()}, fix=fix)


@check
def for_update_early(subject: Subject, context: Context) -> Iterator[Match]:
    """FOR UPDATE without equality on the whole primary key of one table."""
    expression: Expression = subject.part
    if "for update" not in expression.clauses:
        return
    used = {column[-1] for column in expression.columns}
    if len(expression.relations) == 1 and context.find("where", expression.span) is not None:
        table = context.schema.table(expression.relations[0])
        key = table.primary_key if table else None
        if key is None or used.issuperset(key.columns):
            return
    yield Match(context.find("for update", expression.span) or expression.span)


@check
def left_join_lateral(subject: Subject, context: Context) -> Iterator[Match]:
    """LEFT JOIN LATERAL whose output is computed from the table on its left."""
    expression: Expression = subject.part
    if "left join lateral" in expression.clauses:
        at = context.find("left join lateral", expression.span) or context.find("left outer join lateral")
        inner = context.find("from", Span(at.end, expression.span.end)) if at else None
        behind = next((t for t in context.tokens if inner is not None and t.start >= inner.end), None)
        table = behind.word.strip('"') if behind is not None else ""
        yield Match(at or expression.span, {"table": table})


@check
def system_column(subject: Subject, context: Context) -> Iterator[Match]:
    """ctid: rows have no physical place in DSQL."""
    expression: Expression = subject.part
    if any(column[-1] == "ctid" for column in expression.columns):
        place = next((t for t in context.tokens if t.word == "ctid"), None)
        yield Match(Span(place.start, place.end) if place else expression.span)


@check
def newer_syntax(subject: Subject, context: Context) -> Iterator[Match]:
    """What PostgreSQL learned after 16, the release that DSQL speaks."""
    expression: Expression = subject.part
    for clause in expression.clauses:
        if clause not in _NEWER:
            continue
        at = context.find(clause, expression.span) or expression.span
        words = _NEWER[clause]
        if clause in _GRAMMAR:
            yield Match(at, {"syntax": words}, sqlstate="42601")
        elif not context.schema.routines_named(None, clause):
            yield Match(at, {"syntax": words}, sqlstate="42883", message=f"function {clause} does not exist")


@check
def explain_of_utility(subject: Subject, context: Context) -> Iterator[Match]:
    """EXPLAIN of anything but a query: EXPLAIN CREATE TABLE AS, EXPLAIN EXECUTE …"""
    statement: Other = subject.part
    if statement.holds not in (None, "Select", "Insert", "Update", "Delete", "Merge"):
        yield Match(context.head(2), {"holds": statement.holds or ""})
