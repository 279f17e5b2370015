"""CREATE INDEX as a fact: what is a key, what is its operator class, and where each word stands."""

import pytest

from dsql_migrate.source.build import read
from dsql_migrate.source.facts import CreateIndex, Span


def index(text: str) -> CreateIndex:
    fact = read(text.encode())
    assert isinstance(fact, CreateIndex), fact
    return fact


def under(span: Span | None, text: str) -> str | None:
    return None if span is None else span.of(text.encode())


@pytest.mark.parametrize(
    ("key", "column", "expression", "collation", "opclass", "order"),
    [
        ("a", "a", None, None, None, None),
        ("a DESC NULLS LAST", "a", None, None, None, "DESC"),
        ('"DESC" "ASC" desc', "DESC", None, None, '"ASC"', "desc"),
        ("nulls xops nulls last", "nulls", None, None, "xops", None),
        ("text_ops text_ops", "text_ops", None, None, "text_ops", None),
        ('a COLLATE pg_catalog."C" s.text_ops DESC', "a", None, 'COLLATE pg_catalog."C"', "s.text_ops", "DESC"),
        ("a gist_ops(siglen = 8, x = ')') ASC", "a", None, None, "gist_ops(siglen = 8, x = ')')", "ASC"),
        ('U&"d\\0061t" U&"x\\0061"', "dat", None, None, 'U&"x\\0061"', None),
        ("lower(text_ops) text_ops", None, "lower(text_ops)", None, "text_ops", None),
        ("(ä || ' DESC') ASC", None, "(ä || ' DESC')", None, None, "ASC"),
        ("coalesce(b, ',') COLLATE \"C\" NULLS FIRST", None, "coalesce(b, ',')", 'COLLATE "C"', None, None),
        ("cast(a AS text)", None, "cast(a AS text)", None, None, None),
        ("(data ->> 'x') -- why, (\n DESC", None, "(data ->> 'x')", None, None, "DESC"),
    ],
)
def test_keys(
    key: str, column: str | None, expression: str | None, collation: str | None, opclass: str | None, order: str | None
) -> None:
    text = f"CREATE INDEX größe ON t (é, {key}, z) WITH (fillfactor = 70)"
    found = index(text).keys[1]
    assert under(found.span, text) == key
    assert (found.column, found.expression and found.expression.text) == (column, expression)
    assert under(found.collation_span, text) == collation
    assert under(found.opclass_span, text) == opclass
    assert under(found.order_span, text) == order
    assert found.order == (order.lower() if order else None)


def test_every_clause() -> None:
    text = """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "on" ON ONLY s."index" USING gin (a)
        INCLUDE (c, "D") NULLS NOT DISTINCT WITH (fastupdate=off) TABLESPACE ts
        WHERE a = 'where' AND b IN (SELECT 1);"""
    found = index(text)
    assert (found.name, str(found.table), found.method, found.include) == ("on", "s.index", "gin", ("c", "D"))
    assert found.unique
    assert found.nulls_not_distinct
    assert found.if_not_exists
    spans = (found.name_span, found.method_span, found.options_span, found.tablespace_span, found.concurrently_span)
    assert [under(s, text) for s in spans] == [
        '"on"', "USING gin", "WITH (fastupdate=off)", "TABLESPACE ts", "CONCURRENTLY",
    ]  # fmt: skip
    assert (under(found.only_span, text), under(found.index_keyword_span, text)) == ("ONLY", "INDEX")
    assert under(found.where and found.where.span, text) == "a = 'where' AND b IN (SELECT 1)"


@pytest.mark.parametrize(
    ("text", "asynchronous", "name"),
    [
        ("CREATE INDEX ASYNC i ON t (a)", True, "i"),
        ("CREATE UNIQUE INDEX async i ON t (a)", True, "i"),
        ("CREATE INDEX ASYNC ON t (a)", True, None),
        ("CREATE INDEX i ON async (a)", False, "i"),
        ('CREATE INDEX "async" ON t (a)', False, "async"),
    ],
)
def test_async_is_a_keyword_of_dsql_only(text: str, asynchronous: bool, name: str | None) -> None:
    assert (index(text).asynchronous, index(text).name) == (asynchronous, name)
