"""The remark above a changed statement: its place, and that no text of the source can get out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.rewrite.writing.remarks import above, said
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import pieces


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (b"SELECT 1;", b"-- why\nSELECT 1;"),
        (b"-- theirs\nSELECT 1;", b"-- theirs\n-- why\nSELECT 1;"),
        (b"  -- theirs\n  SELECT 1;", b"  -- theirs\n  -- why\n  SELECT 1;"),
        (b"/* theirs */ SELECT 1;", b"/* theirs */\n-- why\nSELECT 1;"),
        (b"/* of\ntwo lines */ SELECT 1;", b"/* of\ntwo lines */\n-- why\nSELECT 1;"),
    ],
)
def test_it_stands_between_the_comments_and_the_statement(sql: bytes, expected: bytes) -> None:
    assert above(sql, ["why"]) == expected


@given(st.text(max_size=40), st.sampled_from([b"SELECT 1;", b"/* a */ SELECT 1;", b"-- a\n  SELECT 1;"]))
def test_whatever_it_says_it_is_one_comment(words: str, sql: bytes) -> None:
    remark = said("DSQL101", words.encode("utf-8", "replace").decode(), "line 1")
    with source_of(above(sql, [remark])) as source:
        found = [piece for piece in pieces(source) if piece.kind != "blank"]
    assert [piece.text[piece.body :] for piece in found] == [b"SELECT 1;"]
