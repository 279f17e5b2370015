"""Single values: hstore, money, bytea, json, and what the registry says about types."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.insert import converted
from dsql_migrate.rewrite.data.values import SourceType, conversion
from dsql_migrate.source.facts import Span


def convert(source: str, target: str, value: str) -> str:
    found = conversion(SourceType(source), target)
    assert found is not None
    return found.convert(value.encode()).decode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "{}"),
        ('"a"=>"1", "b"=>NULL', '{"a": "1", "b": null}'),
        ('"a"=>"NULL"', '{"a": "NULL"}'),
        ('"a b"=>"c\\"d", "e\\\\f"=>"=>, "', '{"a b": "c\\"d", "e\\\\f": "=>, "}'),
        ("a=>1,b => null", '{"a": "1", "b": null}'),
        ('""=>""', '{"": ""}'),
    ],
)
def test_hstore_becomes_an_object(value: str, expected: str) -> None:
    assert convert("hstore", "jsonb", value) == expected


@pytest.mark.parametrize("value", ["a", '"a"=>', '"a"=>"1" "b"=>"2"', '"a"=>"1', "a=>1,,b=>2"])
def test_what_is_no_hstore_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no hstore"):
        convert("hstore", "jsonb", value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$1,234.50", "1234.50"),
        ("-$5.00", "-5.00"),
        ("($5.00)", "-5.00"),
        ("$0.00", "0.00"),
        ("-$92,233,720,368,547,758.08", "-92233720368547758.08"),
        ("1.234,50 €", "1234.50"),
        ("1.234.567,00 €", "1234567.00"),
        ("-0,05 €", "-0.05"),
        ("¥100", "100"),
        ("￥1,234", "1234"),
        ("¥1,234,567", "1234567"),
        ("1\u202f234,50 €", "1234.50"),
        ("CHF 1'234.50", "1234.50"),
        ("kr 1.234,50", "1234.50"),
        ("Rs.500.00", "500.00"),
        ("₹ 12,34,567.00", "1234567.00"),
        ("12.34", "12.34"),
        ("5", "5"),
        ("$.50", "0.50"),
    ],
)
def test_money_becomes_a_number(value: str, expected: str) -> None:
    assert convert("money", "numeric", value) == expected


@pytest.mark.parametrize("value", ["", "$", "1,234", "1.234", "$1,2,3", "1.2.3.4", "$1 and $2", "KWD 1.234"])
def test_money_that_is_ambiguous_or_none_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"ambiguous|no amount|more than two places"):
        convert("money", "numeric", value)


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ("$1,234.50", "123450"),
        ("-$0.05", "-5"),
        ("(1.00)", "-100"),
        ("1.234,56 €", "123456"),
        ("¥100", "10000"),
        ("$0.00", "0"),
    ],
)
def test_money_becomes_cents(value: str, cents: str) -> None:
    assert convert("money", "int8", value) == cents


@pytest.mark.parametrize(("number", "cents"), [("12.5", "1250"), ("-1.005", "-101"), ("1e2", "10000"), ("7", "700")])
def test_numbers_of_insert_statements_become_cents(number: str, cents: str) -> None:
    found = conversion(SourceType("money"), "bigint")
    assert found is not None
    text = number.encode()
    assert converted(text, Span(0, len(text)), found) == cents.encode()


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@given(pairs=st.dictionaries(texts, texts | st.none(), max_size=5))
def test_hstore_comes_back(pairs: dict[str, str | None]) -> None:
    found = conversion(SourceType("hstore"), "jsonb")
    assert found is not None
    assert found.back is not None
    printed = found.back(json.dumps(pairs).encode())
    assert json.loads(found.convert(printed)) == pairs
    assert found.back(found.convert(printed)) == printed


@pytest.mark.parametrize(
    ("value", "expected"),
    [("\\x", ""), ("\\x00ff", "00ff"), ("\\xDEADBEEF", "deadbeef"), ("abc", "616263"), ("\\000a\\\\\\377", "00615cff")],
)
def test_bytea_becomes_hex(value: str, expected: str) -> None:
    assert convert("bytea", "text", value) == expected


@pytest.mark.parametrize("value", ["\\x0", "\\xzz", "\\9", "a\\"])
def test_what_is_no_bytea_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="bytea"):
        convert("bytea", "text", value)


def test_json_that_jsonb_cannot_hold_is_refused() -> None:
    assert convert("json", "jsonb", '{"b": 1, "a": "\\\\u0000"}') == '{"b": 1, "a": "\\\\u0000"}'
    deep = "[" * 5000 + "1" * 5000 + "]" * 5000
    assert convert("json", "jsonb", deep) == deep
    assert convert("json", "jsonb", '"\\ud83d\\ude00"') == '"\\ud83d\\ude00"'
    for value in ('"\\ud83d"', '"\\u0000"', '"\\\\\\u0000"', "{", "NaN"):
        with pytest.raises(ValueError, match="json"):
            convert("json", "jsonb", value)


def test_same_type_and_widening_leave_rows_alone() -> None:
    for source, target in [
        ("int4", "int4"),
        ("int4", "bigint"),
        ("varchar", "character varying(10)"),
        ("numeric", "numeric(18,6)"),
        ("jsonb", "json"),
        ("inet", "text"),
        ("oid", "bigint"),
        ("citext", "text"),
        ("geometry", "text"),
    ]:
        found = conversion(SourceType(source), target)
        assert found is not None
        assert found.unchanged, source


def test_what_has_no_conversion_is_none() -> None:
    assert conversion(SourceType("text"), "int4") is None
    assert conversion(SourceType("int4", dimensions=1), "int4") is None
    assert conversion(SourceType("mood", kind="enum"), "jsonb") is None
