"""Values of any type, as the text that PostgreSQL reads: usual ones, and those at the edge of what a type holds."""

from __future__ import annotations

import random

from dsql_migrate.verify.made.shapes import Column, Type

_WORDS = ("made", "a", "ABC", "en", "12345", "a@example.com", "https://example.com/a", "2021-06-01", "x_1", "#aabbcc")
_ODD_WORDS = (
    "", " ", "O'Reilly", "a\tb\nc\rd", "\\", "\\N", "NULL", '{"a":1}', "ünïcødé 漢字 🐘", '"quoted"', "a,b;c|d", "{x}",
    "(1,2)", "%_", "$$", "--", " padded ",
)  # fmt: skip
_USUAL: dict[str, tuple[str, ...]] = {
    "bool": ("true", "false"),
    "float4": ("0", "1.5", "-2.25"),
    "float8": ("0", "1.5", "-2.25", "12345.678"),
    "bytea": ("\\x61", "\\x00ff"),
    "date": ("2021-06-01", "2020-02-29", "1999-12-31"),
    "time": ("12:34:56", "00:00:00"),
    "timetz": ("12:34:56+00", "08:00:00+05:30"),
    "timestamp": ("2021-06-01 12:00:00", "2020-02-29 23:59:59.5"),
    "timestamptz": ("2021-06-01 12:00:00+00", "2021-03-28 01:30:00+02"),
    "interval": ("1 day", "01:02:03", "2 mons"),
    "uuid": ("00000000-0000-4000-8000-000000000001", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
    "json": ('{"a": 1}', "[]", "{}"),
    "jsonb": ('{"a": 1}', "[]", "{}"),
    "inet": ("10.0.0.1", "192.168.1.5/24"),
    "cidr": ("10.0.0.0/8", "2001:db8::/32"),
    "macaddr": ("08:00:2b:01:02:03",),
    "macaddr8": ("08:00:2b:01:02:03:04:05",),
    "money": ("1.23", "0"),
    "point": ("(1,2)",),
    "line": ("{1,-1,0}",),
    "lseg": ("[(0,0),(1,1)]",),
    "box": ("(1,1),(0,0)",),
    "path": ("((0,0),(1,1))", "[(0,0),(1,1)]"),
    "polygon": ("((0,0),(1,1),(1,0))",),
    "circle": ("<(0,0),1>",),
    "tsvector": ("'a':1 'b':2", "'fat' 'rat'"),
    "tsquery": ("'a' & 'b'",),
    "oid": ("1234", "0"),
    "xid": ("17",),
    "cid": ("3",),
    "xid8": ("17",),
    "tid": ("(0,1)",),
    "pg_lsn": ("16/B374D848",),
    "regclass": ("pg_class",),
    "regtype": ("integer",),
    "regproc": ("now",),
    "jsonpath": ('$."a"',),
    "pg_snapshot": ("10:20:10,14",),
    "txid_snapshot": ("10:20:10,14",),
    "hstore": ('"a"=>"1", "b"=>NULL', ""),
    "ltree": ("Top.Science", "a_b.c"),
    "lquery": ("*.a",),
    "citext": ("Made", "ABC"),
    "geometry": ("0101000020E6100000000000000000F03F0000000000000040", "0101000000000000000000F03F0000000000000040"),
    "geography": ("0101000020E6100000000000000000F03F0000000000000040",),
    "cube": ("(1, 2),(3, 4)",),
    "xml": ("<a/>", '<a b="c">text &amp; more</a>'),
    "isbn": ("0-393-04002-X",),
    "ean13": ("978-0-393-04002-9",),
}  # fmt: skip
_ODD: dict[str, tuple[str, ...]] = {
    "int2": ("0", "32767", "-32768"),
    "int4": ("0", "2147483647", "-2147483648"),
    "int8": ("0", "9223372036854775807", "-9223372036854775808"),
    "float4": ("3.4028235e+38", "1e-45", "NaN", "Infinity", "-Infinity", "-0"),
    "float8": ("1.7976931348623157e+308", "5e-324", "NaN", "Infinity", "-Infinity", "0.1"),
    "numeric": ("0", "-0.5", "NaN", "12345678901234567890.123456789012345678", "1.50"),
    "bytea": ("\\x", "\\x5c005c6e0927"),
    "date": ("infinity", "-infinity", "0044-03-15 BC", "9999-12-31"),
    "time": ("24:00:00", "23:59:59.999999"),
    "timetz": ("24:00:00-12", "00:00:00.000001+14"),
    "timestamp": ("infinity", "-infinity", "0001-01-01 00:00:00 BC", "9999-12-31 23:59:59.999999"),
    "timestamptz": ("infinity", "-infinity", "0001-01-01 00:00:00+00 BC", "9999-12-31 23:59:59.999999+00"),
    "interval": ("1 year 2 mons -3 days +04:05:06.7", "-00:00:01", "00:00:00", "-1 years"),
    "json": ('{"b" : [1, 2.50, null], "a":"\\u00e9\\n"}', "null", '"text"', "1.0"),
    "jsonb": ('{"b": [1, 2.50, null], "a": "\\u00e9\\n", "c": {"d": "it\'s"}}', "null", '"text"', "1.0"),
    "inet": ("::1", "0.0.0.0/0", "2001:db8::1/64"),
    "money": ("-0.01", "92233720368547758.07", "-92233720368547758.08", "1234567.89"),
    "tsvector": ("", "'it''s':1A,2B 'a b':3", "'\\\\':4"),
    "path": ("((-1e-300,1.5))",),
    "point": ("(-0.1,1e+300)", "(NaN,Infinity)"),
}  # fmt: skip
_TEXTS = frozenset({"text", "varchar", "bpchar", "name", "citext"})
_WHOLE = frozenset({"int2", "int4", "int8"})
_KINDS_OF_TIME = frozenset({"date", "timestamp", "timestamptz", "time", "timetz", "interval"})
_HEADER = 4  # a length modifier counts the header of four bytes


def value(column: Column, chance: random.Random, odd: float, hinted: float) -> str | None:
    """A value of the column as text; None where none can be made.

    ``odd``: how likely one at the edge of its type is taken; ``hinted``: how likely a constant of a CHECK.
    """
    hints = [h for h in (*column.hints, *column.type.hints) if _readable(column.type, h)]
    if hints and chance.random() < hinted:
        hint = chance.choice(hints)
        if column.type.name in _TEXTS and hint.lstrip("-").isdigit() and chance.random() < 0.5:
            return ("made of length " * 20)[: min(abs(int(hint)), 200)]
        return _fitted(column.type, hint)
    return of_type(column.type, chance, odd)


def _readable(type: Type, hint: str) -> bool:
    """Whether a constant can be a value of the type at all; strings that stand for numbers are."""
    if type.kind == "enum":
        return hint in type.labels
    if type.name in _TEXTS:
        return True
    number = hint.replace(".", "", 1).lstrip("-").isdigit()
    if type.name in _WHOLE or type.name in ("numeric", "float4", "float8", "money"):
        return number and ("." not in hint or type.name not in _WHOLE)
    return not number and type.name in _KINDS_OF_TIME


def of_type(type: Type, chance: random.Random, odd: float) -> str | None:
    """A value of a type as text; None where none can be made."""
    if type.kind == "enum":
        return chance.choice(type.labels) if type.labels else None
    if type.kind == "array":
        return _array(type, chance, odd)
    if type.kind == "composite":
        return _composite(type, chance, odd)
    if type.kind == "range":
        return _range(type, chance, odd)
    if type.kind == "multirange":
        inner = _range(type.element, chance, odd) if type.element else None
        return "{}" if inner in (None, "empty") or chance.random() < odd / 2 else f"{{{inner}}}"
    return _base(type, chance, odd)


def _base(type: Type, chance: random.Random, odd: float) -> str | None:
    name = type.name
    strange = chance.random() < odd
    if name in _TEXTS:
        usual = f"{chance.choice(_WORDS)}{chance.randrange(10_000)}" if chance.random() < 0.5 else chance.choice(_WORDS)
        return _fitted(type, chance.choice(_ODD_WORDS) if strange else usual)
    if name == "char":
        return chance.choice("aZ0 ")
    if name in ("bit", "varbit"):
        size = type.modifier if type.modifier > 0 else 5
        return "".join(chance.choice("01") for _ in range(size))
    if name in ("vector", "halfvec"):  # the modifier of pgvector's types is the number of dimensions
        return "[" + ",".join(str(chance.randrange(-8, 8) / 4) for _ in range(max(type.modifier, 3))) + "]"
    if name == "numeric" and type.modifier >= _HEADER:
        return _numeric(type.modifier - _HEADER, chance, strange)
    if strange and name in _ODD:
        return chance.choice(_ODD[name])
    if name in _WHOLE or name == "numeric":
        return str(chance.randrange(1, 30_000)) + (".25" if name == "numeric" and chance.random() < 0.5 else "")
    if name == "uuid" and chance.random() < 0.7:
        return f"{chance.getrandbits(128):032x}"
    return chance.choice(_USUAL[name]) if name in _USUAL else None


def _fitted(type: Type, text: str) -> str:
    """The text as long as its column takes it."""
    if type.name == "name":
        return text[:20]
    if type.modifier >= _HEADER and type.name in ("varchar", "bpchar"):
        return text[: type.modifier - _HEADER]
    return text


def _numeric(modifier: int, chance: random.Random, strange: bool) -> str:
    precision, scale = modifier >> 16, modifier & 0x7FF
    scale = scale - 0x800 if scale & 0x400 else scale
    if scale < 0 or scale > precision:
        return "0"
    whole = precision - scale
    if strange:
        digits = "9" * whole + ("." + "9" * scale if scale else "")
        return chance.choice((digits or "0", f"-{digits or 0}", "0"))
    number = str(chance.randrange(10 ** min(whole, 4))) if whole else "0"
    return number + ("." + "25"[:scale] if scale else "")


def _array(type: Type, chance: random.Random, odd: float) -> str | None:
    element = type.element
    if element is None:
        return None
    delimiter = ";" if element.name == "box" else ","
    if chance.random() < odd / 3:
        return "{}"
    levels = 2 if chance.random() < odd / 3 else 1
    rows = []
    for _ in range(2 if levels == 2 else 1):
        items = [_item(element, chance, odd) for _ in range(2)]
        if None in items:
            return "{}"
        rows.append("{" + delimiter.join(item or "" for item in items) + "}")
    return rows[0] if levels == 1 else "{" + delimiter.join(rows) + "}"


def _item(element: Type, chance: random.Random, odd: float) -> str | None:
    if chance.random() < odd / 3:
        return "NULL"
    found = of_type(element, chance, odd)
    return None if found is None else '"' + found.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _composite(type: Type, chance: random.Random, odd: float) -> str:
    items = []
    for field in type.fields:
        found = None if chance.random() < odd / 3 else of_type(field, chance, odd)
        items.append("" if found is None else '"' + found.replace("\\", "\\\\").replace('"', '""') + '"')
    return f"({','.join(items)})"


def _range(type: Type, chance: random.Random, odd: float) -> str | None:
    """Both bounds alike, one of them, none: an order of two values is only known to the server."""
    bound = of_type(type.element, chance, 0) if type.element is not None else None
    if bound is None or chance.random() < odd / 4:
        return "empty"
    quoted = '"' + bound.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return chance.choice((f"[{quoted},{quoted}]", f"[{quoted},)", f"(,{quoted})", "(,)"))
