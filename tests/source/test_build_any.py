"""Any bytes give a fact or an Unreadable, and every span of a fact lies inside its statement."""

import dataclasses
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_migrate.source.build import read
from dsql_migrate.source.facts import CreateTable, Fact, Span, Unreadable
from dsql_migrate.source.open import open_source
from dsql_migrate.source.script import pieces

WORDS = [
    "create", "table", "t", "(a", "int", "default", "1", "not", "null,", "b", "text", "collate",
    "\"C\"", "unique,", "primary", "key", "(a))", "alter", "add", "column", "if", "exists", "index",
    "async", "on", "using", "(", ")", ",", ";", ".", "[", "]", "%", "type", "array", "'", "''",
    "\"", "$$", "/*", "*/", "--", "\n", "é", "\0", "U&\"\\0061\"", "E'\\x'", "insert", "into",
    "values", "select", "view", "as", "with", "data", "schema", "function", "returns", "language",
    "sql", "generated", "always", "identity", "partition", "of", "for", "check", "constraint",
    "references", "enum", "domain", "grant", "to", "comment", "is", "copy", "from", "stdin",
    "serial", "timestamp", "time", "zone", "interval", "year",
]  # fmt: skip


def spans(value: Any) -> Iterator[Span]:
    if isinstance(value, Span):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from spans(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from spans(item)


def check(text: bytes) -> Fact:
    fact = read(text)
    for span in spans(fact):
        assert 0 <= span.start <= span.end <= len(text), (fact, span)
    if isinstance(fact, CreateTable):
        places = sorted((c.span.start, c.span.end) for c in fact.columns)
        assert all(a[1] <= b[0] for a, b in pairwise(places)), fact
    return fact


@pytest.fixture(scope="session")
def statements(corpus: Path) -> list[bytes]:
    found = set()
    for path in sorted(corpus.rglob("*.sql")):
        with open_source(str(path)) as source:
            found |= {p.sql for p in pieces(source) if p.kind == "sql" and len(p.text) < 100_000}
    return sorted(found)


def test_every_statement_of_the_corpus_is_read(statements: list[bytes]) -> None:
    assert [text[:60] for text in statements if isinstance(check(text), Unreadable)] == []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=30).map(lambda w: " ".join(w).encode()))
def test_any_bytes(text: bytes) -> None:
    check(text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_broken_statements_of_the_corpus(statements: list[bytes], data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(statements))[:3000].split(b" ")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(words)))
        drop = data.draw(st.integers(0, 2))
        words[at : at + drop] = data.draw(st.lists(st.sampled_from(WORDS).map(str.encode), max_size=2))
    check(b" ".join(words))


@pytest.mark.parametrize("depth", [10, 1000, 20_000])
@pytest.mark.parametrize(
    ("before", "unit", "middle", "after", "end"),
    [
        ("SELECT ", "(", "1", ")", ""),
        ("SELECT ", "1 + ", "1", "", ""),
        ("SELECT ", "NOT ", "true", "", ""),
        ("SELECT 1", " UNION SELECT 1", "", "", ""),
        ("SELECT ", "CAST(", "1", " AS int)", ""),
        ("CREATE TABLE t (a int CHECK (", "(", "a", ")", "))"),
        ("CREATE TABLE t (a int DEFAULT ", "f(", "1", ")", ")"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT ", "f(", "1", ")", "$$"),
    ],
)
def test_deep_nesting(before: str, unit: str, middle: str, after: str, end: str, depth: int) -> None:
    fact = check((before + unit * depth + middle + after * depth + end).encode())
    assert depth > 10 or not isinstance(fact, Unreadable)
