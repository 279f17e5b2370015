"""Numbers as UUIDs, and back: in Python, and in SQL on the source's and the target's side."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.engine.local import Database
from dsql_migrate.rewrite.data.uuid_numbers import conversion_of, digits_of, number_of, number_sql, uuid_of

NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)
DIGITS = digits_of("public.users.id")


@given(NUMBERS)
def test_a_uuid_holds_its_number(number: int) -> None:
    made = uuid_of(number, DIGITS)
    assert uuid.UUID(made).version == 8
    assert uuid.UUID(made).variant == uuid.RFC_4122
    assert str(uuid.UUID(made)) == made
    assert number_of(made) == number


@given(st.integers(0, (1 << 63) - 1), st.integers(0, (1 << 63) - 1))
def test_they_sort_as_numbers_do(one: int, other: int) -> None:
    assert (uuid_of(one, DIGITS) < uuid_of(other, DIGITS)) == (one < other)


def test_two_keys_never_meet() -> None:
    assert uuid_of(1, digits_of("public.users.id")) != uuid_of(1, digits_of("public.teams.id"))


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no whole number"):
        conversion_of(DIGITS).convert(b"1.5")


@pytest.mark.server
def test_sql_says_the_same(dsql: Database) -> None:
    conversion = conversion_of(DIGITS)
    assert conversion.source_sql is not None
    assert conversion.back is not None
    with psycopg.connect(dsql.dsn, autocommit=True) as connection:
        for number in (0, 1, -1, 4711, (1 << 48) + 5, (1 << 63) - 1, -(1 << 63)):
            made = connection.execute(f"SELECT {conversion.source_sql(f'({number})')}").fetchone()
            assert made is not None
            assert str(made[0]) == conversion.convert(str(number).encode()).decode()
            back = connection.execute(f"SELECT {number_sql('%s::uuid')}".replace("%s", f"'{made[0]}'")).fetchone()
            assert back == (number,)
            assert conversion.back(str(made[0]).encode()) == str(number).encode()
