"""Functions of texts and bytes: https://dev.mysql.com/doc/refman/8.0/en/string-functions.html, encryption-functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from dsql_migrate.inputs.mysql.meaning.kinds import (
    BYTES,
    COUNT,
    INTEGER,
    OTHER,
    PLUS,
    TEXT,
    Function,
    Kind,
    Told,
    Untranslatable,
    Value,
    call,
    cast,
    number,
    numbered,
    string,
    texted,
    wrapped,
)
from dsql_migrate.inputs.mysql.meaning.operators import folded, folds, matches

_DIGESTS = {0: "SHA256", 224: "SHA224", 256: "SHA256", 384: "SHA384", 512: "SHA512"}


def _kind(*texts: Value) -> Kind:
    """The kind of a text made of texts."""
    exact = any(t.kind.exact for t in texts)
    loose = any(t.kind.loose for t in texts) and not exact
    return Kind("text", loose=loose, exact=exact, utf8=all(t.kind.utf8 for t in texts))


def _text(value: Value, told: Told) -> Value:
    return texted(value, told)


def _same(name: str) -> Function:
    """A function of one text that PostgreSQL has too."""

    def said(arguments: Sequence[Value], told: Told) -> Value:
        text = _text(arguments[0], told)
        told.cased = told.cased or name != "REVERSE"
        return call(name, _kind(text), text)

    return said


def _bytes_of(value: Value, told: Told) -> Value:
    """The bytes that MySQL has of a value."""
    if value.kind.name == "bytes":
        return value
    text = _text(value, told)
    if not text.kind.utf8:
        raise Untranslatable("the bytes of a text whose character set is not UTF-8")
    return Value(f"CONVERT_TO({text.sql}, 'UTF8')", BYTES)


def _length(arguments: Sequence[Value], told: Told) -> Value:
    value = arguments[0]
    if value.kind.name == "bytes":
        return call("OCTET_LENGTH", COUNT, value)
    text = _text(value, told)
    if not text.kind.utf8:
        raise Untranslatable("the bytes of a text whose character set is not UTF-8")
    return call("OCTET_LENGTH", COUNT, cast(text, "TEXT", TEXT) if text.kind.padded else text)


def _characters(arguments: Sequence[Value], told: Told) -> Value:
    value = arguments[0]
    if value.kind.name == "bytes":
        return call("OCTET_LENGTH", COUNT, value)
    return call("CHAR_LENGTH", COUNT, _text(value, told))


def _bits(arguments: Sequence[Value], told: Told) -> Value:
    return Value(f"{_length(arguments, told).sql} * 8", COUNT, PLUS + 1)


def _concat(arguments: Sequence[Value], told: Told) -> Value:
    texts = [_text(a, told) for a in arguments]
    if len(texts) == 1:
        return texts[0]
    if all(t.kind.name == "unknown" for t in texts[:2]):
        texts[0] = cast(texts[0], "TEXT", TEXT)
    return Value(" || ".join(wrapped(t, OTHER) for t in texts), _kind(*texts), OTHER)


def _concat_ws(arguments: Sequence[Value], told: Told) -> Value:
    texts = [_text(a, told) for a in arguments]
    told.changing = told.changing or "CONCAT_WS"
    shown = ", ".join(t.sql if t.constant is not None else cast(t, "TEXT", TEXT).sql for t in texts)
    return Value(f"CONCAT_WS({shown})", _kind(*texts))


def _replace(arguments: Sequence[Value], told: Told) -> Value:
    texts = [_text(a, told) for a in arguments]
    return call("REPLACE", _kind(*texts), *texts)


def _side(name: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        text, length = _text(arguments[0], told), numbered(arguments[1])
        if isinstance(length.constant, int):
            return call(name, _kind(text), text, number(max(length.constant, 0)))
        plain = f"{name}({text.sql}, CAST({length.sql} AS INTEGER))"
        if length.kind.positive:
            return Value(plain, _kind(text))
        return Value(f"CASE WHEN {wrapped(length, OTHER)} < 0 THEN LEFT({text.sql}, 0) ELSE {plain} END", _kind(text))

    return said


def _substring(arguments: Sequence[Value], told: Told) -> Value:
    """SUBSTRING: a place below zero counts from the end, 0 is nowhere."""
    if arguments[0].kind.name == "bytes":
        raise Untranslatable("a part of bytes")
    text, place = _text(arguments[0], told), numbered(arguments[1])
    kind, length = _kind(text), ""
    if len(arguments) > 2:
        wanted = numbered(arguments[2])
        if isinstance(wanted.constant, int):
            length = f" FOR {max(wanted.constant, 0)}"
        elif wanted.kind.positive:
            length = f" FOR CAST({wanted.sql} AS INTEGER)"
        else:
            length = f" FOR CAST(CASE WHEN {wrapped(wanted, OTHER)} < 0 THEN 0 ELSE {wanted.sql} END AS INTEGER)"
    at = place.constant
    if isinstance(at, int) and at > 0:
        return Value(f"SUBSTRING({text.sql} FROM {at}{length})", kind)
    if isinstance(at, int) and at == 0:
        return Value(f"LEFT({text.sql}, 0)", kind)
    size = f"CHAR_LENGTH({text.sql})"
    if isinstance(at, int):
        part = f"SUBSTRING({text.sql} FROM {size} - {-at - 1}{length})"
        return Value(f"CASE WHEN {size} >= {-at} THEN {part} ELSE LEFT({text.sql}, 0) END", kind)
    from_start = f"SUBSTRING({text.sql} FROM CAST({place.sql} AS INTEGER){length})"
    shown = wrapped(place, PLUS)
    from_end = f"SUBSTRING({text.sql} FROM CAST({size} + {shown} + 1 AS INTEGER){length})"
    sql = (
        f"CASE WHEN {shown} > 0 THEN {from_start} WHEN {shown} < 0 AND {size} + {shown} >= 0 THEN {from_end} "
        f"WHEN {shown} <= 0 THEN LEFT({text.sql}, 0) END"
    )
    return Value(sql, kind)


def place(needle: Value, text: Value, told: Told) -> Value:
    """LOCATE, INSTR, POSITION: from 1, 0 where it is not there."""
    if "bytes" in (needle.kind.name, text.kind.name):
        raise Untranslatable("a place in bytes")
    left, right = _text(needle, told), _text(text, told)
    if folds(left, right):
        left, right = folded(left, told), folded(right, told)
    return Value(f"STRPOS({right.sql}, {left.sql})", COUNT)


def _locate(arguments: Sequence[Value], told: Told) -> Value:
    if len(arguments) > 2 and arguments[2].constant != 1:
        raise Untranslatable("LOCATE() from a place on")
    return place(arguments[0], arguments[1], told)


def _substring_index(arguments: Sequence[Value], told: Told) -> Value:
    text, mark, times = _text(arguments[0], told), _text(arguments[1], told), arguments[2].constant
    if not isinstance(times, int) or not mark.constant:
        raise Untranslatable("SUBSTRING_INDEX() whose delimiter or count is no literal")
    if times == 0:
        return Value(f"LEFT({text.sql}, 0)", _kind(text))
    if times in (1, -1):
        return Value(f"SPLIT_PART({text.sql}, {mark.sql}, {times})", _kind(text))
    if times < 0 and len(str(mark.constant)) > 1:
        raise Untranslatable("SUBSTRING_INDEX() from the end with a delimiter of several characters")
    told.changing = told.changing or "ARRAY_TO_STRING"
    parts = f"STRING_TO_ARRAY({text.sql}, {mark.sql})"
    start = f"GREATEST(CARDINALITY({parts}) - {-times - 1}, 1):CARDINALITY({parts})"
    cut = f"({parts})[{f'1:{times}' if times > 0 else start}]"
    return Value(f"ARRAY_TO_STRING({cut}, {mark.sql})", _kind(text))


def _padded(name: str) -> Function:
    def said(arguments: Sequence[Value], told: Told) -> Value:
        text, length, fill = _text(arguments[0], told), numbered(arguments[1]), _text(arguments[2], told)
        if not isinstance(length.constant, int) or length.constant < 0 or not fill.constant:
            raise Untranslatable(f"{name}() whose length or filling is no literal")
        return call(name, _kind(text, fill), text, length, fill)

    return said


def _repeat(arguments: Sequence[Value], told: Told) -> Value:
    text, times = _text(arguments[0], told), numbered(arguments[1])
    shown = times if times.constant is not None else cast(times, "INTEGER", INTEGER)
    return call("REPEAT", _kind(text), text, shown)


def _space(arguments: Sequence[Value], told: Told) -> Value:
    return _repeat((string(" "), arguments[0]), told)


def trimmed(text: Value, what: Value | None, where: str, told: Told) -> Value:
    """TRIM; ``where``: both, leading or trailing. PostgreSQL takes off a set of characters, MySQL one text."""
    inner = _text(text, told)
    name = {"leading": "LTRIM", "trailing": "RTRIM"}.get(where, "TRIM")
    if what is None:
        return call(name, _kind(inner), inner)
    if not isinstance(what.constant, str) or len(what.constant) != 1:
        raise Untranslatable("TRIM() of something else than one character")
    name = {"TRIM": "BTRIM"}.get(name, name)
    return call(name, _kind(inner), inner, what)


def _hex(arguments: Sequence[Value], told: Told) -> Value:
    value = arguments[0]
    if value.kind.name in ("integer", "boolean"):
        inner = numbered(value)
        return Value(f"UPPER(TO_HEX(CAST({inner.sql} AS BIGINT)))", TEXT)
    if value.kind.name not in ("bytes", "text", "enum"):
        raise Untranslatable("HEX() of a value whose type is not known")
    sql = f"UPPER(ENCODE({_bytes_of(value, told).sql}, 'hex'))"
    return Value(sql, TEXT, hexadecimal=True)


def _unhex(arguments: Sequence[Value], told: Told) -> Value:
    value = arguments[0]
    if isinstance(value.constant, str):
        if len(value.constant) % 2 or not re.fullmatch("[0-9A-Fa-f]*", value.constant):
            raise Untranslatable("UNHEX() of what is not hexadecimal")
        return Value(f"CAST('\\x{value.constant.lower()}' AS BYTEA)", BYTES, nullable=False)
    if not value.hexadecimal:
        raise Untranslatable("UNHEX() of a text that may be other than hexadecimal: it is NULL in MySQL then")
    return Value(f"DECODE({value.sql}, 'hex')", BYTES)


def _md5(arguments: Sequence[Value], told: Told) -> Value:
    value = arguments[0]
    if value.kind.name == "bytes":
        return Value(f"MD5({value.sql})", TEXT, hexadecimal=True)
    if not (text := _text(value, told)).kind.utf8:
        raise Untranslatable("the bytes of a text whose character set is not UTF-8")
    return Value(f"MD5({text.sql})", TEXT, hexadecimal=True)


def _sha2(arguments: Sequence[Value], told: Told) -> Value:
    size = arguments[1].constant
    if not isinstance(size, int) or size not in _DIGESTS:
        raise Untranslatable("SHA2() whose length is no literal")
    return Value(f"ENCODE({_DIGESTS[size]}({_bytes_of(arguments[0], told).sql}), 'hex')", TEXT, hexadecimal=True)


def _uuid(arguments: Sequence[Value], told: Told) -> Value:
    told.changing = told.changing or "UUID"
    return Value("CAST(GEN_RANDOM_UUID() AS TEXT)", TEXT, nullable=False)


def _find_in_set(arguments: Sequence[Value], told: Told) -> Value:
    wanted, listed = _text(arguments[0], told), _text(arguments[1], told)
    if folds(wanted, listed):
        wanted, listed = folded(wanted, told), folded(listed, told)
    found = f"COALESCE(ARRAY_POSITION(STRING_TO_ARRAY({listed.sql}, ','), {wanted.sql}), 0)"
    empty = " OR ".join(f"{wrapped(v, OTHER)} IS NULL" for v in (wanted, listed) if v.constant is None)
    return Value(f"CASE WHEN NOT ({empty}) THEN {found} END" if empty else found, COUNT)


def _regexp_like(arguments: Sequence[Value], told: Told) -> Value:
    return matches(arguments[0], arguments[1], told)


def _without_dashes(arguments: Sequence[Value], told: Told) -> Value:
    """REPLACE: UUID() without its dashes is hexadecimal."""
    made = _replace(arguments, told)
    bare = [a.constant for a in arguments[1:]] == ["-", ""] and "GEN_RANDOM_UUID()" in arguments[0].sql
    return replace(made, hexadecimal=bare)


def _trim_side(where: str) -> Callable[[Sequence[Value], Told], Value]:
    return lambda arguments, told: trimmed(arguments[0], None, where, told)


# name: (the function, its least and most arguments)
FUNCTIONS: dict[str, tuple[Function, int, int]] = {
    **{name: (_same("UPPER"), 1, 1) for name in ("upper", "ucase")},
    **{name: (_same("LOWER"), 1, 1) for name in ("lower", "lcase")},
    "reverse": (_same("REVERSE"), 1, 1),
    **dict.fromkeys(("length", "octet_length"), (_length, 1, 1)),
    **dict.fromkeys(("char_length", "character_length"), (_characters, 1, 1)),
    "bit_length": (_bits, 1, 1),
    "concat": (_concat, 1, 999),
    "concat_ws": (_concat_ws, 2, 999),
    "replace": (_without_dashes, 3, 3),
    "left": (_side("LEFT"), 2, 2),
    "right": (_side("RIGHT"), 2, 2),
    **dict.fromkeys(("substring", "substr", "mid"), (_substring, 2, 3)),
    "locate": (_locate, 2, 3),
    "instr": (lambda arguments, told: place(arguments[1], arguments[0], told), 2, 2),
    "substring_index": (_substring_index, 3, 3),
    "lpad": (_padded("LPAD"), 3, 3),
    "rpad": (_padded("RPAD"), 3, 3),
    "repeat": (_repeat, 2, 2),
    "space": (_space, 1, 1),
    "trim": (_trim_side("both"), 1, 1),
    "ltrim": (_trim_side("leading"), 1, 1),
    "rtrim": (_trim_side("trailing"), 1, 1),
    "hex": (_hex, 1, 1),
    "unhex": (_unhex, 1, 1),
    "md5": (_md5, 1, 1),
    "sha2": (_sha2, 2, 2),
    "uuid": (_uuid, 0, 0),
    "find_in_set": (_find_in_set, 2, 2),
    "regexp_like": (_regexp_like, 2, 2),
}
