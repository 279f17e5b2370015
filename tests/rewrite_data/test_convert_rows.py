"""COPY rows with converted columns, in both forms."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.copy_format import (
    CopySpec,
    CsvOptions,
    escape,
    quote,
    split_csv,
    split_text,
    unescape,
    unquote,
)
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.rows import RowPlan, convert_rows, converted_blocks
from dsql_migrate.rewrite.data.values import Conversion, SourceType, conversion

TEXT = CopySpec()
CSV = CopySpec(b",", b"", CsvOptions())
REVERSED = Conversion("reversed", lambda value: value[::-1], None)
PLAIN = Conversion("read and written", lambda value: value + b"", None)


def known(source: SourceType, target: str) -> Conversion:
    found = conversion(source, target)
    assert found is not None
    return found


def convert(data: bytes, plan: RowPlan, spec: CopySpec = TEXT) -> bytes:
    return b"".join(convert_rows([data], spec, plan))


@given(st.binary(), st.sampled_from([b"\t", b"|", b","]))
def test_what_is_escaped_reads_back(value: bytes, delimiter: bytes) -> None:
    written = escape(value, delimiter)
    assert unescape(written) == value
    assert b"\n" not in written
    assert split_text(written + delimiter + b"x", delimiter) == [written, b"x"]


@given(
    st.lists(st.binary(), min_size=1), st.sampled_from([CsvOptions(), CsvOptions(b"'", b"'"), CsvOptions(b'"', b"\\")])
)
def test_what_is_quoted_reads_back(values: list[bytes], options: CsvOptions) -> None:
    spec = CopySpec(b",", b"", options)
    row = b",".join(quote(value, spec) for value in values)
    assert [unquote(field, options) for field in split_csv(row, options, b",")] == values


@given(st.lists(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"])), min_size=2, max_size=4))
def test_csv_agrees_with_python(values: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(values)
    row = file.getvalue()[:-1].encode()
    assert [unquote(f, CsvOptions()).decode() for f in split_csv(row, CsvOptions(), b",")] == values


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b"\\b\\f\\n\\r\\t\\v\\\\", b"\b\f\n\r\t\v\\"),
        (b"\\101\\60\\x41\\x4", b"A0A\x04"),
        (b"\\q\\xg\\.", b"qxg."),
        (b"\\777", b"\xff"),
        (b"\\\n", b"\n"),
    ],
)
def test_escapes_of_the_text_form(field: bytes, value: bytes) -> None:
    assert unescape(field) == value


def test_only_the_converted_column_changes() -> None:
    plan = RowPlan(3, {1: known(SourceType("text", 1), "jsonb")})
    data = b'\\x41\t{a,"b\\\\"c"}\t\\N\n\\N\t\\N\tx\\\\\n\\.\n'.replace(b'b\\\\"c', b'b\\\\"c')
    assert convert(data, plan) == b'\\x41\t["a", "b\\\\"c"]\t\\N\n\\N\t\\N\tx\\\\\n'


@given(st.lists(st.lists(st.binary() | st.none(), min_size=3, max_size=3)), st.integers(1, 40))
def test_reading_and_writing_a_column_changes_nothing(rows: list[list[bytes | None]], size: int) -> None:
    data = b"".join(b"\t".join(b"\\N" if v is None else escape(v) for v in row) + b"\n" for row in rows)
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(convert_rows(chunks, TEXT, RowPlan(3, {0: PLAIN, 2: PLAIN}))) == data


@given(st.lists(st.lists(st.binary(min_size=1) | st.none(), min_size=2, max_size=2)), st.integers(1, 40))
def test_csv_columns_are_converted(rows: list[list[bytes | None]], size: int) -> None:
    def written(rows: list[list[bytes | None]]) -> bytes:
        return b"".join(b",".join(b"" if v is None else quote(v, CSV) for v in row) + b"\n" for row in rows)

    data = written(rows)
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    expected = written([[a, b if b is None else b[::-1]] for a, b in rows])
    assert b"".join(convert_rows(chunks, CSV, RowPlan(2, {1: REVERSED}))) == expected


def test_columns_are_added_and_left_out() -> None:
    plan = RowPlan(3, append=(b"a\tb", None), drop=frozenset({1}))
    assert convert(b"1\t2\t3\n4\t5\t6\n", plan) == b"1\t3\ta\\tb\t\\N\n4\t6\ta\\tb\t\\N\n"
    assert convert(b"1,2,3\n", RowPlan(3, append=(b"a,b", None)), CSV) == b'1,2,3,"a,b",\n'


def test_an_escaped_delimiter_is_no_delimiter() -> None:
    assert convert(b"a\\\tb\tcd\n", RowPlan(2, {1: REVERSED})) == b"a\\\tb\tdc\n"
    assert convert(b"a\\|b|cd\n", RowPlan(2, {0: REVERSED}), CopySpec(b"|", b"")) == b"b\\|a|cd\n"


def test_crlf_stays() -> None:
    assert convert(b"ab\tc\r\nde\tf\r\n", RowPlan(2, {1: REVERSED, 0: REVERSED})) == b"ba\tc\r\ned\tf\r\n"


def test_a_row_that_was_cut_short_stays_so() -> None:
    assert convert(b"ab\ncd", RowPlan(1, {0: REVERSED})) == b"ba\ndc"


@pytest.mark.parametrize(
    ("data", "spec", "row", "column", "message"),
    [
        (b"1\t{a}\n2\n", TEXT, 2, None, "1 fields where the table has 2"),
        (b"1\t{a}\n2\t{a}\t3\n", TEXT, 2, None, "3 fields where the table has 2"),
        (b"1\t{a}\n2\t{a\n", TEXT, 2, 1, "the array does not end"),
        (b'1,{a}\n2,"{a}\n', CSV, 2, None, "a quote is not closed"),
    ],
)
def test_what_cannot_be_read_is_told_with_row_and_column(
    data: bytes, spec: CopySpec, row: int, column: int | None, message: str
) -> None:
    with pytest.raises(RowError) as error:
        convert(data, RowPlan(2, {1: known(SourceType("text", 1), "jsonb")}), spec)
    assert (error.value.row, error.value.column, error.value.message) == (row, column, message)


def test_the_rows_before_an_unreadable_one_are_not_lost() -> None:
    data = b"".join(b"{%d}\n" % i for i in range(7)) + b"{7"  # cut short inside a row
    blocks = converted_blocks(
        [data], TEXT, RowPlan(1, {0: known(SourceType("int4", 1), "jsonb")}), max_rows=3, max_bytes=99
    )
    found: list[int] = []
    with pytest.raises(RowError, match="row 8, column 1"):
        found.extend(block.rows for block in blocks)
    assert found == [3, 3, 1]


def test_a_value_that_would_read_as_null_is_refused() -> None:
    hexadecimal = RowPlan(1, {0: known(SourceType("bytea"), "text")})
    assert convert(b'"\\x"\n', hexadecimal, CSV) == b'""\n'
    with pytest.raises(RowError, match="stands for NULL"):
        convert(b"\\\\x\n", hexadecimal, CopySpec(b"\t", b""))


def test_blocks_of_converted_rows() -> None:
    plan = RowPlan(2, {1: known(SourceType("int4", 1), "jsonb")})
    data = b"".join(b"%d\t{%d,2}\n" % (i, i) for i in range(10))
    found = list(converted_blocks([data], CopySpec(header=True), plan, max_rows=4, max_bytes=1000))
    assert [block.rows for block in found] == [4, 4, 1]
    assert b"".join(found[2].data) == b"9\t[9, 2]\n"
