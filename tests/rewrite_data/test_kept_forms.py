"""CHECKs that keep what a type kept: they take every text that PostgreSQL prints, and refuse what the type refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsql_migrate.engine.postgres.server import Server
from dsql_migrate.rewrite.forms import Situation, choose
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.facts import TypeName
from dsql_migrate.target import load_target

pytestmark = pytest.mark.server
bulk = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Connection]:
    with psycopg.connect(server.create_database("kept_forms"), autocommit=True) as connection:
        yield connection


def condition(type_name: str, *modifiers: str) -> str:
    """The CHECK of a column named v."""
    options = {"bit-strings": "check", "network-addresses": "check", "ltree": "check"}
    situation = Situation(Catalogue(), load_target(None), lambda key, id=None: options[key])
    (found,) = choose(situation, TypeName(None, type_name, modifiers)).checks
    return found.format(*["v"] * found.count("{}"))


def taken(database: Connection, expression: str, values: Sequence[str]) -> list[bool]:
    """What an expression over v says of each."""
    query = f"SELECT {expression} FROM unnest(%s::text[]) WITH ORDINALITY AS t (v, n) ORDER BY n".encode()
    return [bool(row[0]) for row in database.execute(query, (list(values),)).fetchall()]


def printed(database: Connection, type_name: str, values: Sequence[str]) -> list[str]:
    query = f"SELECT concat(v::{type_name}) FROM unnest(%s::text[]) AS t (v)".encode()
    return [row[0] for row in database.execute(query, (list(values),)).fetchall()]


octet = st.integers(0, 255).map(str)
four = st.tuples(octet, octet, octet, octet).map(".".join)
group = st.sampled_from(["0", "0", "0", "1", "ffff", "abcd", "20"])
six = st.lists(group, min_size=8, max_size=8).map(":".join)
mixed = st.tuples(st.sampled_from(["::", "::ffff:", "64:ff9b::", "1:2:3:4:5:6:"]), four).map("".join)
inets = st.one_of(
    st.tuples(four, st.integers(0, 32)).map(lambda p: f"{p[0]}/{p[1]}"),
    st.tuples(six | mixed, st.integers(0, 128)).map(lambda p: f"{p[0]}/{p[1]}"),
    st.ip_addresses().map(str),
)


@bulk
@given(values=st.lists(inets, min_size=20, max_size=60))
def test_every_address_that_postgresql_prints_is_taken(database: Connection, values: list[str]) -> None:
    texts = printed(database, "inet", values)
    assert all(taken(database, condition("inet"), texts)), texts


@bulk
@given(values=st.lists(inets, min_size=20, max_size=60))
def test_every_network_that_postgresql_prints_is_taken(database: Connection, values: list[str]) -> None:
    query = b"SELECT concat(network(v::inet)) FROM unnest(%s::text[]) AS t (v)"
    texts = [row[0] for row in database.execute(query, (values,)).fetchall()]
    assert all(taken(database, condition("cidr"), texts)), texts


@pytest.mark.parametrize(
    "value",
    ["", "1.2.3", "1.2.3.4.5", "1234.1.1.1", "g::", "1.2.3.4\n", "localhost", "1.2.3.4/", "10.0.0.1 ", "abc", "x:y",
     "1.2.3.4/1234", "FE80::1"],
)  # fmt: skip
def test_what_is_clearly_no_address_is_refused(database: Connection, value: str) -> None:
    assert taken(database, condition("inet"), [value]) == [False]
    assert taken(database, condition("cidr"), [value]) == [False]


def test_a_network_has_its_mask(database: Connection) -> None:
    assert taken(database, condition("cidr"), ["10.0.0.0/8", "10.0.0.0", "::/0", "::"]) == [True, False, True, False]


@bulk
@given(values=st.lists(st.binary(min_size=8, max_size=8), min_size=5, max_size=40))
def test_hardware_addresses(database: Connection, values: list[bytes]) -> None:
    assert all(taken(database, condition("macaddr8"), printed(database, "macaddr8", [v.hex() for v in values])))
    assert all(taken(database, condition("macaddr"), printed(database, "macaddr", [v.hex()[:12] for v in values])))
    bad = ["", "08:00:2b:01:02", "08:00:2b:01:02:0g", "x", "08002b010203"]
    assert not any(taken(database, condition("macaddr"), bad))


def test_bit_strings(database: Connection) -> None:
    assert taken(database, condition("bit", "3"), ["101", "10", "1011", "10x", ""]) == [True, *[False] * 4]
    assert taken(database, condition("bit"), ["1", "", "11"]) == [True, False, False]
    assert taken(database, condition("varbit", "3"), ["101", "", "1011", "2"]) == [True, True, False, False]
    assert taken(database, condition("varbit"), ["", "1" * 300, "1\n"]) == [True, True, False]


def test_trees_of_labels(database: Connection) -> None:
    good = ["", "a", "a.b", "Top.Science_1.x-y", "é.日本"]
    bad = [".", "a.", ".a", "a..b", "a b", "a,b", "a.b ", "a@b", "{a}", "a|b", "a\n"]
    assert taken(database, condition("ltree"), good + bad) == [True] * len(good) + [False] * len(bad)
