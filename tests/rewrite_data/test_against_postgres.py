"""The conversions against PostgreSQL itself: what to_jsonb and the casts give for the same values."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.array import ListDumper

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.rewrite.data.insert import converted
from dsql_migrate.rewrite.data.values import Conversion, SourceType, conversion
from dsql_migrate.source.facts import Span

pytestmark = pytest.mark.server
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Connection]:
    with psycopg.connect(server.create_database("values"), autocommit=True) as connection:
        for setting in ("TimeZone TO 'UTC'", "DateStyle TO 'ISO'", "IntervalStyle TO 'postgres'", "lc_monetary TO 'C'"):
            connection.execute(f"SET {setting}")
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'oh, \"happy\"')")
        connection.execute("CREATE TYPE pair AS (a int, b text)")
        yield connection


def known(source: SourceType, target: str) -> Conversion:
    found = conversion(source, target)
    assert found is not None
    return found


def agrees(database: Connection, type_name: str, literal: str, source: SourceType, target: str) -> None:
    """Convert what PostgreSQL prints for the literal; compare as verification will."""
    found = known(source, target)
    assert found.source_sql is not None
    row = database.execute(
        f"SELECT concat(v), {found.source_sql('v')} AS w FROM (SELECT %s::{type_name} AS v) t", [literal]
    )
    printed, expected = row.fetchone() or ("", None)
    after = found.convert(printed.encode()).decode()
    row = database.execute(f"SELECT {found.target_sql('v')} FROM (SELECT %s::{target} AS v) t", [after])
    assert row.fetchone() == (expected,), (printed, after)
    if target == "jsonb":  # the text is what digests are made of: 1.50 is not 1.5 there
        texts = database.execute(
            f"SELECT ({found.source_sql('v')})::text, %s::jsonb::text FROM (SELECT %s::{type_name} AS v) t",
            [after, literal],
        ).fetchone()
        assert texts
        assert texts[0] == texts[1]


def nested(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Arrays of one to three dimensions, rectangular, with NULLs."""

    def of(sizes: list[int]) -> st.SearchStrategy[Any]:
        found: st.SearchStrategy[Any] = elements | st.none()
        for size in sizes:
            found = st.lists(found, min_size=size, max_size=size)
        return found

    return st.lists(st.integers(1, 3), min_size=1, max_size=3).flatmap(of)


def dumped(database: Connection, value: Any, type_name: str) -> str:
    """The literal of nested lists, made by psycopg, not by the code under test."""
    with database.cursor() as cursor:
        text = ListDumper(list, cursor).dump(value)
    return bytes(text or b"{}").decode()


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
stamps = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30))
zones = st.timezones() | st.just(datetime.timezone(datetime.timedelta(hours=5, minutes=45)))


@few
@given(value=nested(texts))
def test_text_arrays(database: Connection, value: Any) -> None:
    agrees(database, "text[]", dumped(database, value, "text"), SourceType("text", 1), "jsonb")


@few
@given(value=nested(st.integers(-(2**63), 2**63 - 1)))
def test_integer_arrays(database: Connection, value: Any) -> None:
    agrees(database, "int8[]", dumped(database, value, "int8"), SourceType("int8", 1), "jsonb")


@few
@given(value=nested(st.floats() | st.integers(2**53, 2**63).map(float)))
def test_double_arrays(database: Connection, value: Any) -> None:
    agrees(database, "float8[]", dumped(database, value, "float8"), SourceType("float8", 1), "jsonb")


@few
@given(value=nested(st.floats(width=32) | st.integers(2**23, 2**24).map(lambda i: float(i * 64))))
def test_real_arrays(database: Connection, value: Any) -> None:
    agrees(database, "float4[]", dumped(database, value, "float4"), SourceType("float4", 1), "jsonb")


@few
@given(value=nested(st.decimals(places=None)))
def test_numeric_arrays(database: Connection, value: Any) -> None:
    literal = dumped(database, json.loads(json.dumps(value, default=lambda d: "NaN" if d.is_nan() else str(d))), "text")
    agrees(database, "numeric[]", literal, SourceType("numeric", 1), "jsonb")


