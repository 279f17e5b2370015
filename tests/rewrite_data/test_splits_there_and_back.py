"""Values that fall into several columns: loaded into columns of DSQL's types, they come back as they were printed.

PostgreSQL itself makes and prints the values, and it says that the expressions of the comparison agree for every row.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.rewrite.data.copy_format import CopySpec, CsvOptions, escape, quote, unescape
from dsql_migrate.rewrite.data.literals import quoted
from dsql_migrate.rewrite.data.rows import RowPlan, convert_rows
from dsql_migrate.rewrite.data.split_literals import split_sql
from dsql_migrate.rewrite.forms import Situation, TypeChoice, choose
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Span, TypeName
from dsql_migrate.target import load_target

pytestmark = pytest.mark.server
bulk = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
Connection = psycopg.Connection[tuple[Any, ...]]

TYPES = (
    "CREATE TYPE weight AS RANGE (subtype = float8)",
    "CREATE TYPE word AS RANGE (subtype = text)",
    "CREATE TYPE point_of_time AS (day date, clock timestamp(3) with time zone)",
    "CREATE DOMAIN never_null AS text NOT NULL",
    'CREATE TYPE person AS ("full name" text, at point_of_time, tags text[], span int4range, size numeric, ok boolean)',
    "CREATE TYPE only_some AS (a never_null, b integer)",
)


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Connection]:
    with psycopg.connect(server.create_database("splits"), autocommit=True) as connection:
        for setting in ("TimeZone TO 'UTC'", "DateStyle TO 'ISO'", "IntervalStyle TO 'postgres'"):
            connection.execute(f"SET {setting}")
        for statement in TYPES:
            connection.execute(statement.encode())
        yield connection


def form(name: str, *, not_null: bool = False, **wanted: str) -> TypeChoice:
    """What a column of the type becomes, by the decisions given and else the defaults."""
    catalogue = Catalogue()
    for number, statement in enumerate(TYPES, 1):
        fact = read(statement.encode())
        assert fact is not None
        catalogue.apply(fact, number, number)
    defaults = {"ranges": "columns", "multiranges": "jsonb", "composites": "flatten", "arrays": "jsonb"}

    def want(key: str, id: str | None = None) -> str:
        return wanted.get(key) or defaults.get(key, "text")

    return choose(Situation(catalogue, load_target(None), want, not_null=not_null), TypeName(None, name))


def texts(database: Connection, query: str) -> list[bytes | None]:
    with database.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT".encode()) as copy:
        lines = b"".join(bytes(part) for part in copy).split(b"\n")[:-1]
    return [None if line == b"\\N" else unescape(line) for line in lines]


def rows(database: Connection, query: str) -> list[tuple[bytes | None, ...]]:
    with database.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT".encode()) as copy:
        lines = b"".join(bytes(part) for part in copy).split(b"\n")[:-1]
    return [tuple(None if f == b"\\N" else unescape(f) for f in line.split(b"\t")) for line in lines]


CSV = CopySpec(b",", b"", CsvOptions())


def comes_back(database: Connection, name: str, *, not_null: bool = False) -> None:
    """The values of the table ``there`` through COPY in text and CSV form, and through INSERT."""
    choice = form(name, not_null=not_null)
    split, columns = choice.split, [f"c{i}" for i in range(len(choice.facets))]
    assert split is not None
    assert split.width == len(columns) == len(split.source_sql) == len(split.target_sql)
    was = texts(database, "SELECT v FROM there ORDER BY n")
    made = ", ".join(f"{c} {f.sql.replace('public.', '')}" for c, f in zip(columns, choice.facets, strict=True))
    checks = "".join(f", CHECK ({check.format(*columns)})" for check in choice.checks)
    for way in ("text", "csv", "insert"):
        database.execute(f"DROP TABLE IF EXISTS here; CREATE TEMP TABLE here (n serial, {made}{checks})".encode())
        if way == "insert":
            literals = [b"NULL" if value is None else quoted(value) for value in was]
            values = b",".join(b"(" + split_sql(t, Span(0, len(t)), split) + b")" for t in literals)
            database.execute(f"INSERT INTO here ({', '.join(columns)}) VALUES ".encode() + values)
        else:
            spec = CSV if way == "csv" else CopySpec()
            fields = (spec.null if v is None else quote(v, spec) if way == "csv" else escape(v) for v in was)
            data = b"".join(convert_rows([b"".join(f + b"\n" for f in fields)], spec, RowPlan(1, splits={0: split})))
            options = "(FORMAT csv)" if way == "csv" else ""
            into = f"COPY here ({', '.join(columns)}) FROM STDIN {options}"
            with database.cursor() as cursor, cursor.copy(into.encode()) as copy:
                copy.write(data)
        there = rows(database, f"SELECT {', '.join(columns)} FROM here ORDER BY n")
        assert [split.back(found) for found in there] == was, way
        agree(database, choice, columns)


def agree(database: Connection, choice: TypeChoice, columns: Sequence[str]) -> None:
    assert choice.split is not None
    for source, target, column in zip(choice.split.source_sql, choice.split.target_sql, columns, strict=True):
        assert source is not None
        first = texts(database, f"SELECT {source('v')} FROM there ORDER BY n")
        assert first == texts(database, f"SELECT {target(column)} FROM here ORDER BY n"), column


def json_comes_back(database: Connection, name: str, **wanted: str) -> None:
    found = form(name, **wanted).conversion
    assert found is not None
    assert found.source_sql is not None
    assert found.back is not None
    was = texts(database, "SELECT v FROM there ORDER BY n")
    fields = b"".join((b"\\N" if v is None else escape(v)) + b"\n" for v in was)
    data = b"".join(convert_rows([fields], CopySpec(), RowPlan(1, {0: found})))
    database.execute(b"DROP TABLE IF EXISTS here; CREATE TEMP TABLE here (n serial, v jsonb)")
    with database.cursor() as cursor, cursor.copy("COPY here (v) FROM STDIN") as copy:
        copy.write(data)
    there = texts(database, "SELECT v FROM here ORDER BY n")
    assert [None if v is None else found.back(v) for v in there] == was
    source = texts(database, f"SELECT {found.source_sql('v')} FROM there ORDER BY n")
    assert source == texts(database, f"SELECT {found.target_sql('v')} FROM here ORDER BY n")


# --- ranges ---

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
DAYS = st.dates().map(str) | st.sampled_from(["infinity", "-infinity", "0044-03-15 BC"])
TIMES = st.datetimes(min_value=datetime.datetime(1, 1, 1)).map(str) | st.sampled_from(["infinity", "-infinity"])
WHOLE = st.integers(-(2**31), 2**31 - 2).map(str)
DIGITS = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal(-10) ** 9, max_value=10**9, places=3).map(
    lambda number: str(number.normalize()) if number != number.to_integral() else str(int(number))
)
FLOATS = st.floats(allow_nan=False).map(lambda f: repr(f or 0.0))  # jsonb has no -0


def pairs(ends: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str | None, str | None, str] | None]]:
    one = st.tuples(st.none() | ends, st.none() | ends, st.sampled_from(["[)", "[]", "(]", "()"]))
    return st.lists(st.none() | one, max_size=30)


def put(database: Connection, name: str, subtype: str, found: list[tuple[str | None, str | None, str] | None]) -> None:
    """The ranges whose ends are in order, NULL and the empty range too."""
    database.execute(f"DROP TABLE IF EXISTS there; CREATE TEMP TABLE there (n serial, v {name})".encode())
    database.execute(f"INSERT INTO there (v) VALUES (NULL), ('empty'), ('(,)'::{name})".encode())
    for pair in found:
        low, high, bounds = pair or (None, None, "[)")
        if pair is not None:
            order = f"SELECT %s::{subtype} > %s::{subtype}"
            swap = database.execute(order.encode(), (low, high)).fetchone() == (True,)
            low, high = (high, low) if swap else (low, high)
            database.execute(f"INSERT INTO there (v) VALUES ({name}(%s, %s, %s))".encode(), (low, high, bounds))


RANGES = [
    ("int4range", "int4", WHOLE),
    ("daterange", "date", st.dates(max_value=datetime.date(9998, 1, 1)).map(str)),
    ("daterange", "date", DAYS),
    ("tsrange", "timestamp", TIMES),
    ("tstzrange", "timestamptz", TIMES),
    ("weight", "float8", FLOATS),
    ("word", "text", WORDS),
]


@pytest.mark.parametrize(("name", "subtype", "ends"), RANGES, ids=[f"{r[0]}{i}" for i, r in enumerate(RANGES)])
def test_a_range_is_its_ends_and_bounds(
    database: Connection, name: str, subtype: str, ends: st.SearchStrategy[str]
) -> None:
    @bulk
    @given(pairs(ends))
    def run(found: list[tuple[str | None, str | None, str] | None]) -> None:
        put(database, name, subtype, found)
        comes_back(database, name)
        json_comes_back(database, name, ranges="jsonb")

    run()


def test_a_negative_zero_keeps_its_sign_as_a_column(database: Connection) -> None:
    put(database, "weight", "float8", [(None, "-0.0", "[)"), ("-0.0", "1", "[]")])
    comes_back(database, "weight")


@bulk
@given(pairs(DIGITS))
def test_numeric_ends_come_back_by_value(
    database: Connection, found: list[tuple[str | None, str | None, str] | None]
) -> None:
    put(database, "numrange", "numeric", found)
    json_comes_back(database, "numrange", ranges="jsonb")
    split = form("numrange").split
    assert split is not None
    for value in texts(database, "SELECT v FROM there"):
        assert split.back(split.convert(value)) == value


@bulk
@given(st.lists(st.lists(st.tuples(st.integers(-99, 99), st.integers(0, 9)), max_size=4), max_size=12))
def test_multiranges_are_arrays_of_ranges(database: Connection, found: list[list[tuple[int, int]]]) -> None:
    database.execute(b"DROP TABLE IF EXISTS there; CREATE TEMP TABLE there (n serial, v int4multirange)")
    database.execute(b"INSERT INTO there (v) VALUES (NULL), ('{}'), ('{(,)}')")
    for one in found:
        value = "{" + ",".join(f"[{low},{low + size})" for low, size in one) + "}"
        database.execute(b"INSERT INTO there (v) VALUES (%s::int4multirange)", (value,))
    json_comes_back(database, "int4multirange")


# --- composites ---

PERSON = st.tuples(
    st.none() | WORDS,
    st.none() | st.tuples(st.none() | DAYS, st.none() | TIMES),
    st.none() | st.lists(st.none() | WORDS, max_size=3),
    st.none() | st.sampled_from(["empty", "[1,5)", "(,)", "[3,)"]),
    st.none(),
    st.none() | st.booleans(),
)


@pytest.mark.parametrize("not_null", [False, True])
def test_a_composite_is_its_fields(database: Connection, not_null: bool) -> None:
    @bulk
    @given(st.lists(PERSON, max_size=15))
    def run(found: list[tuple[Any, ...]]) -> None:
        database.execute(b"DROP TABLE IF EXISTS there; CREATE TEMP TABLE there (n serial, v person)")
        empty = b"" if not_null else b"(NULL), "
        database.execute(b"INSERT INTO there (v) VALUES " + empty + b"('(,,,,,)'), ('(\"\",\"(,)\",{},empty,,f)')")
        for name, when, tags, span, size, ok in found:
            at = "ROW(%s::date, %s::timestamptz)::point_of_time" if when is not None else "NULL"
            sql = f"INSERT INTO there (v) VALUES (ROW(%s, {at}, %s::text[], %s::int4range, %s::numeric, %s)::person)"
            database.execute(sql.encode(), (name, *(when or ()), tags, span, size, ok))
        comes_back(database, "person", not_null=not_null)
        json_comes_back(database, "person", composites="jsonb")

    run()


def test_a_field_that_may_not_be_null_may_be_absent_with_its_row(database: Connection) -> None:
    database.execute(b"DROP TABLE IF EXISTS there; CREATE TEMP TABLE there (n serial, v only_some)")
    database.execute(b"INSERT INTO there (v) VALUES (NULL), ('(x,1)'), ('(\"\",)')")
    comes_back(database, "only_some")
