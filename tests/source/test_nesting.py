"""Comments that nest deep are read in time with their length, and hide nothing but themselves."""

from __future__ import annotations

import pytest

from dsql_migrate.source.nesting import shallow
from dsql_migrate.source.parse import Unparsable, parse, tokens

DEEP = b"/*" * 100_000 + b" x " + b"*/" * 100_000


def test_a_statement_behind_a_deep_comment_is_read_at_its_place() -> None:
    found = tokens(DEEP + b"SELECT 1")
    assert [(token.word, token.start) for token in found] == [("select", len(DEEP)), ("1", len(DEEP) + 7)]
    assert parse(DEEP + b"SELECT 1").kind == "SelectStmt"


def test_a_deep_comment_that_does_not_end_is_refused() -> None:
    with pytest.raises(Unparsable, match="unterminated"):
        parse(b"SELECT 1 " + b"/*" * 100_000)


@pytest.mark.parametrize(
    "quoted",
    [b"'/* it''s'", b"E'\\'/*'", b'"/*"', b"$a$ /* $a$", b"$$ /* $$", b"-- /*\n 1"],
)
def test_what_looks_like_a_comment_in_quotes_stays(quoted: bytes) -> None:
    text = b"SELECT " + quoted + b" " + DEEP
    assert shallow(text).startswith(b"SELECT " + quoted + b" /*")
    assert len(shallow(text)) == len(text)
    assert [t.word for t in tokens(text)] == [t.word for t in tokens(b"SELECT " + quoted)]


def test_few_comments_are_left_alone() -> None:
    text = b"SELECT 1 /* a /* b */ c */"
    assert shallow(text) is text