@few
@given(value=nested(st.booleans()))
def test_boolean_arrays(database: Connection, value: Any) -> None:
    agrees(database, "bool[]", dumped(database, value, "bool"), SourceType("bool", 1), "jsonb")


@few
@given(value=nested(stamps))
def test_timestamp_arrays(database: Connection, value: Any) -> None:
    agrees(database, "timestamp[]", dumped(database, value, "timestamp"), SourceType("timestamp", 1), "jsonb")


@few
@given(value=st.lists(stamps, min_size=1, max_size=3), zone=zones)
def test_timestamptz_arrays_in_any_zone_are_told_in_utc(
    database: Connection, value: list[datetime.datetime], zone: datetime.tzinfo
) -> None:
    literal = "{" + ",".join(f'"{v.replace(tzinfo=zone).isoformat(" ")}"' for v in value) + "}"
    found = known(SourceType("timestamptz", 1), "jsonb").convert(literal.encode()).decode()
    row = database.execute("SELECT to_jsonb(%s::timestamptz[])::text, %s::jsonb::text", [literal, found]).fetchone()
    assert row
    assert row[0] == row[1]


@pytest.mark.parametrize(
    ("type_name", "literal", "source", "target"),
    [
        ("date[]", "{4713-01-01 BC,0001-01-01,infinity,5874897-12-31}", SourceType("date", 1), "jsonb"),
        ("timestamp[]", '{"0044-03-15 12:30:00.000001 BC",-infinity}', SourceType("timestamp", 1), "jsonb"),
        ("timestamp[]", '{"294276-12-31 23:59:59.999999"}', SourceType("timestamp", 1), "jsonb"),
        ("timestamptz[]", '{"0001-01-01 00:30:00+02"}', SourceType("timestamptz", 1), "jsonb"),
        ("timestamptz[]", '{"4713-01-01 00:00:00+00 BC"}', SourceType("timestamptz", 1), "jsonb"),
        ("jsonb[]", '{"{\\"a\\": [1.50, null]}",NULL,"\\"x\\"","[]"}', SourceType("jsonb", 1), "jsonb"),
        ("json[]", '{"{\\"b\\": 1,  \\"a\\": 2, \\"b\\": 3}"}', SourceType("json", 1), "jsonb"),
        ("int4[]", "[0:2]={1,2,3}", SourceType("int4", 1), "jsonb"),
        ("int4[]", "[-1:0][3:4]={{1,2},{3,NULL}}", SourceType("int4", 2), "jsonb"),
        ("int4[]", "{}", SourceType("int4", 1), "json"),
        ("box[]", "{(1,1),(0,0);(2,2),(0,0)}", SourceType("box", 1), "jsonb"),
        ("mood[]", '{sad,"oh, \\"happy\\""}', SourceType("mood", 1, "enum"), "jsonb"),
        ("pair[]", '{"(1,\\"a b\\")","(,)"}', SourceType("pair", 1, "composite"), "jsonb"),
        ("char(3)[]", "{a,bcd}", SourceType("bpchar", 1), "jsonb"),
        ("inet[]", "{10.0.0.1/32,::1}", SourceType("inet", 1), "jsonb"),
        ("interval[]", '{"1 day 02:03:04",-1 mons}', SourceType("interval", 1), "jsonb"),
        ("bytea[]", '{"\\\\xdead"}', SourceType("bytea", 1), "jsonb"),
        ("money[]", '{"$1,234.50"}', SourceType("money", 1), "jsonb"),
        ("text[]", '{"a b",NULL}', SourceType("text", 1), "text"),
        ("money", "-1234.5", SourceType("money"), "numeric"),
        ("money", "0", SourceType("money"), "numeric"),
        ("bytea", "\\xDEad", SourceType("bytea"), "text"),
        ("inet", "10.0.0.1/32", SourceType("inet"), "text"),
        ("cidr", "10.0.0.0/8", SourceType("cidr"), "text"),
        ("char(5)", "ab", SourceType("bpchar"), "text"),
        ("int4range", "[1,5]", SourceType("int4range", 0, "range"), "text"),
        ("bit(3)", "101", SourceType("bit"), "text"),
        ("tsvector", "b a:1", SourceType("tsvector"), "text"),
        ("point", "(1,2)", SourceType("point"), "text"),
        ("mood", 'oh, "happy"', SourceType("mood", 0, "enum"), "text"),
        ("pair", '(1,"a b")', SourceType("pair", 0, "composite"), "text"),
        ("json", '{"b": 1, "a": 1.0}', SourceType("json"), "jsonb"),
        ("json", '{"b": 1, "a": 1.0}', SourceType("json"), "json"),
        ("jsonb", '{"b": 1, "a": 1.0}', SourceType("jsonb"), "json"),
        ("oid", "4294967295", SourceType("oid"), "int8"),
        ("xid", "4294967295", SourceType("xid"), "int8"),
        ("numeric", "1.500", SourceType("numeric"), "numeric(10,2)"),
        ("int4", "-7", SourceType("int4"), "int8"),
        ("float4", "0.1", SourceType("float4"), "float8"),
        ("interval", "1 day 2 hours", SourceType("interval"), "text"),
        ('"char"', "a", SourceType("char"), "text"),
        ("name", "a b", SourceType("name"), "text"),
    ],
)  # fmt: skip
def test_values_of_other_types(
    database: Connection, type_name: str, literal: str, source: SourceType, target: str
) -> None:
    agrees(database, type_name, literal, source, target)


