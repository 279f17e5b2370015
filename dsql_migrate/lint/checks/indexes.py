"""Checks on indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix, Match
from dsql_migrate.lint.rewriting import deletion
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source import regex
from dsql_migrate.source.facts import CreateIndex, IndexKey, Span

# Under the C collation, which is the only one DSQL has, these order as the default operator class does.
_SAME_AS_DEFAULT = regex.compile(
    r"(text|varchar|bpchar)_(pattern_)?ops|(int[248]|uuid|date|bool|numeric|timestamp|timestamptz)_ops"
)
_SAME_COLLATION = frozenset({"C", "POSIX", "default"})


@check
def index_method(subject: Subject, context: Context) -> Iterator[Match]:
    """USING: DSQL has one kind of index; btree is that kind, the others are not."""
    index: CreateIndex = subject.part
    if index.method_span is None:
        return
    fix = Fix("safe", (deletion(index.method_span, context.text),)) if index.method == "btree" else None
    yield Match(index.method_span, {"method": index.method}, fix=fix)


@check
def index_opclass(subject: Subject, context: Context) -> Iterator[Match]:
    """An operator class on a key."""
    key: IndexKey = subject.part
    if key.opclass is None:
        return
    at = key.opclass_span or key.span
    same = _SAME_AS_DEFAULT.fullmatch(key.opclass.name) and key.opclass_span is not None
    yield Match(at, {"opclass": str(key.opclass)}, fix=Fix("safe", (deletion(at, context.text),)) if same else None)


@check
def index_collation(subject: Subject, context: Context) -> Iterator[Match]:
    """COLLATE on a key."""
    key: IndexKey = subject.part
    if key.collation_span is None:
        return
    same = (key.collation or "").rpartition(".")[2] in _SAME_COLLATION
    fix = Fix("safe", (deletion(key.collation_span, context.text),)) if same else None
    yield Match(key.collation_span, {"collation": key.collation or ""}, fix=fix)


_NAME = rb'(?:[A-Za-z_\x80-\xff][\w$\x80-\xff]*|"(?:[^"]|"")+")'
_QUALIFIED = regex.compile(
    rb"\s*create\s+(?:unique\s+)?index\s+(?:(?:concurrently|async)\s+)?(?:if\s+not\s+exists\s+)?"
    rb"((" + _NAME + rb"\s*\.)\s*(" + _NAME + rb"))\s+on\b",
    re.IGNORECASE,
)


@check
def index_name_qualified(subject: Subject, context: Context) -> Iterator[Match]:
    """CREATE INDEX schema.name: PostgreSQL's grammar refuses it as well, so it comes as an unreadable statement."""
    found = qualified_index(context.text)
    if found is not None:
        name, prefix = found
        fix = Fix("safe", (Edit(prefix.start, prefix.end, ""),))
        yield Match(name, {"name": name.of(context.text), "object": name.of(context.text)}, fix=fix)


def qualified_index(text: bytes) -> tuple[Span, Span] | None:
    """Where the qualified name of an index stands, and its schema with the dot; None for any other statement."""
    body = re.match(rb"(?:\s+|--[^\n]*\n?|/\*.*?\*/)*", text, re.DOTALL)
    found = _QUALIFIED.match(text, body.end() if body else 0)
    return None if found is None else (Span(*found.span(1)), Span(*found.span(2)))
