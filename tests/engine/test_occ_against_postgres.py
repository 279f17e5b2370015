"""The pure part of concurrency against a real PostgreSQL: how it writes rows, and which values it finds equal."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_migrate.engine.occ import Snapshot, fields
from dsql_migrate.engine.occ.values import canonical
from dsql_migrate.engine.postgres.server import Server

pytestmark = pytest.mark.server

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
AWKWARD = st.text('()",\\ \t\n\v\f\ra\u00a0', max_size=6)
VALUES = {
    "numeric": ["0", "-0.0", "0.00", "1", "1.0", "1.10", "1.1", "10", "100", "1e2", "NaN", "Infinity", "-Infinity"],
    "float8": ["0", "-0", "0.1", "1e20", "1e300", "1e-300", "NaN", "Infinity", "-Infinity", "3"],
    "float4": ["0", "-0", "0.1", "0.5", "1e20", "1e-40", "NaN", "Infinity", "16777217", "16777216"],
    "bpchar": ["", " ", "a", "a ", " a", "a\t"],
    "date": ["2026-01-01", "0044-03-15 BC", "infinity", "-infinity", "12026-01-01"],
    "timestamp": ["2026-01-01", "2026-01-01 00:00:00.5", "0044-03-15 BC", "infinity"],
    "timestamptz": ["2026-01-01 00:00+00", "2026-01-01 02:00+02", "0044-03-15 00:00+00 BC", "infinity", "-infinity"],
    "int4": ["0", "-1", "1", "10", "100"],
    "text": ["", " ", "a", "a ", "1.0", "1"],
}
FAMILIES = [["date", "timestamp", "timestamptz"], ["float4", "float8"], ["int4", "numeric"], ["bpchar"], ["text"]]


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.dsn(), autocommit=True) as one:
        one.execute("SET TimeZone = 'UTC'")
        one.execute("SET DateStyle = 'ISO'")
        yield one


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(st.none() | TEXTS | AWKWARD, min_size=1, max_size=5))
def test_a_row_is_read_as_postgresql_wrote_it(connection: psycopg.Connection, values: list[str | None]) -> None:
    row = ", ".join(["%s::text"] * len(values))
    told = connection.execute(f"SELECT ROW({row})::text".encode(), values).fetchone()
    assert told is not None
    assert fields(told[0]) == values


@pytest.mark.parametrize("family", FAMILIES, ids="-".join)
def test_values_have_one_text_exactly_where_postgresql_finds_them_equal(
    connection: psycopg.Connection, family: list[str]
) -> None:
    literals = [(name, value) for name in family for value in VALUES[name]]
    written = {}
    for name, value in literals:
        (text,) = connection.execute(f"SELECT %s::{name}::text".encode(), [value]).fetchone() or ("",)
        function = canonical(name)
        written[name, value] = function(text) if function else text
    for one in literals:
        for other in literals:
            query = f"SELECT %s::{one[0]} = %s::{other[0]}".encode()
            (equal,) = connection.execute(query, [one[1], other[1]]).fetchone() or (None,)
            assert (written[one] == written[other]) is equal, (one, other)


def test_a_snapshot_is_read_as_postgresql_writes_it(server: Server) -> None:
    with psycopg.connect(server.dsn()) as open_one, psycopg.connect(server.dsn(), autocommit=True) as other:
        (running,) = open_one.execute("SELECT pg_current_xact_id()::text::bigint").fetchone() or (0,)
        (done,) = other.execute("SELECT pg_current_xact_id()::text::bigint").fetchone() or (0,)
        (text,) = other.execute("SELECT pg_current_snapshot()::text").fetchone() or ("",)
        snapshot = Snapshot.parse(text)
        assert snapshot.sees(done)
        assert not snapshot.sees(running)