@pytest.mark.parametrize(
    ("type_name", "literal"),
    [
        ("inet", "10.0.0.1/32"),
        ("inet", "10.0.0.1/8"),
        ("inet", "2001:DB8:0:0::1"),
        ("inet", "::ffff:1.2.3.4"),
        ("cidr", "10.0.0.1"),
        ("cidr", "10.0.0.0/8"),
        ("macaddr", "08-00-2B-01-02-03"),
        ("int4range", "[1,5]"),
        ("int4range", "(1,5)"),
        ("int4range", "(1, 2)"),
        ("int4range", "[ 3,)"),
        ("int8range", "[,7]"),
        ("int4range", "Empty"),
        ("int4range", "[4,4)"),
        ("daterange", "[2020-02-28,2020-02-29]"),
        ("daterange", "[2020-1-1,infinity]"),
        ("numrange", "[1.50,2.0]"),
        ("tsrange", "[2020-01-01,2020-01-02 10:30)"),
        ("tstzrange", '["2020-01-01 00:00:00+02",]'),
    ],
)
def test_literals_of_types_that_become_text(database: Connection, type_name: str, literal: str) -> None:
    found = known(SourceType(type_name), "text").literal
    assert found is not None
    assert database.execute(f"SELECT concat(%s::{type_name})", [literal]).fetchone() == (
        found(literal.encode()).decode(),
    )


@pytest.mark.parametrize(
    "expression",
    [
        "'{a,b}'",
        "E'{\"a\\\\\"b\",\\'c}'",
        "$x${a,b}$x$",
        "'{a,b}'::text[]",
        "CAST('{a}' AS text[])",
        "text '{a}'",
        "NULL::text[]",
        "ARRAY['a', 'b,c', NULL, 'null', '']",
        "ARRAY[['a','b'],['c','d']]::text[]",
        "ARRAY[ARRAY['a'], ARRAY['it''s \"x\"']]",
        "ARRAY[]::text[]",
        "('{a}')",
        "U&'{d\\0061t\\+000061}'",
        "'{a'\n  ',b}'",
    ],
)
def test_constants_of_insert_statements(database: Connection, expression: str) -> None:
    text = expression.encode()
    new = converted(text, Span(0, len(text)), known(SourceType("text", 1), "jsonb"))
    assert new is not None
    row = database.execute(f"SELECT to_jsonb(({expression})::text[]), {new.decode()}::jsonb".replace("%", "%%"))
    found = row.fetchone()
    assert found
    assert found[0] == found[1]
