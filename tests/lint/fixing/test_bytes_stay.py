"""Outside of its edits a fix leaves every byte alone: encodings, line endings, comments."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dsql_migrate.cli import lint
from dsql_migrate.lint.finding import Edit
from dsql_migrate.lint.fixing.edits import Taken, comments, spliced, with_comments
from dsql_migrate.lint.fixing.text import Unfixable, line_ending, text_of

BEFORE = "-- Größe\r\nCREATE INDEX i ON t (größe DESC);\r\nSELECT 'é'"
AFTER = "-- Größe\r\nCREATE INDEX ASYNC i ON t (größe);\r\nSELECT 'é'"


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        (b"", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"SET client_encoding = 'LATIN1';\n", "latin-1"),
    ],
)
def test_encoding_mark_and_line_endings_stay(tmp_path: Path, head: bytes, codec: str) -> None:
    file = tmp_path / "a.sql"
    file.write_bytes(head + BEFORE.encode(codec))
    CliRunner().invoke(lint.command, ["--fix", str(file)])
    assert file.read_bytes() == head + AFTER.encode(codec)


def test_comments_inside_a_clause_that_goes_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_text("CREATE INDEX ASYNC i ON t (a) WITH (fillfactor -- why\n = 70 /* what */);\n")
    CliRunner().invoke(lint.command, ["--fix", str(file)])
    assert file.read_text() == "CREATE INDEX ASYNC i ON t (a) -- why\n /* what */;\n"


def test_a_line_comment_that_moves_ends_its_line() -> None:
    edit = with_comments(Edit(0, 12, "x"), b"a -- why\n  b")
    assert edit.text == "x -- why\n"


@pytest.mark.parametrize("text", ["'-- no'", "E'\\'-- no'", '"/* no */"', "$x$ -- no $x$", "a - -b"])
def test_what_only_looks_like_a_comment(text: str) -> None:
    assert comments(text.encode()) == []


def test_line_breaks_of_an_edit_are_those_of_the_file() -> None:
    assert spliced(b"a;\r\nb;\r\n", [Edit(1, 1, "\nx")]) == b"a\r\nx;\r\nb;\r\n"
    assert line_ending(b"no line at all") == "\n"


def test_edits_that_touch_are_not_made_together() -> None:
    taken = Taken()
    assert taken.take([Edit(5, 9, ""), Edit(20, 20, "x")])
    assert not taken.take([Edit(9, 12, "")])
    assert not taken.take([Edit(20, 20, "y")])
    assert not taken.take([Edit(0, 30, "")])
    assert taken.take([Edit(10, 19, "")])


@pytest.mark.parametrize(
    "raw", [b"\x1f\x8b\x08\x00rest", b"PGDMP\x01", b"a\0b", b"SET client_encoding = 'KLINGON';\n", b"\xff\xfea"]
)
def test_what_is_no_plain_text_is_not_fixed(raw: bytes) -> None:
    with pytest.raises(Unfixable):
        text_of(raw)
