"""There and back: values that PostgreSQL prints go into the type of DSQL, are printed again, and come back the same.

Values are made in bulk, and PostgreSQL itself says what each looks like in either type. COPY and INSERT are both gone
through.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.array import ListDumper

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.rewrite.data.copy_format import CopySpec, escape, unescape
from dsql_migrate.rewrite.data.insert import converted
from dsql_migrate.rewrite.data.literals import quoted
from dsql_migrate.rewrite.data.rows import RowPlan, convert_rows
from dsql_migrate.rewrite.data.values import Conversion, SourceType, conversion
from dsql_migrate.source.facts import Span

pytestmark = pytest.mark.server
bulk = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Connection]:
    with psycopg.connect(server.create_database("round_trips"), autocommit=True) as connection:
        for setting in ("TimeZone TO 'UTC'", "DateStyle TO 'ISO'", "IntervalStyle TO 'postgres'", "lc_monetary TO 'C'"):
            connection.execute(f"SET {setting}")
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'oh, \"happy\"', '', 'null', '{\\}')")
        connection.execute("CREATE TYPE pair AS (a int, b text)")
        connection.execute("CREATE TYPE span AS RANGE (subtype = text)")
        yield connection


def printed(database: Connection, type_name: str, literals: Sequence[str]) -> list[bytes]:
    """What PostgreSQL prints for each literal of the type, by COPY."""
    database.execute(f"DROP TABLE IF EXISTS there; CREATE TEMP TABLE there (n serial, v {type_name})".encode())
    with database.cursor() as cursor, cursor.copy("COPY there (v) FROM STDIN") as copy:
        for literal in literals:
            copy.write_row((literal,))
    return column_of(database, "there")


def column_of(database: Connection, table: str) -> list[bytes]:
    with (
        database.cursor() as cursor,
        cursor.copy(f"COPY (SELECT v FROM {table} ORDER BY n) TO STDOUT".encode()) as copy,
    ):
        data = b"".join(bytes(part) for part in copy)
    return [unescape(line) for line in data.split(b"\n")[:-1]]


def comes_back(database: Connection, type_name: str, literals: Sequence[str], source: SourceType, target: str) -> None:
    """Through COPY, and through INSERT, there and back; verification's expressions agree with it."""
    found = conversion(source, target)
    assert found is not None
    was = printed(database, type_name, literals)
    rows = b"".join(escape(value) + b"\n" for value in was)
    data = b"".join(convert_rows([rows], CopySpec(), RowPlan(1, {0: found}))) if not found.unchanged else rows
    database.execute(f"DROP TABLE IF EXISTS here; CREATE TEMP TABLE here (n serial, v {target})".encode())
    with database.cursor() as cursor, cursor.copy("COPY here (v) FROM STDIN") as copy:
        copy.write(data)
    returned(found, column_of(database, "here"), was)
    agree(database, found)
    database.execute(f"DROP TABLE here; CREATE TEMP TABLE here (n serial, v {target})".encode())
    texts = [quoted(value) for value in was]
    values = b",".join(b"(" + (converted(t, Span(0, len(t)), found) or t) + b")" for t in texts)
    database.execute(b"INSERT INTO here (v) VALUES " + values)
    returned(found, column_of(database, "here"), was)


def returned(found: Conversion, now: list[bytes], was: list[bytes]) -> None:
    assert found.back is not None
    assert [found.back(value) for value in now] == was


def agree(database: Connection, found: Conversion) -> None:
    if found.source_sql is not None:
        query = (
            f"SELECT count(*) FROM (SELECT n, {found.source_sql('v')} AS w FROM there) t FULL JOIN"
            f" (SELECT n, {found.target_sql('v')} AS w FROM here) h USING (n) WHERE t.w IS DISTINCT FROM h.w"
        )
        assert database.execute(query.encode()).fetchone() == (0,)


# --- arrays ---


