"""Array literals become the JSON that PostgreSQL's to_jsonb gives for the array."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.arrays import literal
from dsql_migrate.rewrite.data.values import SourceType, conversion


def to_json(value: str, element: str = "text") -> str:
    found = conversion(SourceType(element, dimensions=1), "jsonb")
    assert found is not None
    return found.convert(value.encode()).decode()


@pytest.mark.parametrize(
    ("element", "value", "expected"),
    [
        ("text", "{}", "[]"),
        ("text", "{a,b}", '["a", "b"]'),
        ("text", '{"a b","c,d","e\\"f","g\\\\h",""}', '["a b", "c,d", "e\\"f", "g\\\\h", ""]'),
        ("text", '{NULL,null,"NULL",nullify}', '[null, null, "NULL", "nullify"]'),
        ("text", "{ a , b c }", '["a", "b c"]'),
        ("text", '{a\\,b,\\"}', '["a,b", "\\""]'),
        ("text", "{{a,b},{c,NULL}}", '[["a", "b"], ["c", null]]'),
        ("text", "[0:1]={x,y}", '{"lower": [0], "elements": ["x", "y"]}'),
        ("text", "[1:1][-2:-1]={{x,y}}", '{"lower": [1, -2], "elements": [["x", "y"]]}'),
        ("text", "{{},{}}", "[]"),
        ("text", "{é,日本}", '["é", "日本"]'),
        ("text", '{"tab\there"}', '["tab\\there"]'),
        ("int4", "{1,-2,NULL}", "[1, -2, null]"),
        ("int4", "{007,+5}", "[7, 5]"),
        ("numeric", "{1.50,NaN,-Infinity,1e3,.5}", '[1.50, "NaN", "-Infinity", 1000, 0.5]'),
        ("float8", "{1.5,0.10000000000000001,1e+20,Infinity,100000}", '[1.5, 0.1, 1e+20, "Infinity", 100000]'),
        ("float4", "{0.1,0.100000001}", "[0.1, 0.1]"),
        ("bool", "{t,f,NULL,yes}", "[true, false, null, true]"),
        ("jsonb", '{"{\\"a\\": [1, null]}",2}', '[{"a": [1, null]}, 2]'),
        ("date", "{2020-01-31,infinity}", '["2020-01-31", "infinity"]'),
        ("timestamp", '{"2020-01-31 10:00:00.5"}', '["2020-01-31T10:00:00.5"]'),
        ("timestamptz", '{"2020-01-01 01:30:00+02"}', '["2019-12-31T23:30:00+00:00"]'),
        ("timestamptz", '{"0044-03-15 10:00:00+00 BC"}', '["0044-03-15T10:00:00+00:00 BC"]'),
        ("box", "{(1,1),(0,0);(2,2),(0,0)}", '["(1,1),(0,0)", "(2,2),(0,0)"]'),
        ("uuid", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", '["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]'),
    ],
)
def test_examples(element: str, value: str, expected: str) -> None:
    assert to_json(value, element) == expected


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("text", ""),
        ("text", "a"),
        ("text", "{a"),
        ("text", "{a}}"),
        ("text", "{a,}"),
        ("text", "{,a}"),
        ("text", '{"a}'),
        ("text", '{"a"b}'),
        ("text", "{{a},b}"),
        ("text", "{{a,b},{c}}"),
        ("text", "{a} b"),
        ("text", "{{{{{{{a}}}}}}}"),
        ("int4", "{x}"),
        ("int4", "{1.5}"),
        ("bool", "{maybe}"),
        ("numeric", "{1e999999}"),
        ("timestamp", '{"31/01/2020"}'),
        ("date", "{2020-02-30}"),
        ("json", "{nonsense}"),
    ],
)
def test_what_is_no_array_of_the_type_is_refused(element: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        to_json(value, element)


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.lists(st.lists(texts | st.none(), min_size=2, max_size=2), max_size=4))
def test_what_is_written_as_a_literal_is_read_back(rows: list[list[str | None]]) -> None:
    written = literal([[None if v is None else v.encode() for v in row] for row in rows])
    assert json.loads(to_json(written.decode())) == rows


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False) | st.none()))
def test_numbers_keep_their_digits(values: list[Decimal | None]) -> None:
    written = "{" + ",".join("NULL" if v is None else format(v, "f") for v in values) + "}"
    read = json.loads(to_json(written, "numeric"), parse_float=Decimal, parse_int=Decimal)
    assert [str(v) for v in read] == [str(v if v is None else Decimal(format(v, "f"))) for v in values]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(2**53, 2**63).map(float))
def test_doubles_read_back_as_the_same_number(value: float) -> None:
    for written in (repr(value), f"{value:.17g}"):
        assert json.loads(to_json("{" + written + "}", "float8")) == [value]
