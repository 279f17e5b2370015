"""The lexer: every byte in one piece, in order, however the source is read; and where naive splitters fail."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_migrate.source.open import open_source, source_of
from dsql_migrate.source.parse import parse
from dsql_migrate.source.script import Piece, leading_words, pieces

TRICKY = (
    "'", "''", '"', "$$", "$a$", "$é$", "a$b", "$1", "E'", "e'\\'", 'U&"', "\\", "\\\\", "\\gset x", "\\i f", "\\.",
    ";", "\\;", "(", ")", "--", "-", "/*", "*/", "/", "*", "\n", "\r\n", "\r", " ", "\t", "x", "é", "\0",
    "create function ", "create rule ", "begin atomic ", "case ", "end", "as ", "insert into t values ('x');",
    "copy t from stdin;\n", "COPY t (a) FROM stdin", "1\t\\N\n", "\\.\n", "\\.\r\n", "\\copy t from stdin\n",
    "set standard_conforming_strings = off;",
)  # fmt: skip
fragments = st.lists(st.sampled_from(TRICKY), max_size=25).map(lambda parts: "".join(parts).encode())


def cut(text: str | bytes, chunk: int = 1 << 20) -> list[Piece]:
    with source_of(text.encode() if isinstance(text, str) else text) as source:
        return list(pieces(source, chunk=chunk))


def statements(text: str) -> list[str]:
    return [piece.sql[piece.body :].decode() for piece in cut(text) if piece.kind == "sql"]


def shape(text: str) -> list[tuple[str, str]]:
    """(kind, text from the body on) of every piece; the text of COPY data is taken from the source."""
    data = text.encode()
    return [(p.kind, data[p.start + p.body : p.end].decode()) for p in cut(data)]


@settings(max_examples=400, deadline=None)
@given(st.one_of(fragments, st.binary(max_size=60)))
def test_every_byte_belongs_to_one_piece_however_the_source_is_read(data: bytes) -> None:
    whole = cut(data)
    at, line = 0, 1
    for piece in whole:
        assert (piece.start, piece.line) == (at, line)
        if piece.kind != "copy":
            assert piece.text == data[piece.start : piece.end]
            assert 0 <= piece.body <= piece.stop <= len(piece.text)
        assert piece.lines == data.count(b"\n", piece.start, piece.end)
        at, line = piece.end, line + piece.lines
    assert at == len(data)
    for chunk in (1, 2, 7):
        assert cut(data, chunk) == whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 'a;b'; SELECT 2;", ["SELECT 'a;b';", "SELECT 2;"]),
        ("SELECT 'it''s;'; SELECT 2;", ["SELECT 'it''s;';", "SELECT 2;"]),
        ('SELECT "a"";b"; SELECT 2;', ['SELECT "a"";b";', "SELECT 2;"]),
        (r"SELECT E'a\';b'; SELECT 2;", [r"SELECT E'a\';b';", "SELECT 2;"]),
        ("SELECT E'a'\n  'b\\';c'; SELECT 2;", ["SELECT E'a'\n  'b\\';c';", "SELECT 2;"]),
        (r"SELECT 'a\'; SELECT 2;", [r"SELECT 'a\';", "SELECT 2;"]),
        (r"SELECT nonce'a\'; SELECT 2;", [r"SELECT nonce'a\';", "SELECT 2;"]),
        ('SELECT U&"\\0441;" ; SELECT 2;', ['SELECT U&"\\0441;" ;', "SELECT 2;"]),
        ("SELECT $$a;'b$$; SELECT 2;", ["SELECT $$a;'b$$;", "SELECT 2;"]),
        ("SELECT $größe$a; $$ $größe$; SELECT 2;", ["SELECT $größe$a; $$ $größe$;", "SELECT 2;"]),
        ("SELECT a$b, c$b; SELECT 2;", ["SELECT a$b, c$b;", "SELECT 2;"]),
        ("SELECT $1;SELECT $2;", ["SELECT $1;", "SELECT $2;"]),
        ("SELECT 1 /* a; /* b; */ c; */; SELECT 2;", ["SELECT 1 /* a; /* b; */ c; */;", "SELECT 2;"]),
        ("SELECT 1 -- a; 'b\n; SELECT 2;", ["SELECT 1 -- a; 'b\n;", "SELECT 2;"]),
        ("SELECT 1 - -1; SELECT 4 / 2;", ["SELECT 1 - -1;", "SELECT 4 / 2;"]),
        ("CREATE RULE r AS ON x TO t DO (a; b); SELECT 2;", ["CREATE RULE r AS ON x TO t DO (a; b);", "SELECT 2;"]),
        ("SELECT (1; SELECT 2;", ["SELECT (1;", "SELECT 2;"]),  # psql would take both; one broken statement is one
        ("SELECT 1 \\; SELECT 2;", ["SELECT 1 ", "SELECT 2;"]),
        ("SELECT :'a', :b;", ["SELECT :'a', :b;"]),
        ("BEGIN; SELECT CASE WHEN a THEN b END; END;", ["BEGIN;", "SELECT CASE WHEN a THEN b END;", "END;"]),
    ],
)  # fmt: skip
def test_where_statements_end(text: str, expected: list[str]) -> None:
    assert statements(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END;",
        "create or replace procedure p(begin int) language sql begin /* x */ atomic select 1 as end; end;",
        'CREATE FUNCTION "end"() RETURNS int RETURN CASE WHEN true THEN 1 END;',
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;",
        "CREATE /* c */ OR -- d\n REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC; SELECT E'\\';'; END;",
    ],
)
def test_a_routine_body_is_one_statement(text: str) -> None:
    assert statements(text + " SELECT 2;") == [text, "SELECT 2;"]


def test_backslashes_in_plain_strings_of_old_dumps() -> None:
    text = (
        r"SET standard_conforming_strings = off; SELECT 'a\';b'; SET standard_conforming_strings TO 'on'; SELECT 'a\';"
    )
    assert statements(text)[1] == r"SELECT 'a\';b';"
    assert statements(text)[3] == r"SELECT 'a\';"


def test_copy_data_is_a_piece_of_its_own() -> None:
    text = "COPY t (a, b) FROM stdin;\n1\t'; --\n\\\\.\n\\.\nSELECT 1;\n"
    assert shape(text) == [
        ("sql", "COPY t (a, b) FROM stdin;\n"),
        ("copy", "1\t'; --\n\\\\.\n\\.\n"),
        ("sql", "SELECT 1;"),
        ("blank", ""),
    ]
    copy = cut(text)[0]
    assert copy.sql == b"COPY t (a, b) FROM stdin;"


@pytest.mark.parametrize(
    "statement",
    [
        "COPY t FROM stdin;",
        'copy public."a; \'b" ("from", c) -- x\n from /* y */ STDIN with (format csv, quote \'"\');',
        "COPY t FROM STDIN DELIMITER '|' CSV HEADER;",
        "COPY BINARY t FROM stdin;",
        "copy t from stdin \\g",
        "COPY t FROM stdin; -- the data",
    ],
)
def test_copy_from_stdin_is_known_in_all_its_forms(statement: str) -> None:
    for newline in ("\n", "\r\n"):
        rows = f'1|"a{newline}b"{newline}'
        text = f"{statement}{newline}{rows}\\.{newline}SELECT 1;"
        assert shape(text) == [("sql", statement + newline), ("copy", f"{rows}\\.{newline}"), ("sql", "SELECT 1;")]


@pytest.mark.parametrize(
    "statement",
    [
        "COPY t TO stdout;",
        "COPY t FROM 'stdin';",
        "COPY t FROM PROGRAM 'stdin';",
        "COPY (SELECT a FROM stdin) TO stdout;",
        "COPYING FROM stdin;",
        "COMMENT ON TABLE t IS 'COPY t FROM stdin;';",
    ],
)
def test_other_statements_take_no_data(statement: str) -> None:
    assert shape(f"{statement}\nSELECT 1;") == [("sql", statement), ("sql", "SELECT 1;")]


def test_copy_without_rows_and_without_end() -> None:
    assert shape("COPY t FROM stdin;\n\\.\n;")[1] == ("copy", "\\.\n")
    assert not cut("COPY t FROM stdin;\n1\n\\.")[1].truncated  # the last line feed may be missing
    broken = cut("COPY t FROM stdin;\n1\n2")[1]
    assert (broken.kind, broken.truncated, broken.lines) == ("copy", True, 1)


def test_psql_lines() -> None:
    text = '\\restrict k\r\n-- x\n\\connect "a b"\n'
    text += "SELECT 1 \\gset a_\n\\if :x \\\\ SELECT ';\\n'; \\endif\nSELECT 2\n\\gexec"
    assert shape(text) == [
        ("psql", "\\restrict k"),
        ("psql", '\\connect "a b"'),
        ("sql", "SELECT 1 \\gset a_"),
        ("psql", "\\if :x \\\\"),
        ("sql", "SELECT ';\\n';"),
        ("psql", "\\endif"),
        ("sql", "SELECT 2\n\\gexec"),
    ]
    sent = [(p.terminator, p.sql[p.body :]) for p in cut(text) if p.kind == "sql"]
    assert sent == [(b"\\gset", b"SELECT 1 "), (b";", b"SELECT ';\\n';"), (b"\\gexec", b"SELECT 2\n")]


def test_psql_copy_from_stdin_takes_the_lines_after_it() -> None:
    assert shape("\\copy t from stdin csv\na,b\n\\.\nSELECT 1;")[:2] == [
        ("psql", "\\copy t from stdin csv\n"),
        ("copy", "a,b\n\\.\n"),
    ]
    assert shape("\\copy t from 'stdin'\nSELECT 1;")[1] == ("sql", "SELECT 1;")


@pytest.mark.parametrize("opening", ["'", '"', "E'", "$$", "$a$", "/*", "CREATE FUNCTION f() BEGIN ATOMIC '"])
def test_an_unclosed_quote_is_said(opening: str) -> None:
    found = cut(f"SELECT 1;\nSELECT {opening} a; b;\n" if opening[0] != "C" else f"SELECT 1;\n{opening} a; b;\n")
    assert [(p.kind, p.unterminated) for p in found] == [("sql", False), ("sql", True)]


def test_an_unclosed_quote_takes_time_in_proportion() -> None:
    found = cut(b"SELECT '" + b"a; $x$ \\\n" * 300_000, chunk=4096)
    assert [p.unterminated for p in found] == [True]


def test_lines_and_words() -> None:
    found = cut('-- one\n\n/* two */ Insert Into t VALUES (1);\n;\n;\nGRANT ALL ON t TO "x";')
    assert [(p.kind, p.line, p.body_line, p.keyword) for p in found] == [
        ("sql", 1, 3, "insert"),
        ("blank", 3, 4, ""),
        ("sql", 5, 6, "grant"),
    ]
    assert leading_words(found[0], 3) == ("insert", "into", "t")
    assert leading_words(found[2], 9) == ("grant", "all", "on", "t", "to")
    assert cut("\\c x")[0].keyword == "\\c"


def test_blank_sources() -> None:
    assert cut("") == []
    assert [(p.kind, p.lines) for p in cut("-- nothing\n/* here */\n")] == [("blank", 2)]


@pytest.mark.parametrize("name", ["plain.sql", "inserts.sql", "latin1.sql"])
def test_what_pg_dump_writes_can_be_read(name: str) -> None:
    with open_source(Path(__file__).parent / "data" / name) as source:
        found = list(pieces(source))
    assert {parse(p.sql).kind for p in found if p.kind == "sql"} >= {"CreateStmt", "CreateFunctionStmt", "RuleStmt"}
    rows = sum(p.lines - 1 for p in found if p.kind == "copy") or sum(p.keyword == "insert" for p in found)
    assert rows == 4


def test_every_statement_of_the_corpus_can_be_read(corpus: Path) -> None:
    """These dumps were written by PostgreSQL or loaded into it: what the grammar refuses was cut wrongly."""
    for path in sorted(corpus.rglob("*.sql")):
        with open_source(path) as source:
            end = 0
            for piece in pieces(source):
                assert piece.start == end
                end = piece.end
                assert not piece.unterminated, (path, piece.line)
                assert not piece.truncated, (path, piece.line)
                if piece.kind == "sql":
                    parse(piece.sql)
            assert end == source.size
