r"""Scripts in several files: \i and \ir in place, with the right file and line for every piece; and what is refused."""

from pathlib import Path

import pytest

from dsql_migrate.source.client_copy import client_copy
from dsql_migrate.source.include import Refused, expand
from dsql_migrate.source.open import open_source
from dsql_migrate.source.script import pieces


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "db"
    (folder / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return folder


def placed(main: str = "db/main.sql") -> tuple[list[tuple[str, int, str]], tuple[Refused, ...]]:
    """(file, line, text) of every statement and psql line after includes are in place."""
    source, refused = expand(open_source(main))
    with source:
        found = []
        for piece in pieces(source):
            if piece.kind != "blank":
                label, line = source.place(piece.start + piece.body, piece.body_line)
                found.append((label, line, piece.text[piece.body :].decode().strip()))
    return found, refused


def test_pieces_of_an_included_file_stand_in_its_place(scripts: Path) -> None:
    (scripts / "main.sql").write_text("SELECT 1;\n\\i sub/a.sql\n\nSELECT 2;\n")
    (scripts / "sub/a.sql").write_text("-- a\nSELECT 'a';\n\\ir 'b''s.sql'\nSELECT 'z'")
    (scripts / "sub/b's.sql").write_text("COPY t FROM stdin;\n1\n\\.\nSELECT 'b';")
    assert placed() == (
        [
            ("db/main.sql", 1, "SELECT 1;"),
            ("db/sub/a.sql", 2, "SELECT 'a';"),
            ("db/sub/b's.sql", 1, "COPY t FROM stdin;"),
            ("db/sub/b's.sql", 2, ""),
            ("db/sub/b's.sql", 4, "SELECT 'b';"),
            ("db/sub/a.sql", 4, "SELECT 'z'\n;"),  # psql sends what is left at the end of a file
            ("db/main.sql", 4, "SELECT 2;"),
        ],
        (),
    )


def test_a_script_without_includes_stays_itself(scripts: Path) -> None:
    (scripts / "main.sql").write_text("SELECT '\n\\i x.sql';\n")
    with open_source("db/main.sql") as source:
        assert expand(source) == (source, ())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("\\i /etc/passwd", "outside the script's folder"),
        ("\\i ../secret.sql", "outside the script's folder"),
        ("\\i link.sql", "outside the script's folder"),
        ("\\i none.sql", "no such file"),
        ("\\i sub", "no regular file"),
        ("\\i main.sql", "includes itself"),
        ("\\i :file", "not a plain one"),
        ("\\i `id`", "not a plain one"),
        ("\\i open.sql", "never closed"),
        ("\\i noise.sql", "not a SQL script"),
    ],
)
def test_what_is_not_followed_stays_and_is_reported(scripts: Path, line: str, why: str) -> None:
    (scripts.parent / "secret.sql").write_text("SELECT 'secret';")
    (scripts / "link.sql").symlink_to(scripts.parent / "secret.sql")
    (scripts / "open.sql").write_text("SELECT 'x")
    (scripts / "noise.sql").write_bytes(b"\0\1\2")
    (scripts / "main.sql").write_text(f"SELECT 1;\n{line}\nSELECT 2;\n")
    found, refused = placed()
    assert [text for _, _, text in found] == ["SELECT 1;", line, "SELECT 2;"]
    assert [(r.label, r.line) for r in refused] == [("db/main.sql", 2)]
    assert why in refused[0].why


def test_a_flood_of_includes_ends(scripts: Path) -> None:
    for level in range(8):
        (scripts / f"{level}.sql").write_text(f"\\i {level + 1}.sql\n" * 10)
    (scripts / "8.sql").write_text("SELECT 1;\n")
    (scripts / "main.sql").write_text("\\i 0.sql\n")
    _, refused = placed()
    assert "more than 1000 files" in refused[0].why


def test_client_copy(scripts: Path) -> None:
    (scripts / "a b.csv").write_text("1,2\n")
    found = client_copy(b"\\copy public.t (\"from\", b) FROM './a b.csv' DELIMITER ',' CSV;", scripts)
    assert found.statement == b"COPY public.t (\"from\", b) FROM stdin DELIMITER ',' CSV;"
    assert found.path == (scripts / "a b.csv").resolve()
    assert found.why is None
    inline = client_copy(b"\\copy t from stdin with (format csv)", None)
    assert (inline.statement, inline.inline) == (b"COPY t FROM stdin with (format csv);", True)


@pytest.mark.parametrize(
    ("line", "loads", "why"),
    [
        (b"\\copy t from none.csv", True, "no such file"),
        (b"\\copy t from '/etc/passwd'", True, "outside the script's folder"),
        (b"\\copy t from program 'id'", False, "runs a program"),
        (b"\\copy t from pstdin", True, "standard input of psql"),
        (b"\\copy (select a from b) to 'x.csv'", False, "out of the database"),
        (b"\\copy t", False, "neither FROM nor TO"),
        (b"\\copy t from", False, "no file"),
    ],
)
def test_client_copy_that_cannot_be_read(scripts: Path, line: bytes, loads: bool, why: str) -> None:
    found = client_copy(line, scripts)
    assert (found.statement is not None, found.path) == (loads, None)
    assert why in (found.why or "")
