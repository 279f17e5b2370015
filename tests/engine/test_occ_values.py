"""Values of keys: one text for what PostgreSQL finds equal."""

from __future__ import annotations

import pytest

from dsql_migrate.engine.occ.values import canonical


def same(type_name: str, text: str) -> str:
    function = canonical(type_name)
    return function(text) if function else text


@pytest.mark.parametrize(
    ("type_name", "one", "other"),
    [
        ("numeric", "1.0", "1.00"),
        ("numeric", "1.000000", "1"),
        ("numeric", "0.00", "-0.0"),
        ("float8", "-0", "0"),
        ("float8", "1e+20", "100000000000000000000"),
        ("bpchar", "ab   ", "ab"),
        ("timestamptz", "2026-01-01 00:00:00+00", "2026-01-01 05:30:00+05:30"),
        ("timestamptz", "2026-01-01 00:00:00.5+00", "2025-12-31 23:00:00.5-01"),
    ],
)
def test_equal_values_have_one_text(type_name: str, one: str, other: str) -> None:
    assert same(type_name, one) == same(type_name, other)


@pytest.mark.parametrize(
    ("type_name", "one", "other"),
    [
        ("numeric", "100", "1"),
        ("numeric", "10.0", "1.0"),
        ("numeric", "NaN", "0"),
        ("float8", "1e+20", "1e+21"),
        ("float8", "Infinity", "-Infinity"),
        ("float4", "Infinity", "NaN"),
        ("bpchar", " ab", "ab"),
        ("text", "ab ", "ab"),
        ("text", "1.0", "1.00"),
        ("varchar", "a ", "a"),
        ("timestamptz", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00+01"),
        ("date", "infinity", "-infinity"),
    ],
)
def test_different_values_have_different_texts(type_name: str, one: str, other: str) -> None:
    assert same(type_name, one) != same(type_name, other)


@pytest.mark.parametrize(
    ("child", "value", "parent", "referenced"),
    [
        ("int4", "7", "numeric", "7.000000"),
        ("int8", "-7", "float8", "-7"),
        ("float4", "0.5", "float8", "0.5"),
        ("float4", "0.1", "float8", "0.10000000149011612"),
        ("date", "2026-01-01", "timestamp", "2026-01-01 00:00:00"),
        ("date", "0044-03-15 BC", "timestamp", "0044-03-15 00:00:00 BC"),
        ("date", "2026-01-01", "timestamptz", "2026-01-01 00:00:00+00"),
        ("timestamp", "0044-03-15 00:00:00 BC", "timestamptz", "0044-03-15 00:00:00+00 BC"),
        ("varchar", "ab ", "bpchar", "ab   "),
        ("float4", "Infinity", "float8", "Infinity"),
    ],
)
def test_a_reference_of_another_type_meets_its_parent(child: str, value: str, parent: str, referenced: str) -> None:
    assert same(parent, same(child, value)) == same(parent, referenced)
