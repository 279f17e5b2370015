"""The quick tokens are those of PostgreSQL's scanner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_migrate.source.lexemes import _plain, lexemes
from dsql_migrate.source.open import open_source
from dsql_migrate.source.parse import Unparsable, tokens
from dsql_migrate.source.script import pieces

TRICKY = [
    "SELECT 'it''s', E'a\\'b', e'x', U&'d\\0061', B'01', x'1F', N'q', $1, $a$ ( $a$, \"A\"\"b\", \"C\"",
    "SELECT 'a'\n  'b', 'a' 'b'",
    "SELECT 'a' -- one\n 'b'",
    "-- head; 'x'\n  SELECT a -- tail ' \n , b /* c /* d */ */ FROM t; -- end",
    "SELECT 1.5, .5, 1., 1e5, 1.5e-3, 0x1F, 1_000, a[1:2], a [1 : 2]",
    "SELECT a=-1, a!=b, a<>b, a<=b, a|| b, a->'b', a->>'b', a#>>'{}', a @> b, a ~* b, -+1, a*-1, a%b, @ -5, |/ 25",
    "SELECT a::int, f(a => 1, b := 2), (t).*, t.a.b",
    "SELECT äöü, 'ß' FROM tÿ",
    "create TABLE \"Mixed\" (\"a b\" INT);;",
    "SELECT a\"b\", a'b'",
    "",
    ";",
    "SELECT $1a, $x",
    "SELECT 1a",
    "SELECT\f1\v,\t2",
    "SELECT &a, a&b, a?b, a?|b, a#b, a<->b",
]


def expected(text: bytes):
    found = tokens(text)
    while found and found[-1].word == ";":
        found.pop()
    return [t.word for t in found], [t.start for t in found], [t.end for t in found]


def same(text: bytes) -> None:
    try:
        wanted = expected(text)
    except Unparsable:
        return  # the grammar would have refused it before
    assert lexemes(text) == wanted


@pytest.mark.parametrize("text", TRICKY)
def test_on_tricky_texts(text):
    same(text.encode())


@given(st.text(alphabet="ab1 .,;:()[]'\"$-+/*<>=!|&@#~%^?\n\\Ee_Uux", max_size=24))
def test_on_anything(text):
    same(text.encode())


PARTS = (
    *("a", "E", "'", "''", '"', "1", ".", "::", "--", "/*", "*/", "->", "-", ">", "$", "$$", "||", "(", ")"),
    *("'x'", '"y"', "U&", "=", "<", "e5", ",", ";", " ", "\n"),
)


@given(st.lists(st.sampled_from(PARTS), max_size=10))
def test_on_what_is_put_together_of_tokens(parts):
    same("".join(parts).encode())


def test_on_every_statement_of_the_corpus(corpus):
    plain = seen = 0
    for path in sorted(corpus.rglob("*.sql")):
        with open_source(path) as source:
            for piece in pieces(source):
                if piece.kind == "sql":
                    same(piece.sql)
                    seen += 1
                    plain += _plain(piece.sql) is not None
    assert plain > seen * 0.8
