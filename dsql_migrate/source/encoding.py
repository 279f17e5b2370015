"""PostgreSQL's encoding names as Python codecs, and the change of a whole stream to UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

from dsql_migrate.errors import InputError
from dsql_migrate.source import regex

# pg_encname_tbl (src/common/encnames.c): names without case and punctuation. None: the bytes stay as they are.
_CODECS: dict[str, str | None] = {
    "utf8": None, "unicode": None, "sqlascii": None,
    **{f"latin{n}": f"iso8859-{part}" for n, part in enumerate((1, 2, 3, 4, 9, 10, 13, 14, 15, 16), 1)},
    **{f"iso8859{part}": f"iso8859-{part}" for part in (*range(1, 11), *range(13, 17))},
    **{f"{prefix}{page}": f"cp{page}" for prefix in ("win", "windows") for page in range(1250, 1259)},
    "win866": "cp866", "windows866": "cp866", "alt": "cp866",
    "win874": "cp874", "windows874": "cp874",
    "win": "cp1251", "abc": "cp1258", "tcvn": "cp1258", "tcvn5712": "cp1258", "vscii": "cp1258",
    "koi8": "koi8-r", "koi8r": "koi8-r", "koi8u": "koi8-u",
    "eucjp": "euc_jp", "eucjis2004": "euc_jis_2004", "euckr": "euc_kr", "euccn": "gb2312",
    "sjis": "cp932", "shiftjis": "cp932", "mskanji": "cp932", "win932": "cp932", "windows932": "cp932",
    "shiftjis2004": "shift_jis_2004", "johab": "johab", "gb18030": "gb18030",
    "big5": "cp950", "win950": "cp950", "windows950": "cp950",
    "gbk": "gbk", "win936": "gbk", "windows936": "gbk",
    "uhc": "cp949", "win949": "cp949", "windows949": "cp949",
}  # fmt: skip

_DECLARATION = regex.compile(
    rb"^[ \t]*(?:SET[ \t]+(?:SESSION[ \t]+)?client_encoding[ \t]*(?:=|\bTO\b)[ \t]*|\\encoding[ \t]+)"
    rb"'?(?P<name>[A-Za-z0-9_-]+)'?",
    re.IGNORECASE | re.MULTILINE,
)
_DATA_STARTS = regex.compile(rb"^COPY[ \t]|^INSERT[ \t]", re.IGNORECASE | re.MULTILINE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it starts with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def byte_order_mark(head: bytes) -> tuple[int, str | None]:
    """The size of a byte order mark and the codec it stands for; (0, None) without one."""
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return len(mark), codec
    return 0, None


def declared_encoding(head: bytes) -> tuple[str, int, int] | None:
    """The client encoding that the first part of a script sets, and where its name stands; None where it sets none."""
    data = _DATA_STARTS.search(head)
    found = _DECLARATION.search(head, 0, data.start() if data else len(head))
    if found is None:
        return None
    return found["name"].decode("ascii"), found.start("name"), found.end("name")


def python_codec(name: str) -> str | None:
    """The Python codec of a PostgreSQL encoding; None where the bytes can stay (UTF8, SQL_ASCII).

    Raises InputError for a name that PostgreSQL or Python does not know (EUC_TW and MULE_INTERNAL have no codec).
    """
    key = re.sub(r"[^a-z0-9]", "", name.lower())
    if key not in _CODECS:
        raise InputError(
            f"cannot read encoding {name}", "dump again with pg_dump --encoding=UTF8, or set client_encoding to UTF8"
        )
    return _CODECS[key]


def declare_utf8(chunks: Iterable[bytes], head: bytes, declared: tuple[str, int, int], codec: str) -> Iterator[bytes]:
    """The decoded bytes with UTF8 for the name of the declared encoding: that is what they are now."""
    _, start, end = declared
    start = len(head[:start].decode(codec, "replace").encode())
    end = start + end - declared[1]
    for number, chunk in enumerate(chunks):
        yield chunk if number else chunk[:start] + b"UTF8" + chunk[end:]


def to_utf8(chunks: Iterable[bytes], codec: str, name: str) -> Iterator[bytes]:
    """The same text as UTF-8. Raises InputError, with the byte offset, where the bytes are no text in it."""
    decoder = codecs.getincrementaldecoder(codec)()
    before = 0  # bytes given to the decoder so far
    held = 0  # of these, the bytes of a character that is not whole yet
    try:
        for chunk in chunks:
            held = len(decoder.getstate()[0])
            text = decoder.decode(chunk)
            before += len(chunk)
            yield text.encode("utf-8")
        held = len(decoder.getstate()[0])
        yield decoder.decode(b"", final=True).encode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"byte {before - held + error.start} is not {name}: {error.reason}") from None


def text_of(data: bytes) -> bytes:
    """The bytes of a text as UTF-8 without a byte order mark; without a mark they stay as they are.

    What a byte order mark promises and the bytes do not keep is replaced: a part of a file may end within a character.
    """
    skip, codec = byte_order_mark(data)
    if codec is None:
        return data
    if codec == "utf-8":
        return data[skip:]
    return data[skip:].decode(codec, "replace").encode("utf-8", "replace")
