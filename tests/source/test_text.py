"""SourceText: byte offsets to lines and columns."""

from dsql_migrate.source.text import SourceText


def test_lines_and_columns_count_from_one_in_characters() -> None:
    text = SourceText("a.sql", "SELECT 'ä';\r\nfoo\n".encode())
    assert text.line_column(0) == (1, 1)
    assert text.line_column(text.data.index(b";")) == (1, 11)
    assert text.line_column(text.data.index(b"foo")) == (2, 1)
    assert text.line_column(10_000) == (3, 1)


def test_the_text_of_a_line_is_without_its_end() -> None:
    text = SourceText("a.sql", b"one\r\ntwo\n\xff")
    assert [text.line_text(n) for n in (0, 1, 2, 3, 4)] == ["", "one", "two", "�", ""]