def arrays_of(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Many arrays of one to three dimensions, rectangular, with NULLs."""

    def of(sizes: list[int]) -> st.SearchStrategy[Any]:
        found: st.SearchStrategy[Any] = elements | st.none()
        for size in sizes:
            found = st.lists(found, min_size=size, max_size=size)
        return found

    one = st.lists(st.integers(1, 3), min_size=1, max_size=3).flatmap(of)
    return st.lists(st.just([]) | one, min_size=1, max_size=30)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["NULL", "null", "", " ", "\\", '"', "{}", "a,b", "\x01", "\u2028", "\x7f", "a'b"]
)
stamps = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30))
numbers = st.decimals(allow_nan=True, allow_infinity=False) | st.decimals(-1000, 1000, places=3)
ELEMENTS: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "varchar": texts,
    "int2": st.integers(-(2**15), 2**15 - 1),
    "int4": st.integers(-(2**31), 2**31 - 1),
    "int8": st.integers(-(2**63), 2**63 - 1),
    "float8": st.floats().map(lambda f: f or 0.0) | st.integers(2**53, 2**63).map(float),  # jsonb has no -0
    "float4": st.floats(width=32).map(lambda f: f or 0.0) | st.integers(2**23, 2**24).map(lambda i: float(i * 64)),
    "numeric": numbers,
    "bool": st.booleans(),
    "date": st.dates(),
    "timestamp": stamps,
    "timestamptz": stamps.map(lambda at: at.replace(tzinfo=datetime.UTC)),
    "uuid": st.uuids(),
    "bytea": st.binary(max_size=6),
    "mood": st.sampled_from(["sad", 'oh, "happy"', "", "null", "{\\}"]),
    "inet": st.ip_addresses(),
    "time": st.times(),
    "interval": st.timedeltas(datetime.timedelta(-10000), datetime.timedelta(10000)),
    "bpchar": texts,
    "name": st.sampled_from(["a", "A b", '"']),
    "money": st.integers(-(2**62), 2**62).map(lambda cents: f"{Decimal(cents) / 100:.2f}"),
    "point": st.tuples(st.integers(-9, 9), st.integers(-9, 9)).map(lambda p: f"({p[0]},{p[1]})"),
    "pair": st.sampled_from(["(1,a)", '(-2,"a ,b")', '(3,"\\\\")', "(,)", '(4,"")']),
    "int4range": st.tuples(st.integers(-9, 0), st.integers(0, 9)).map(lambda p: f"[{p[0]},{p[1]})"),
    "bit": st.sampled_from("01"),
}  # fmt: skip
KINDS: dict[str, Any] = {"mood": "enum", "pair": "composite", "int4range": "range"}


@pytest.mark.parametrize("target", ["jsonb", "json", "text"])
@pytest.mark.parametrize("element", sorted(ELEMENTS))
def test_arrays(database: Connection, element: str, target: str) -> None:
    @bulk
    @given(values=arrays_of(ELEMENTS[element].map(_plain)))
    def check(values: list[Any]) -> None:
        with database.cursor() as cursor:
            literals = [bytes(ListDumper(list, cursor).dump(v) or b"{}").decode() if v else "{}" for v in values]
        comes_back(database, f"{element}[]", literals, SourceType(element, 1, KINDS.get(element, "base")), target)

    check()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return "NaN" if value.is_nan() else format(value, "f") if abs(value.adjusted()) < 400 else "0"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return f"{value.days} days {value.seconds}.{value.microseconds:06d} seconds"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value if isinstance(value, bool) else str(value) if not isinstance(value, float) else repr(value)


@pytest.mark.parametrize("target", ["jsonb", "json", "text"])
def test_arrays_of_any_lower_bounds_and_of_odd_elements(database: Connection, target: str) -> None:
    integers = ["[0:2]={1,2,3}", "[-1:0][3:4]={{1,2},{3,NULL}}", "[1:2]={7,8}", "[2]={1,2}", "{}", "{{1},{2}}"]
    comes_back(database, "int4[]", integers, SourceType("int4", 1), target)
    comes_back(database, "text[]", ['[5:6]={"a b",NULL}', "[0:0]={null}"], SourceType("text", 1), target)
    stamps = ['{"0044-03-15 12:30:00.000001 BC",-infinity}', '{"294276-12-31 23:59:59.999999"}', "{infinity}"]
    comes_back(database, "timestamp[]", stamps, SourceType("timestamp", 1), target)
    comes_back(database, "timestamptz[]", stamps[:2], SourceType("timestamptz", 1), target)
    dates = ["{4713-01-01 BC,0001-01-01,infinity,5874897-12-31}"]
    comes_back(database, "date[]", dates, SourceType("date", 1), target)
    boxes = ["{(1,1),(0,0);(2,2),(0,0)}", "[0:0]={(1,1),(0,0)}", "{}"]
    comes_back(database, "box[]", boxes, SourceType("box", 1), target)
    documents = ['{"{\\"a\\": [1.50, null]}",NULL,"\\"x\\"","[]"}', "{}", '[0:0]={"{}"}', "{1,2.50,true}"]
    comes_back(database, "jsonb[]", documents, SourceType("jsonb", 1), target)
    deep = ['{{"[1]","[2]"},{"{}",NULL}}']
    comes_back(database, "jsonb[]", deep, SourceType("jsonb", 2), target)


def test_powers_of_two_which_have_less_room_below_than_above(database: Connection) -> None:
    doubles = ["{" + ",".join(repr(2.0**n) for n in range(-1074, 1024, 7)) + "}", "{5.960464477539063e-08}"]
    comes_back(database, "float8[]", doubles, SourceType("float8", 1), "jsonb")
    reals = ["{" + ",".join(repr(2.0**n) for n in range(-149, 128)) + "}"]
    comes_back(database, "float4[]", reals, SourceType("float4", 1), "jsonb")


def test_a_json_array_whose_brackets_nobody_could_tell_apart_is_refused() -> None:
    found = conversion(SourceType("jsonb", 1), "jsonb")
    assert found is not None
    with pytest.raises(ValueError, match="2 dimensions in a column of 1"):
        found.convert(b"{{1,2}}")


def test_a_tsvector_by_hand_is_what_postgresql_makes_of_it(database: Connection) -> None:
    @bulk
    @given(values=st.lists(vectors, min_size=1, max_size=50))
    def check(values: list[str]) -> None:
        found = conversion(SourceType("tsvector"), "text")
        assert found is not None
        assert [found.convert(value.encode()) for value in values] == printed(database, "tsvector", values)

    check()


# --- single values ---

amounts = st.integers(-(2**63), 2**63 - 1).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | texts
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)


def _json(value: Any) -> str:
    return json.dumps(value)


words = st.sampled_from(["a", "cat", "'it''s'", "'b \\\\ c'", "é", "'x y'", "Zoo", "'a:1'"])
places = st.lists(st.tuples(st.integers(1, 16000), st.sampled_from(["", "A", "b", "C", "D"])), max_size=4)
vectors = st.lists(
    st.tuples(words, places.map(lambda found: ",".join(f"{n}{w}" for n, w in found))).map(
        lambda pair: ":".join(filter(None, pair))
    ),
    max_size=5,
).map(" ".join)


SINGLE: dict[tuple[str, str], tuple[SourceType, st.SearchStrategy[str]]] = {
    ("money", "numeric(19,2)"): (SourceType("money"), amounts),
    ("money", "int8"): (SourceType("money"), amounts),
    ("numeric", "text"): (SourceType("numeric"), numbers.map(_plain)),
    ("bytea", "text"): (SourceType("bytea"), st.binary(max_size=9).map(_plain)),
    ("oid", "int8"): (SourceType("oid"), st.integers(0, 2**32 - 1).map(str)),
    ("int2", "int8"): (SourceType("int2"), ELEMENTS["int2"].map(str)),
    ("int4", "numeric(38,18)"): (SourceType("int4"), ELEMENTS["int4"].map(str)),
    ("float4", "float8"): (SourceType("float4"), ELEMENTS["float4"].map(repr)),
    ("jsonb", "json"): (SourceType("jsonb"), documents.map(_json)),
    ("jsonb", "text"): (SourceType("jsonb"), documents.map(_json)),
    ("interval", "text"): (SourceType("interval"), ELEMENTS["interval"].map(_plain)),
    ("timetz", "text"): (SourceType("timetz"), st.times().map(lambda t: f"{t.isoformat()}+05:30")),
    ("tsvector", "text"): (SourceType("tsvector"), vectors),
    ("mood", "text"): (SourceType("mood", 0, "enum"), ELEMENTS["mood"]),
    ("bit(3)", "text"): (SourceType("bit"), st.integers(0, 7).map(lambda n: f"{n:03b}")),
    ("varbit", "text"): (SourceType("varbit"), st.text("01", max_size=20)),
    ("inet", "text"): (SourceType("inet"), st.ip_addresses().map(str)),
    ("char(5)", "text"): (SourceType("bpchar"), st.text("ab ", max_size=5)),
}  # fmt: skip


@pytest.mark.parametrize(("type_name", "target"), sorted(SINGLE))
def test_single_values(database: Connection, type_name: str, target: str) -> None:
    source, strategy = SINGLE[(type_name, target)]

    @bulk
    @given(values=st.lists(strategy, min_size=1, max_size=50))
    def check(values: list[str]) -> None:
        comes_back(database, type_name, values, source, target)

    check()
