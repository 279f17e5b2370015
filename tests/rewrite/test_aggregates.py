"""Which built-in aggregate one of the script is, if any."""

from __future__ import annotations

import pytest

from dsql_migrate.rewrite.decisions import Decisions
from dsql_migrate.rewrite.objects.aggregates import builtin_of
from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.reading import read_script
from dsql_migrate.source.open import source_of
from dsql_migrate.target import load_target

CONCAT = "CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 || ', ' || $2 END"
TURNED = "CASE WHEN a IS NULL THEN (b) WHEN b IS NULL THEN a ELSE (a || ' AND '::text) || b END"
FORGETS = "CASE WHEN $1 IS NULL THEN $2 ELSE $1 || ':' || $2 END"  # a NULL among the values forgets those before it


def shown(function: str, aggregate: str) -> str | None:
    script = read_script(source_of(f"{function};\nCREATE AGGREGATE {aggregate};\n".encode(), "script.sql"))
    plan = Plan(script, load_target(), Decisions())
    (found,) = [r for r in script.catalogue.routines.values() if r.kind == "aggregate"]
    builtin = builtin_of(plan, found)
    return builtin.shown if builtin is not None else None


@pytest.mark.parametrize(
    ("function", "aggregate", "wanted"),
    [
        (
            f"CREATE FUNCTION _gc(text, text) RETURNS text LANGUAGE sql AS $$SELECT {CONCAT};$$",
            "group_concat(text) (SFUNC = _gc, STYPE = text)",
            "string_agg(…, ', ')",
        ),
        (
            f"CREATE FUNCTION _gc(a text, b text) RETURNS text LANGUAGE sql AS $$SELECT {TURNED}$$",
            "joined(text) (SFUNC = public._gc, STYPE = text, PARALLEL = SAFE)",
            "string_agg(…, ' AND ')",
        ),
        (
            "CREATE FUNCTION j(text, text) RETURNS text STRICT LANGUAGE sql AS $$SELECT $1 || '/' || $2$$",
            "path(text) (SFUNC = j, STYPE = text)",
            "string_agg(…, '/')",
        ),
        ("SELECT 1", "all_of(anyelement) (SFUNC = array_append, STYPE = anyarray)", "array_agg(…)"),
        (
            "SELECT 1",
            "all_of (BASETYPE = anyelement, SFUNC = array_append, STYPE = anyarray, INITCOND = '{}')",
            "COALESCE(array_agg(…), '{}')",
        ),
        (
            "CREATE FUNCTION f(anyelement, anyelement) RETURNS anyelement STRICT LANGUAGE sql AS $$SELECT $1$$",
            "first(anyelement) (SFUNC = f, STYPE = anyelement)",
            "the first element of array_agg(…)",
        ),
    ],
)
def test_it_is_known_by_its_transition_function(function: str, aggregate: str, wanted: str) -> None:
    assert shown(function, aggregate) == wanted


@pytest.mark.parametrize(
    ("function", "aggregate"),
    [
        (
            f"CREATE FUNCTION cc(text, text) RETURNS text LANGUAGE sql AS $$SELECT {FORGETS}$$",
            "concat_colon(text) (SFUNC = cc, STYPE = text)",
        ),
        (
            f"CREATE FUNCTION _gc(text, text) RETURNS text LANGUAGE sql AS $$SELECT {CONCAT}$$",
            "started(text) (SFUNC = _gc, STYPE = text, INITCOND = 'all:')",
        ),
        (
            "CREATE FUNCTION j(text, text) RETURNS text LANGUAGE sql AS $$SELECT $1 || '/' || $2$$",
            "path(text) (SFUNC = j, STYPE = text)",
        ),
        (
            "CREATE FUNCTION m(numeric[]) RETURNS numeric LANGUAGE sql AS $$SELECT avg(v) FROM unnest($1) v$$",
            "median(numeric) (SFUNC = array_append, STYPE = numeric[], INITCOND = '{}', FINALFUNC = m)",
        ),
        ("SELECT 1", "product(numeric) (SFUNC = numeric_mul, STYPE = numeric)"),
    ],
)
def test_one_that_gives_something_else_for_some_input_is_none(function: str, aggregate: str) -> None:
    assert shown(function, aggregate) is None
