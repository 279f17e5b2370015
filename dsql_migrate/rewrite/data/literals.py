"""Constants in SQL: what value a literal of an INSERT statement stands for.

Read are: strings of every form, numbers, TRUE, FALSE, NULL, DEFAULT, ARRAY[…] of such, each with casts. A cast does not
change the text here, so casts that could (a length, as in ``varchar(3)``) are refused like anything not constant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from dsql_migrate.rewrite.data import arrays
from dsql_migrate.rewrite.data.values_scan import Malformed, blank_end, trimmed, value_spans
from dsql_migrate.source import regex
from dsql_migrate.source.facts import Span


class NotConstant(ValueError):
    """The expression is no constant that can be read here."""


@dataclass(frozen=True, slots=True)
class Constant:
    """``value`` is the text that PostgreSQL's input function would get; None for NULL and DEFAULT."""

    kind: OneOf["string", "number", "boolean", "bits", "array", "null", "default"]
    value: bytes | None
    plain: bool = True  # written without a cast


_TYPE_WORD = rb'(?:[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+|"(?:[^"]|"")++")'
_TYPE = (
    _TYPE_WORD
    + rb"(?:\s*\.\s*" + _TYPE_WORD + rb")*+(?:\s+(?:varying|precision|with(?:out)?\s+time\s+zone))*+"
    + rb"(?P<length>\s*\([^()]*\))?(?:\s+with(?:out)?\s+time\s+zone)?(?:\s*\[\s*[0-9]*\s*\]|\s+array\b)*+"
)  # fmt: skip
_CAST = regex.compile(rb"::\s*+" + _TYPE, re.IGNORECASE)
_CAST_CALL = regex.compile(rb"cast\s*\(", re.IGNORECASE)
_AS = regex.compile(rb"as\s+" + _TYPE + rb"\s*\Z", re.IGNORECASE)
_TYPED_STRING = regex.compile(rb"(?!(?:select|not)\b)" + _TYPE + rb"\s*(?=')", re.IGNORECASE)
_WORD = regex.compile(rb"[A-Za-z]+")
_NUMBER = regex.compile(
    rb"[+-]?\s*(?:0[xX][0-9A-Fa-f_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9]+)?)"
)
_STRING = regex.compile(rb"'(?:[^']++|'')*+'")
_ESCAPE_STRING = regex.compile(rb"[eE]'((?:[^'\\]++|\\.|'')*+)'", re.DOTALL)
_UNICODE_STRING = regex.compile(rb"[uU]&'((?:[^']++|'')*+)'(?!\s*uescape)", re.IGNORECASE)
_BIT_STRING = regex.compile(rb"[bB]'([01]*+)'|[xX]'([0-9A-Fa-f]*+)'")
_DOLLAR = regex.compile(rb"\$((?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?)\$(.*?)\$\1\$", re.DOTALL)
_CONTINUED = regex.compile(rb"[ \t\f\v]*(?:\r\n|\n|\r)\s*(?=')")
_ESCAPES = regex.compile(
    rb"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))|('')", re.DOTALL
)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_UNICODE = regex.compile(rb"\\(?:([0-9A-Fa-f]{4})|\+([0-9A-Fa-f]{6})|(\\))|('')")


def constant(text: bytes, span: Span) -> Constant:
    """The constant that stands in ``span``. Raises NotConstant."""
    try:
        return _constant(text, span, 0)
    except Malformed as error:
        raise NotConstant(str(error)) from None


def _constant(text: bytes, span: Span, depth: int) -> Constant:
    if depth > 16:
        raise NotConstant("nested too deep")
    found, at = _primary(text, span, depth)
    plain = found.plain
    while (at := blank_end(text, at, span.end)) < span.end:
        cast = _CAST.match(text, at, span.end)
        if cast is None:
            raise NotConstant(f"{_shown(text, span)} is no constant")
        _refuse_length(cast, text, span)
        plain, at = False, cast.end()
    return Constant(found.kind, found.value, plain)


def _primary(text: bytes, span: Span, depth: int) -> tuple[Constant, int]:
    """The constant at the start of the span, without the casts behind it, and where it ends."""
    at, end = span.start, span.end
    number = _NUMBER.match(text, at, end)
    if number:
        return Constant("number", re.sub(rb"[\s+_]", b"", number.group())), number.end()
    string = _string(text, at, end)
    if string:
        return string
    if text[at : at + 1] == b"(":
        inner, stop = _inside(text, at, end)
        return _constant(text, inner, depth + 1), stop
    cast = _CAST_CALL.match(text, at, end)
    if cast:
        return _cast_call(text, cast.end() - 1, span, depth)
    word = _WORD.match(text, at, end)
    name = word.group().lower() if word else b""
    if word and name in (b"null", b"default"):
        return Constant("null" if name == b"null" else "default", None), word.end()
    if word and name in (b"true", b"false"):
        return Constant("boolean", name), word.end()
    if word and name == b"array":
        at = blank_end(text, word.end(), end)
        if text[at : at + 1] == b"[":
            return _array(text, at, end, depth)
    typed = _TYPED_STRING.match(text, at, end)
    if typed:
        _refuse_length(typed, text, span)
        value = _string(text, typed.end(), end)
        if value:
            return Constant(value[0].kind, value[0].value, plain=False), value[1]
    raise NotConstant(f"{_shown(text, span)} is no constant")


