"""Elements of arrays leave the rows of their parent, and nothing else of the rows changes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.data import arrays
from dsql_migrate.rewrite.data.child_rows import ElementRows, without_elements
from dsql_migrate.rewrite.data.copy_format import CopySpec, CsvOptions, escape, quote, unescape
from dsql_migrate.rewrite.data.elements import Counted, numbered
from dsql_migrate.rewrite.data.insert import ElementPlan, InsertPlan, rewrite_insert
from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.data.values import keep
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Insert

TEXT, CSV = CopySpec(), CopySpec(b",", b"", CsvOptions())
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=5).map(str.encode)
ROWS = st.lists(st.tuples(WORDS, st.none() | st.lists(st.none() | WORDS, max_size=4)), min_size=1, max_size=8)
TAGS = ElementPlan("tags_count", ("id",), "public.post_tags", 'id, "position", value', Counted(keep))


@pytest.mark.parametrize("spec", [TEXT, CSV], ids=["text", "csv"])
@given(rows=ROWS, size=st.integers(1, 60))
def test_every_element_is_a_row_beside(
    spec: CopySpec, rows: list[tuple[bytes, list[bytes | None] | None]], size: int
) -> None:
    def field(value: bytes | None) -> bytes:
        if value is None:
            return spec.null
        return quote(value, spec) if spec.csv else escape(value)

    literals = [(key, None if found is None else arrays.literal(list(found))) for key, found in rows]
    data = b"".join(spec.delimiter.join((field(value), field(key), b"x")) + b"\n" for key, value in literals)
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    out = io.BytesIO()
    there = b"".join(without_elements(chunks, spec, [ElementRows(0, (1,), Counted(keep), out)]))
    counts = (None if found is None else b"%d" % len(found) for _, found in rows)
    keys = (key for key, _ in rows)
    wanted = (spec.delimiter.join((field(n), field(k), b"x")) + b"\n" for n, k in zip(counts, keys, strict=True))
    assert there == b"".join(wanted)
    made = [tuple(line.split(b"\t")) for line in out.getvalue().split(b"\n")[:-1]]
    read_back = [(unescape(k), int(n), None if v == b"\\N" else unescape(v)) for k, n, v in made]
    assert read_back == [(key, n, one) for key, found in rows for n, one in enumerate(found or (), 1)]


def test_the_position_is_the_subscript() -> None:
    assert numbered(b"[-1:1]={a,NULL,c}", keep) == [(-1, b"a"), (0, None), (1, b"c")]


def test_an_array_of_several_dimensions_is_refused() -> None:
    with pytest.raises(ValueError, match="several dimensions"):
        numbered(b"{{1,2},{3,4}}", keep)


def inserted(text: str) -> list[str]:
    fact = read(text.encode())
    assert isinstance(fact, Insert)
    plan = InsertPlan(("id", "tags"), 2, 1000, elements={"tags": TAGS})
    return [part.sql.decode().strip() for part in rewrite_insert(text.encode(), fact, plan)]


def test_inserted_elements_come_behind_their_rows() -> None:
    rows = "(ARRAY['a', 'it''s'], 1), (NULL, 2), ('{}', 3), ('{b}', 4)"
    assert inserted(f"INSERT INTO post (tags, id) VALUES {rows};") == [
        "INSERT INTO post (tags_count, id) VALUES (2, 1), (NULL, 2);",
        "INSERT INTO post (tags_count, id) VALUES (0, 3), (1, 4);",
        "INSERT INTO public.post_tags (id, \"position\", value) VALUES\n    (1, 1, 'a'),\n    (1, 2, 'it''s');",
        "INSERT INTO public.post_tags (id, \"position\", value) VALUES\n    (4, 1, 'b');",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("INSERT INTO post (tags) VALUES ('{a}')", "by which elements of tags find their row"),
        ("INSERT INTO post VALUES (DEFAULT, '{a}')", "by which elements of tags find their row"),
        ("INSERT INTO post VALUES (1, '{a}') ON CONFLICT DO NOTHING", "ON CONFLICT"),
        ("INSERT INTO post VALUES (1, '{{a}}')", "several dimensions"),
        ("INSERT INTO post (id, tags) SELECT 1, '{a}'", "needs values that are constants"),
    ],
)
def test_elements_that_cannot_follow_are_told(text: str, why: str) -> None:
    with pytest.raises(RowError, match=why):
        inserted(text)
