"""The values of rows as MySQL writes them, said as COPY has them: one function a kind of column.

Each takes a literal of MySQL (bytes of the dump) and gives COPY's text, or raises Refused. NULL is not given to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dsql_migrate.inputs.mysql.types import Form

Convert = Callable[[bytes], bytes]
NULL = rb"\N"
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_UNESCAPED = {
    b"0": b"\0", b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"Z": b"\x1a", b"%": b"\\%", b"_": b"\\_",
}  # fmt: skip
_FOR_COPY = re.compile(rb"[\\\t\n\r\b\f\v]")
_COPIED = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b"\b": b"\\b", b"\f": b"\\f", b"\v": b"\\v"}
_STRING = re.compile(rb"(?:_[A-Za-z0-9]+\s*)?(['\"])(.*)\1\Z", re.DOTALL)
_EASY = re.compile(rb"'[^'\\\t\n\r\b\f\v\0]*+'\Z")  # the same in COPY
_HEX = re.compile(rb"(?:0[xX]([0-9A-Fa-f]+)|(?:_binary\s*)?[xX]'([0-9A-Fa-f]*)')\Z")
_BITS = re.compile(rb"(?:[bB]'([01]*)'|0b([01]+))\Z")
_NUMBER = re.compile(rb"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_ZERO = re.compile(rb"\d{4}-(?:00-\d\d|\d\d-00)")
_TIME = re.compile(rb"(\d{1,2}):[0-5]\d:[0-5]\d(?:\.\d+)?\Z")
_LARGEST = 2**63 - 1


class Refused(ValueError):
    """A value that the column cannot hold in PostgreSQL."""


class ZeroDate(Refused):
    """A date with a zero in it: MySQL's word for a date that is not there."""


def plain(value: bytes) -> bytes:
    """The bytes that a string, number or hexadecimal literal stands for."""
    if value[:1] == b"'" and b"\\" not in value and value.count(b"'") == 2:
        return value[1:-1]
    found = _HEX.match(value)
    if found is not None:
        digits = found.group(1) or found.group(2) or b""
        return bytes.fromhex(("0" if len(digits) % 2 else "") + digits.decode("ascii"))
    found = _STRING.match(value)
    if found is None:
        return value
    quote, inner = found.group(1), found.group(2)
    inner = inner.replace(quote * 2, quote)
    return _ESCAPE.sub(lambda m: _UNESCAPED.get(m.group(1), m.group(1)), inner) if b"\\" in inner else inner


def copied(text: bytes) -> bytes:
    """Text as a COPY row has it."""
    return _FOR_COPY.sub(lambda m: _COPIED[m.group()], text)


def text_of(codec: str | None) -> Convert:
    """Strings; ``codec``: of the dump's characters, None for UTF-8."""
    easy = _EASY.match

    def convert(value: bytes) -> bytes:
        if easy(value) and (codec is None or value.isascii()):
            return value[1:-1]
        inner = plain(value)
        if b"\0" in inner:
            raise Refused("the character NUL is in it, which PostgreSQL has no place for")
        if codec is not None and not inner.isascii():
            try:
                inner = inner.decode(codec).encode("utf-8")
            except UnicodeDecodeError:
                raise Refused(f"it is no text in {codec}") from None
        return copied(inner)

    return convert


def number(value: bytes) -> bytes:
    """Numbers, with quotes or without."""
    if value.isdigit():
        return value
    text = value if value[:1] not in b"'\"" else plain(value)
    if _NUMBER.match(text):
        return text
    found = _bits(value)
    if found is not None:
        return str(int(found, 2) if found else 0).encode()
    if _HEX.match(value):
        return str(int.from_bytes(plain(value), "big")).encode()
    word = {b"true": b"1", b"false": b"0"}.get(value.lower())
    if word is None:
        raise Refused("it is no number")
    return word


def wide(value: bytes) -> bytes:
    """bigint unsigned that is bigint now."""
    text = number(value)
    if len(text) >= 19 and text.isdigit() and int(text) > _LARGEST:
        raise Refused("it is beyond bigint: choose numeric for unsigned-bigint")
    return text


def _bits(value: bytes) -> bytes | None:
    found = _BITS.match(value)
    return None if found is None else (found.group(1) or found.group(2) or b"")


def boolean(value: bytes) -> bytes:
    """0 and 1, as a number, a bit or a byte."""
    if value in (b"0", b"1"):
        return b"t" if value == b"1" else b"f"
    found = _bits(value)
    if found is not None:
        found = str(int(found or b"0", 2)).encode()
    else:
        text = plain(value)
        found = {b"\0": b"0", b"\1": b"1", b"": b"0"}.get(text, text.lower())
    if found in (b"1", b"true"):
        return b"t"
    if found in (b"0", b"false"):
        return b"f"
    raise Refused("it is neither 0 nor 1")


def bits_of(size: int) -> Convert:
    """bit(n), as a bit literal, a number, or the bytes that MySQL stores."""

    def convert(value: bytes) -> bytes:
        found = _bits(value)
        if found is None:
            whole = int(value) if value.isdigit() else int.from_bytes(plain(value), "big")
            found = format(whole, "b").encode()
        found = found.lstrip(b"0")
        if len(found) > size:
            raise Refused(f"it has more than {size} bits")
        return found.rjust(size, b"0")

    return convert


def binary(value: bytes) -> bytes:
    """Bytes, as COPY has a bytea."""
    return b"\\\\x" + plain(value).hex().encode("ascii")


def geometry(value: bytes) -> bytes:
    """MySQL's own form, the SRID in four bytes and well-known binary, without the SRID."""
    return b"\\\\x" + plain(value)[4:].hex().encode("ascii")


def date(value: bytes) -> bytes:
    """Dates, and dates with a time. Raises ZeroDate."""
    if value[:1] == b"'" and b"-00" not in value and b"\\" not in value:
        return value[1:-1]
    text = plain(value)
    if _ZERO.match(text):
        raise ZeroDate("a date with a zero in it")
    return text


def timestamp(value: bytes) -> bytes:
    """TIMESTAMP: mysqldump writes it in UTC."""
    return date(value) + b"+00"


def time(value: bytes) -> bytes:
    """TIME, which is a span of up to 838 hours in MySQL."""
    text = plain(value)
    found = _TIME.match(text)
    if found is None or int(found.group(1)) > 23:
        raise Refused("it is no time of a day")
    return text


def converter(form: Form, codec: str | None) -> Convert:
    """The function for a column."""
    if form.kind == "bits":
        return bits_of(int(form.sql.partition("(")[2].rstrip(")")))
    if form.kind in ("text", "json"):
        return text_of(codec)
    found: dict[str, Convert] = {
        "number": number, "wide": wide, "boolean": boolean, "bytes": binary, "geometry": geometry,
        "date": date, "datetime": date, "timestamp": timestamp, "time": time,
    }  # fmt: skip
    return found[form.kind]
