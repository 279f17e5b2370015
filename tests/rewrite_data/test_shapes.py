"""Which precision and scale the values of a numeric column need."""

import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.copy_format import CopySpec, CsvOptions
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.shapes import NumericShape, insert_shapes, row_statistics, shape_of
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Insert


@pytest.mark.parametrize(
    ("value", "digits", "scale"),
    [
        ("0", 0, 0),
        ("0.00", 0, 2),
        ("-123.450", 3, 3),
        ("007.5", 1, 1),
        (".5", 0, 1),
        ("5.", 1, 0),
        ("1e3", 4, 0),
        ("1.25e-3", 0, 5),
        ("12.5E1", 3, 0),
        ("NaN", 0, 0),
    ],
)
def test_one_value(value: str, digits: int, scale: int) -> None:
    assert shape_of([value.encode()]) == NumericShape(digits, scale)


@pytest.mark.parametrize("value", ["", ".", "e5", "abc", "1,5", "1 2"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        shape_of([value.encode()])


def test_infinity_is_told() -> None:
    assert shape_of([b"1.5", b"-Infinity"]) == NumericShape(1, 1, infinite=True)


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30), min_size=1))
def test_every_value_fits_its_shape(values: list[Decimal]) -> None:
    shape = shape_of([str(value).encode() for value in values])
    with decimal.localcontext(prec=500):
        for value in values:
            assert abs(value) < Decimal(10) ** shape.integer_digits
            assert value == round(value, shape.scale)


def test_rows_of_a_copy() -> None:
    data = b"1\t10.25\t\\N\n2\t\\N\t1\n3\t-7\t\\N\n\\.\n"
    found = row_statistics([data], CopySpec(), [1, 2])
    assert (found.rows, found.longest_row) == (3, 10)
    assert found.shapes == {1: NumericShape(2, 2), 2: NumericShape(1, 0)}
    quoted = row_statistics([b'a,"1.5"\r\n"x\r\ny",22\r\n'], CopySpec(b",", b"", CsvOptions()), [1])
    assert quoted.shapes == {1: NumericShape(2, 1)}


def test_a_value_that_is_no_number_is_told_with_its_row() -> None:
    with pytest.raises(RowError) as error:
        row_statistics([b"1\n2\nx\n4\n"], CopySpec(), [0])
    assert (error.value.row, error.value.column) == (3, 0)


def test_values_of_an_insert() -> None:
    text = b"INSERT INTO t VALUES (1, 2.50), (22, NULL), (3, 1 + 1), (4, '7.125'::numeric);"
    fact = read(text)
    assert isinstance(fact, Insert)
    assert insert_shapes(text, fact, ("id", "price"), {"price"}) == {"price": NumericShape(1, 3)}
