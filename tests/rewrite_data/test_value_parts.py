"""Values beyond a limit leave their rows in parts, and nothing else of the rows changes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data.child_rows import ElementRows, without_elements
from dsql_migrate.rewrite.data.copy_format import CopySpec, CsvOptions, escape, quote, unescape
from dsql_migrate.rewrite.data.insert import ElementPlan, InsertPlan, rewrite_insert
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.row_limits import SizeLimits, long_row
from dsql_migrate.rewrite.data.value_parts import in_parts
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Insert

TEXT, CSV = CopySpec(), CopySpec(b",", b"", CsvOptions())
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=40)
MOST, PART = 16, 2  # bytes; characters


@given(text=WORDS)
def test_parts_of_a_text_are_within_the_limit(text: str) -> None:
    left, parts = in_parts(MOST, PART, binary=False, left=None)(text.encode())
    if len(text.encode()) <= MOST:
        assert (left, parts) == (text.encode(), [])
        return
    assert left is None
    assert [n for n, _ in parts] == list(range(1, len(parts) + 1))
    assert all(part is not None and 0 < len(part) <= MOST and part.decode() for _, part in parts)
    assert b"".join(part or b"" for _, part in parts) == text.encode()


@given(value=st.binary(max_size=40), old=st.booleans())
def test_parts_of_bytea(value: bytes, old: bool) -> None:
    shown = b"".join(b"\\%03o" % byte for byte in value) if old else b"\\x" + value.hex().encode()
    left, parts = in_parts(MOST, MOST // 2, binary=True, left=b"\\x")(shown)
    if len(value) <= MOST:
        assert (left, parts) == (shown, [])
        return
    assert left == b"\\x"
    assert b"".join(bytes.fromhex((part or b"")[2:].decode()) for _, part in parts) == value


@pytest.mark.parametrize("spec", [TEXT, CSV], ids=["text", "csv"])
@pytest.mark.parametrize("left", [None, b""], ids=["null", "empty"])
@given(rows=st.lists(st.tuples(WORDS, st.none() | WORDS), min_size=1, max_size=8), size=st.integers(1, 99))
def test_rows_without_large_values(
    spec: CopySpec, left: bytes | None, rows: list[tuple[str, str | None]], size: int
) -> None:
    def field(value: bytes | None) -> bytes:
        if value is None:
            return spec.null
        return quote(value, spec) if spec.csv else escape(value)

    found = [(key.encode(), None if value is None else value.encode()) for key, value in rows]
    data = b"".join(spec.delimiter.join((field(key), field(value))) + b"\n" for key, value in found)
    out = io.BytesIO()
    table = ElementRows(1, (0,), in_parts(MOST, PART, binary=False, left=left), out, MOST)
    there = b"".join(without_elements([data[at : at + size] for at in range(0, len(data), size)], spec, [table]))
    stays = [(key, left if value is not None and len(value) > MOST else value) for key, value in found]
    assert there == b"".join(spec.delimiter.join((field(key), field(value))) + b"\n" for key, value in stays)
    made = [line.split(b"\t") for line in out.getvalue().split(b"\n")[:-1]]
    together = b"".join(unescape(part) for _, _, part in made)
    assert together == b"".join(value for _, value in found if value is not None and len(value) > MOST)


def inserted(text: str) -> list[str]:
    fact = read(text.encode())
    assert isinstance(fact, Insert)
    parts = in_parts(MOST, PART * 4, binary=False, left=None)
    beside = ElementPlan("body", ("id",), "public.t_body_parts", "id, part, value", parts, MOST)
    plan = InsertPlan(("id", "body"), 9, 9000, elements={"body": beside})
    return [part.sql.decode().strip() for part in rewrite_insert(text.encode(), fact, plan)]


def test_inserted_parts_come_behind_their_rows() -> None:
    rows = "(1, 'it''s twenty bytes ä'), (2, NULL), (3, repeat('beyond the limit', 3)), (4, 'exactly sixteen.')"
    assert inserted(f"INSERT INTO t VALUES {rows};") == [
        "INSERT INTO t VALUES (1, NULL), (2, NULL), (3, repeat('beyond the limit', 3)), (4, 'exactly sixteen.');",
        "INSERT INTO public.t_body_parts (id, part, value) VALUES\n"
        "    (1, 1, 'it''s twe'),\n    (1, 2, 'nty byte'),\n    (1, 3, 's ä');",
    ]


def test_what_has_no_large_values_stays() -> None:
    for text in ("INSERT INTO t VALUES (1, 'a') ON CONFLICT DO NOTHING;", "INSERT INTO t SELECT 1, 'a';"):
        assert inserted(text) == [text]


def test_parts_that_cannot_follow_are_told() -> None:
    with pytest.raises(RowError, match="ON CONFLICT"):
        inserted("INSERT INTO t VALUES (1, 'more than sixteen') ON CONFLICT DO NOTHING")
    with pytest.raises(RowError, match="find their row"):
        inserted("INSERT INTO t VALUES (DEFAULT, 'more than sixteen')")


def test_bytea_counts_its_bytes() -> None:
    limits = SizeLimits(10, 100, binary=frozenset({1}))
    assert long_row(1, b"1\t" + b"\\\\x" + b"00" * 10, TEXT, limits) is None
    found = long_row(1, b"1\t" + b"\\\\x" + b"00" * 11, TEXT, limits)
    assert found is not None
    assert found.values == ((1, 11),)
