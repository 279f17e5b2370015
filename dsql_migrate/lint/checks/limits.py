"""Checks on limits that need the catalogue; limits of one statement are declared in their rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source import regex
from dsql_migrate.source.facts import AlterAction, CreateIndex, CreateSchema, CreateTable, Span

_NOT_COUNTED = frozenset({"public", "sys"})


@check
def column_count(subject: Subject, context: Context) -> Iterator[Match]:
    """CREATE TABLE or ADD COLUMN beyond the limit."""
    part = subject.part
    if isinstance(part, CreateTable):
        count, at = len(part.columns), part.name.span
    else:
        action: AlterAction = part
        table = context.schema.table(subject.owner.name)
        if table is None or action.kind != "add column":
            return
        count, at = len(table.columns) + 1, action.span
    if count > context.target.limit("columns-per-table"):
        # The key's index holds all other columns as well, and it is what says no first (AWS troubleshooting reference).
        with_key = context.target.limits["columns-with-key"]
        keyed = isinstance(part, CreateTable) and _has_key(part) and count > with_key.value
        told = with_key.message if keyed else None
        yield Match(at, {"count": str(count), "table": str(subject.owner.name)}, message=told)


def _has_key(table: CreateTable) -> bool:
    inline = (constraint for column in table.columns for constraint in column.constraints)
    return any(constraint.kind == "primary" for constraint in (*table.constraints, *inline))


@check
def index_count(subject: Subject, context: Context) -> Iterator[Match]:
    """One index more than a table may have: the key and unique constraints count as well."""
    part, most = subject.part, context.target.limit("indexes-per-table")
    if isinstance(part, CreateTable):
        kinds = [c.kind for column in part.columns for c in column.constraints] + [c.kind for c in part.constraints]
        count = sum(kind in ("primary", "unique") for kind in kinds)
        if count > most:
            yield Match(part.name.span, {"count": str(count), "table": str(part.name)})
        return
    index: CreateIndex = part
    count = context.schema.index_count(context.schema.table_key(index.table)) + 1
    if count > most:
        yield Match(index.name_span or index.table.span, {"count": str(count), "table": str(index.table)})


@check
def schema_count(subject: Subject, context: Context) -> Iterator[Match]:
    """One schema more than a database may have. At the cap DSQL refuses IF NOT EXISTS of an existing one as well."""
    schema: CreateSchema = subject.part
    others = set(context.schema.schemas) - _NOT_COUNTED
    if schema.name not in _NOT_COUNTED and len(others) >= context.target.limit("schemas"):
        yield Match(context.head(3), {"count": str(len(others | {schema.name}))})


@check
def table_count(subject: Subject, context: Context) -> Iterator[Match]:
    """The first table over the limit; one finding, not one for each that follows."""
    table: CreateTable = subject.part
    if len(context.schema.tables) == context.target.limit("tables"):
        yield Match(table.name.span)


@check
def view_count(subject: Subject, context: Context) -> Iterator[Match]:
    """The first view over the limit."""
    if len(context.schema.views) == context.target.limit("views"):
        yield Match(subject.part.name.span)


@check
def sequence_count(subject: Subject, context: Context) -> Iterator[Match]:
    """The first sequence over the limit."""
    if len(context.schema.sequences) == context.target.limit("sequences"):
        yield Match(subject.part.name.span)


@check
def statistics_count(subject: Subject, context: Context) -> Iterator[Match]:
    """One set of extended statistics more than a table may have."""
    table = subject.part.table
    if table is None:
        return
    key = context.schema.table_key(table)
    count = 1 + sum(thing.kind == "statistics" and thing.table == key for thing in context.schema.things)
    if count > context.target.limit("statistics-per-table"):
        yield Match(table.span, {"count": str(count), "table": str(table)})


@cache
def _short_words(most: int) -> re.Pattern[bytes]:
    """A text as far as its words and quoted names are no longer than that; strings and comments count as words."""
    word, size = rb"[\w$\x80-\xff]", b"{1,%d}+" % most
    return regex.compile(
        rb"(?:" + word + size + rb"(?!" + word + rb")|\"[^\"]" + size + rb"\"(?!\")|[^\w$\x80-\xff\"]++)*+"
    )


@check
def identifier_length(subject: Subject, context: Context) -> Iterator[Match]:
    """A name that is longer than PostgreSQL keeps; it is cut in silence."""
    most = context.target.limit("identifier-bytes")
    short = _short_words(most).match(context.text)
    if short is not None and short.end() == len(context.text):
        return
    seen: set[str] = set()
    for token in context.tokens:
        if token.name not in ("IDENT", "UIDENT"):
            continue
        name = token.word
        if name.startswith('"'):
            name = name[1:-1].replace('""', '"')
        if len(name.encode("utf-8", "replace")) > most and name not in seen:
            seen.add(name)
            yield Match(Span(token.start, token.end), {"name": name[:20] + "…", "object": name})