def _string(text: bytes, at: int, end: int) -> tuple[Constant, int] | None:
    """A string of any form."""
    first = text[at : at + 1]
    if first == b"'" or (first in b"nN" and text[at + 1 : at + 2] == b"'"):
        return _standard(text, at if first == b"'" else at + 1, end)
    if first in b"eE":
        escaped = _ESCAPE_STRING.match(text, at, end)
        return (Constant("string", _ESCAPES.sub(_escaped, escaped.group(1))), escaped.end()) if escaped else None
    if first == b"$":
        dollar = _DOLLAR.match(text, at, end)
        return (Constant("string", dollar.group(2)), dollar.end()) if dollar else None
    if first in b"bBxX":
        bits = _BIT_STRING.match(text, at, end)
        if bits:
            digits = bits.group(2)
            value = bits.group(1) if digits is None else b"".join(b"%04d" % int(f"{int(chr(d), 16):b}") for d in digits)
            return Constant("bits", value), bits.end()
    if first in b"uU":
        points = _UNICODE_STRING.match(text, at, end)
        return (Constant("string", _UNICODE.sub(_point, points.group(1))), points.end()) if points else None
    return None


def _standard(text: bytes, at: int, end: int) -> tuple[Constant, int] | None:
    """'…', with its continuations: strings on following lines belong to it."""
    parts = []
    while found := _STRING.match(text, at, end):
        parts.append(found.group()[1:-1].replace(b"''", b"'"))
        at = found.end()
        more = _CONTINUED.match(text, at, end)
        if more is None:
            break
        at = more.end()
    return (Constant("string", b"".join(parts)), at) if parts else None


def _escaped(found: re.Match[bytes]) -> bytes:
    octal, digits, short, long, other, quotes = found.groups()
    if quotes is not None:
        return b"'"
    if other is not None:
        return _LETTERS.get(other, other)
    if octal is not None:
        return bytes((int(octal, 8) & 0xFF,))
    if digits is not None:
        return bytes((int(digits, 16),))
    return _character(short or long)


def _point(found: re.Match[bytes]) -> bytes:
    short, long, backslash, quotes = found.groups()
    if quotes is not None:
        return b"'"
    return b"\\" if backslash is not None else _character(short or long)


def _character(digits: bytes) -> bytes:
    try:
        return chr(int(digits, 16)).encode("utf-8")
    except (ValueError, OverflowError, UnicodeEncodeError):
        raise NotConstant(f"the Unicode escape {digits.decode()} is no character by itself") from None


def _inside(text: bytes, at: int, end: int) -> tuple[Span, int]:
    """What stands in the parentheses that open at ``at`` (one value), and where they end."""
    inner = value_spans(text, Span(at, end))
    if len(inner) != 1:
        raise NotConstant("a row of several values is no constant")
    return inner[0], _close(text, inner[0].end, end, b")")


def _close(text: bytes, at: int, end: int, bracket: bytes) -> int:
    at = blank_end(text, at, end)
    if text[at : at + 1] != bracket:
        raise NotConstant(f"{bracket.decode()} is expected")
    return at + 1


def _cast_call(text: bytes, at: int, span: Span, depth: int) -> tuple[Constant, int]:
    """CAST(constant AS type)."""
    inner, stop = _inside(text, at, span.end)
    for found in re.finditer(rb"\bas\b", text[inner.start : inner.end], re.IGNORECASE):
        cast = _AS.match(text, inner.start + found.start(), inner.end)
        if cast:
            _refuse_length(cast, text, span)
            value = _constant(text, trimmed(text, inner.start, cast.start()), depth + 1)
            return Constant(value.kind, value.value, plain=False), stop
    raise NotConstant(f"{_shown(text, span)} is no constant")


def _array(text: bytes, at: int, end: int, depth: int) -> tuple[Constant, int]:
    """ARRAY[…]: the array literal with the same elements."""
    elements, stop = _elements(text, at, end, depth)
    return Constant("array", arrays.literal(elements)), stop


def _elements(text: bytes, at: int, end: int, depth: int) -> tuple[list[bytes | list[object] | None], int]:
    if depth > 16:
        raise NotConstant("nested too deep")
    spans = value_spans(text, Span(at, end))
    if len(spans) == 1 and spans[0].start == spans[0].end:
        return [], _close(text, spans[0].end, end, b"]")
    found: list[bytes | list[object] | None] = []
    for span in spans:
        nested = regex.compile(rb"(?:array\s*)?(?=\[)", re.IGNORECASE).match(text, span.start, span.end)
        if nested:
            inner, _ = _elements(text, nested.end(), span.end, depth + 1)
            found.append(inner)  # type: ignore[arg-type]
            continue
        value = _constant(text, span, depth + 1)
        if value.kind in ("default", "array"):
            raise NotConstant(f"{_shown(text, span)} is no element of a constant array")
        found.append(value.value)
    return found, _close(text, spans[-1].end, end, b"]")


def _refuse_length(found: re.Match[bytes], text: bytes, span: Span) -> None:
    if found.group("length") is not None:
        raise NotConstant(f"{_shown(text, span)}: a cast with a length may change the value")


def _shown(text: bytes, span: Span) -> str:
    shown = text[span.start : min(span.end, span.start + 60)].decode("utf-8", "replace")
    return repr(shown + "…" if span.end - span.start > 60 else shown)


def quoted(value: bytes) -> bytes:
    """The value as a string literal (standard_conforming_strings on)."""
    return b"'" + value.replace(b"'", b"''") + b"'"
