"""Plain INSERT statements are told without the parser, and what is told is what the parser says."""

import pytest

from dsql_migrate.rewrite.data.plain_insert import Model, Repeated, model_of, plain_head, singly
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import Insert
from dsql_migrate.source.open import source_of
from dsql_migrate.source.script import Piece, pieces


def statements(text: bytes) -> list[Piece]:
    with source_of(text) as source:
        return [piece for piece in pieces(source) if piece.kind == "sql"]


def model(text: bytes) -> Model:
    (piece,) = statements(text)
    fact = read(piece.sql)
    assert isinstance(fact, Insert)
    found = model_of(piece, fact)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        b"INSERT INTO public.t VALUES (1, 'a', NULL);",
        b"insert into t(a)values(-1.5e3);",
        b"INSERT INTO \"Odd \"\"Name\" (\"a b\", id) VALUES ('it''s (a) ; --', 4);",
        b"\n-- a remark\nINSERT INTO t (a, b) OVERRIDING SYSTEM VALUE VALUES (1, true),\n (2, false) ;",
        "INSERT INTO t VALUES ('Łódź 🫖');".encode(),
    ],
)
def test_the_fact_is_the_one_the_parser_gives(text: bytes) -> None:
    (piece,) = statements(text)
    assert model(text).read(piece.sql, piece.body) == read(piece.sql)


@pytest.mark.parametrize(
    "text",
    [
        b"INSERT INTO t VALUES (DEFAULT);",
        b"INSERT INTO t VALUES (1 + 1);",
        b"INSERT INTO t VALUES (1a);",
        b"INSERT INTO t VALUES ('a' 'b');",
        b"INSERT INTO t VALUES (E'a');",
        b"INSERT INTO t VALUES ('a'::text);",
        b"INSERT INTO t VALUES (1) RETURNING id;",
        b"INSERT INTO t VALUES (1) \\gset\n",
        b"INSERT INTO t SELECT 'x values ' || ('a');",
        b"INSERT INTO t /* values */ VALUES (1);",
        b"INSERT INTO t VALUES (1)",
    ],
)
def test_what_is_not_plain(text: bytes) -> None:
    (piece,) = statements(text)
    assert plain_head(piece) is None


def test_another_number_of_values_and_bytes_that_are_no_text_are_left_to_the_parser() -> None:
    like = model(b"INSERT INTO t VALUES (1, 'a');")
    for text in (b"INSERT INTO t VALUES (1);", b"INSERT INTO t VALUES (1, '\xff');", b"INSERT INTO u VALUES (1, 'a');"):
        assert like.read(text, 0) is None


def test_many_statements_make_one_piece_and_come_apart_again() -> None:
    text = b"".join(b"INSERT INTO t VALUES (%d, 'x; y');\n" % n for n in range(1000)) + b"SELECT 1;\n"
    repeated = Repeated()
    with source_of(text) as source:
        found = []
        for piece in pieces(source, chunk=500, several=repeated):
            found += singly(piece) if piece.statements > 1 else [piece]
            repeated.follow(plain_head(piece) or b"INSERT INTO t VALUES", 2)
    with source_of(text) as source:
        assert found == list(pieces(source))
