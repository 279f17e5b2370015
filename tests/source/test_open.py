"""Opening: whatever the form of the input, the same script comes out; what is no script is said in one line."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
from pathlib import Path

import pytest

from dsql_migrate.errors import InputError
from dsql_migrate.source.encoding import python_codec
from dsql_migrate.source.open import open_source, source_of
from dsql_migrate.source.script import pieces

DATA = Path(__file__).parent / "data"


def packed(data: bytes) -> bytes:
    """As gzip does, without the time of day: the data are part of a test's name."""
    return gzip.compress(data, mtime=0)


def content(path: Path) -> bytes:
    with open_source(path) as source:
        return source.read(0, source.size)


def written(folder: Path, data: bytes, name: str = "x.sql") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_plain_file_is_read_in_place(tmp_path: Path) -> None:
    path = written(tmp_path, b"SELECT 1;\n")
    with open_source(path) as source:
        assert (source.label, source.size, source.base) == (str(path), 10, tmp_path)
        assert source.read(7, 99) == b"1;\n"
        assert list(source.chunks(0, 10, 4)) == [b"SELE", b"CT 1", b";\n"]
        assert source.sha256 == hashlib.sha256(b"SELECT 1;\n").hexdigest()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files(tmp_path: Path, pack: object) -> None:
    packed = pack(b"SELECT 'x';\n")  # type: ignore[operator]
    path = written(tmp_path, packed)
    assert content(path) == b"SELECT 'x';\n"
    with open_source(path) as source:
        assert source.sha256 == hashlib.sha256(packed).hexdigest()
    path.write_bytes(packed[:-4])
    with pytest.raises(InputError, match="ends too early"):
        open_source(path)


@pytest.mark.parametrize("name", ["custom.dump", "custom16.dump", "tar.dump", "directory.dump"])
def test_archives_hold_the_plain_script(name: str) -> None:
    with open_source(DATA / name) as archive, open_source(DATA / "plain.sql") as plain:
        scripts = [
            [source.read(p.start + p.body, p.end) for p in pieces(source) if p.kind in ("sql", "copy")]
            for source in (archive, plain)
        ]
    assert scripts[0] == scripts[1]
    assert len(scripts[0]) > 20


def test_an_archive_in_gzip(tmp_path: Path) -> None:
    assert content(written(tmp_path, gzip.compress((DATA / "tar.dump").read_bytes()))).startswith(b"--\n-- PostgreSQL")


def test_damaged_archives(tmp_path: Path) -> None:
    whole = (DATA / "custom.dump").read_bytes()
    with pytest.raises(InputError, match=r"pg_restore: .*end of file") as caught:
        open_source(written(tmp_path, whole[:900]))
    assert "\n" not in caught.value.message
    newer = bytearray(whole)
    newer[5:7] = bytes((1, 99))  # the version of the archive's format
    with pytest.raises(InputError, match="unsupported version") as caught:
        open_source(written(tmp_path, bytes(newer)))
    assert caught.value.hint is not None


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"SELECT 1;", gzip.compress(b"SELECT 1;")):
        stream = io.TextIOWrapper(io.BytesIO(data))
        monkeypatch.setattr("sys.stdin", stream)
        with open_source("-") as source:
            assert (source.label, source.base, source.read(0, 99)) == ("<stdin>", None, b"SELECT 1;")
            assert source.sha256 == hashlib.sha256(data).hexdigest()


def test_progress_is_told_while_spooling(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = written(tmp_path, gzip.compress(b"SELECT 1;"))
    open_source(path, progress=lambda done, size: seen.append((done, size))).close()
    assert seen == [(path.stat().st_size, path.stat().st_size)]


def test_a_pipe(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"SELECT 1;")
    os.close(writing)
    assert content(Path(f"/dev/fd/{reading}")) == b"SELECT 1;"
    os.close(reading)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(tmp_path: Path, codec: str) -> None:
    assert content(written(tmp_path, "SELECT 'größe';".encode(codec))) == "SELECT 'größe';".encode()


@pytest.mark.parametrize(
    ("name", "codec"),
    [("LATIN1", "latin-1"), ("WIN1252", "cp1252"), ("EUC_JP", "euc_jp"), ("SJIS", "cp932"), ("windows-1251", "cp1251")],
)
def test_declared_encodings(tmp_path: Path, name: str, codec: str) -> None:
    text = {"euc_jp": "表;", "cp932": "表;", "cp1251": "Привет"}.get(codec, "größe")  # 表 ends with a backslash in SJIS
    script = f"SET client_encoding = '{name}';\nSELECT '{text}';\n"
    with open_source(written(tmp_path, script.encode(codec))) as source:
        assert source.read(0, 999).decode() == script.replace(name, "UTF8")
        assert source.encoding == name


def test_a_dump_in_latin1() -> None:
    assert "grüße".encode() in content(DATA / "latin1.sql")


def test_encodings_that_stay(tmp_path: Path) -> None:
    for name in ("UTF8", "SQL_ASCII", "unicode"):
        script = b"SET client_encoding TO '" + name.encode() + b"';\nSELECT '\xff';"
        assert content(written(tmp_path, script)) == script
    late = b"COPY t FROM stdin;\nSET client_encoding = 'LATIN1';\n\xff\n\\.\n"
    assert content(written(tmp_path, late)) == late


def test_encoding_trouble(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read encoding EUC_TW"):
        open_source(written(tmp_path, b"SET client_encoding = 'EUC_TW';"))
    script = b"SET client_encoding = 'EUC_JP';" + b" " * 99 + b"\xff"
    with pytest.raises(InputError, match="byte 130 is not EUC_JP"):
        open_source(written(tmp_path, script))
    with pytest.raises(InputError, match="byte 33 is not EUC_JP"):  # cut in the middle of a character
        open_source(written(tmp_path, b"SET client_encoding = 'EUC_JP';  \xa4"))


def test_every_encoding_has_a_codec() -> None:
    for number in range(1, 11):
        codec = python_codec(f"LATIN{number}")
        assert codec is not None
        "a".encode(codec)
    assert b"\xa4".decode(python_codec("LATIN9") or "") == "€"
    assert python_codec("koi8") == "koi8-r"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF\0\0\0", "is not a SQL script or a pg_dump archive"),
        (b"\x28\xb5\x2f\xfd123", "compressed with zstd"),
        (b"\x04\x22\x4d\x18123", "compressed with lz4"),
        (b"PK\x03\x04", "compressed with zip"),
        (b"file.txt".ljust(257, b"\0") + b"ustar\00000".ljust(255, b"\0"), "a tar file, but not one of pg_dump"),
        (packed(packed(packed(packed(b"x")))), "too many times"),
    ],
)
def test_what_is_no_script(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_source(written(tmp_path, data))


def test_paths_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or directory"):
        open_source(tmp_path / "none.sql")
    with pytest.raises(InputError, match=r"is a folder, but not one of pg_dump -Fd"):
        open_source(tmp_path)
    with pytest.raises(InputError, match="null"):
        open_source("a\0b")


def test_an_empty_file_is_the_callers_business(tmp_path: Path) -> None:
    with open_source(written(tmp_path, b"")) as source:
        assert (source.size, list(pieces(source))) == (0, [])


def test_short_texts() -> None:
    with source_of(b"SELECT 1;", "query") as source:
        assert (source.label, source.size, source.place(0, 1)) == ("query", 9, ("query", 1))
