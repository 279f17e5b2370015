"""COPY data cut into blocks: nothing lost, nothing changed, no block over the limits, whatever the chunks."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.copy import TEXT, Block, copy_blocks
from dsql_migrate.rewrite.data.copy_format import CopySpec, CsvOptions, escape, quote
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.row_limits import SizeLimits
from dsql_migrate.rewrite.data.row_stream import whole_rows

CSV = CopySpec(b",", b"", CsvOptions())
CSV_BACKSLASH = CopySpec(b",", b"", CsvOptions(b'"', b"\\"))

values = st.binary(max_size=12) | st.sampled_from([b"\\", b"\n", b"\r\n", b'"', b",", b"\\.", b"a\tb", b""])
cuts = st.lists(st.integers(1, 9), min_size=1)


def chunked(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        yield data[at : at + size]
        at, turn = at + size, turn + 1


def blocks(data: bytes, spec: CopySpec = TEXT, sizes: list[int] | None = None, **limits: int) -> list[Block]:
    given_limits = {"max_rows": 3000, "max_bytes": 1 << 20, **limits}
    return list(copy_blocks(chunked(data, sizes or [1 << 20]), spec, **given_limits))


def together(found: list[Block]) -> bytes:
    return b"".join(b"".join(block.data) for block in found)


@given(st.lists(st.lists(values, min_size=2, max_size=2), max_size=12), cuts, st.integers(1, 5), st.integers(1, 60))
def test_text_blocks_are_the_rows(rows: list[list[bytes]], sizes: list[int], max_rows: int, max_bytes: int) -> None:
    lines = [b"\t".join(escape(v) for v in row) + b"\n" for row in rows]
    found = blocks(b"".join(lines) + b"\\.\n", TEXT, sizes, max_rows=max_rows, max_bytes=max_bytes)
    assert together(found) == b"".join(lines)
    assert sum(block.rows for block in found) == len(lines)
    at = 0
    for block in found:
        assert b"".join(block.data) == b"".join(lines[at : at + block.rows])
        assert block.size == sum(map(len, block.data))
        assert block.rows <= max_rows
        assert block.size <= max_bytes or block.rows == 1
        at += block.rows


@pytest.mark.parametrize("spec", [CSV, CSV_BACKSLASH])
@given(
    rows=st.lists(st.lists(values, min_size=2, max_size=2), max_size=12),
    sizes=cuts,
    max_rows=st.integers(1, 5),
    size=st.integers(1, 60),
)
def test_csv_blocks_are_the_records(
    spec: CopySpec, rows: list[list[bytes]], sizes: list[int], max_rows: int, size: int
) -> None:
    lines = [b",".join(quote(v, spec) for v in row) + b"\n" for row in rows]
    found = blocks(b"".join(lines) + b"\\.\n", spec, sizes, max_rows=max_rows, max_bytes=size)
    assert [b"".join(block.data) for block in found] == grouped(lines, [block.rows for block in found])
    assert all(block.rows <= max_rows and (block.size <= size or block.rows == 1) for block in found)


def grouped(lines: list[bytes], counts: list[int]) -> list[bytes]:
    ends = [sum(counts[: i + 1]) for i in range(len(counts))]
    assert (ends[-1] if ends else 0) == len(lines)
    return [b"".join(lines[end - count : end]) for end, count in zip(ends, counts, strict=True)]


def test_an_escaped_line_end_belongs_to_the_row() -> None:
    data = b"a\\\nb\t1\nc\\\\\nd\n"  # ancient pg_dump: a backslash before the line feed; c ends in a backslash
    assert [b"".join(b.data) for b in blocks(data, max_rows=1)] == [b"a\\\nb\t1\n", b"c\\\\\n", b"d\n"]


def test_crlf_rows_say_how_to_end_the_block() -> None:
    (block,) = blocks(b"a\r\nb\r\n\\.\r\n")
    assert (block.rows, block.data, block.newline) == (2, (b"a\r\nb\r\n",), b"\r\n")


def test_a_last_row_without_line_end_is_counted_and_told() -> None:
    first, second = blocks(b"a\nb\nc", max_rows=2)
    assert (first.rows, first.complete) == (2, True)
    assert (second.rows, second.data, second.complete) == (1, (b"c",), False)


@pytest.mark.parametrize("end", [b"", b"\\.", b"\\.\n", b"\\.\r\n"])
def test_the_terminator_is_no_row(end: bytes) -> None:
    assert together(blocks(b"a\n" + end, sizes=[1])) == b"a\n"
    assert blocks(end) == []


def test_the_header_is_no_row() -> None:
    assert together(blocks(b'id,"two\nlines"\n1,x\n', CopySpec(b",", b"", CsvOptions(), header=True))) == b"1,x\n"
    assert together(blocks(b"id\n1\n2\n", CopySpec(header=True), sizes=[2])) == b"1\n2\n"
    assert blocks(b"id\n", CopySpec(header=True)) == []


def test_a_row_of_three_megabytes_is_a_block_of_its_own() -> None:
    big = b"x" * (3 << 20) + b"\n"
    found = blocks(b"a\n" + big + b"b\n", sizes=[1 << 16], max_bytes=1 << 20)
    assert [b.rows for b in found] == [1, 1, 1]
    assert [b.size for b in found] == [2, len(big), 2]


def test_rows_and_values_over_the_limits_are_told_with_their_number() -> None:
    limits = SizeLimits(value=10, row=25)
    rows = [b"1\t2", b"1\t12345678901", b"1234567890\t1234567890", b"\\x41" * 4 + b"\t1", b"abcdefghi\t" * 3]
    found = list(copy_blocks([b"\n".join(rows) + b"\n"], max_rows=2, max_bytes=100, limits=limits))
    long = [row for block in found for row in block.long_rows]
    assert [(row.row, row.size, row.values) for row in long] == [(2, 13, ((1, 11),)), (5, 30, ())]


def test_many_short_rows_are_cut_exactly() -> None:
    data = b"".join(b"%d\n" % (i * i * i) for i in range(20_000))
    found = blocks(data, sizes=[7919], max_rows=3000)
    assert [b.rows for b in found] == [3000] * 6 + [2000]
    assert all(b"".join(b.data).count(b"\n") == b.rows for b in found)
    assert together(found) == data


def test_a_row_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsql_migrate.rewrite.data.row_stream.LARGEST_ROW", 100)
    for data, spec in [(b"x" * 200, TEXT), (b'1,"' + b"no end\n" * 20, CSV)]:
        with pytest.raises(RowError, match="is a quote or a line end missing"):
            blocks(data, spec, sizes=[10])


def test_memory_views_are_chunks_too() -> None:
    assert [rows.data for rows in whole_rows([memoryview(b"a\nb"), memoryview(b"c\n")], TEXT)] == [b"a\n", b"bc\n"]
