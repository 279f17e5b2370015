"""How a value of a PostgreSQL type becomes a value of the type that its column has on DSQL.

``conversion`` is the registry. Which types DSQL takes is not decided here: the caller brings the target type.
The SQL expressions of a Conversion are for verification: the one over the source column and the one over the target
column give equal values for every row, in sessions with TimeZone UTC, DateStyle ISO and IntervalStyle postgres.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from dsql_migrate.rewrite.data import (
    arrays,
    bytea,
    columns_at_once,
    hstore,
    json_back,
    json_text,
    literal_forms,
    money,
    temporal,
)

Convert = Callable[[bytes], bytes]
Sql = Callable[[str], str]
TypeKind = Literal["base", "enum", "composite", "range", "multirange"]


@dataclass(frozen=True, slots=True)
class SourceType:
    """The type of a source column: domains resolved to their base type, user types by their name and kind."""

    name: str  # PostgreSQL's internal name of the element: "int4", "text", "timestamptz", "hstore" …
    dimensions: int = 0  # 0: no array
    kind: TypeKind = "base"


def keep(value: bytes) -> bytes:
    """The value as it is."""
    return value


def column(expression: str) -> str:
    """The column as it is."""
    return expression


@dataclass(frozen=True, slots=True)
class Conversion:
    """One way from a source type to a target type.

    ``convert`` takes and gives the text of one value, free of COPY or SQL escapes (never NULL); it raises ValueError
    on a text that it cannot read. ``source_sql`` makes, from the text of a source column, the expression that has the
    value the target column holds (None where there is none); ``target_sql`` likewise over the target column.
    ``loss`` says in words what the target no longer knows. ``literal`` takes the place of ``convert`` for literals in
    INSERT statements, which people write in more forms than PostgreSQL prints; ``number`` for literals that are
    numbers.

    ``back`` is the other way: from the text that PostgreSQL prints for the target's value to the text that it prints
    for the source's (with lc_monetary C); None where ``loss`` says why there is none. Numbers are the same by value:
    those of numeric may have another number of zeros at their end, and jsonb has no negative zero.

    ``many`` is ``convert`` of many values; None of what is not of the usual form.
    """

    name: str
    convert: Convert
    source_sql: Sql | None
    target_sql: Sql = column
    loss: str | None = None
    literal: Convert | None = None
    back: Convert | None = None
    number: Convert | None = None
    many: columns_at_once.Many | None = None

    @property
    def minds_literals(self) -> bool:
        """Literals of INSERT statements may have to be written in another way."""
        return not self.unchanged or self.literal is not None

    @property
    def unchanged(self) -> bool:
        """The text of a value stays, byte for byte: COPY rows need no reading."""
        return self.convert is keep


def conversion(source: SourceType, target: str) -> Conversion | None:
    """The conversion from ``source`` to the type named ``target`` (internal or SQL name, modifiers are ignored).

    None where there is none: the caller keeps the rows out and says so.
    """
    to = _internal(target)
    if source.dimensions:
        return _array(source, to)
    if source.kind == "base" and source.name == to:
        return _same(to)
    known = _PAIRS.get((source.name, to)) if source.kind == "base" else None
    if known is not None:
        return known
    return _text(source) if to in _TEXT else None


# --- one value ---


def _same(name: str) -> Conversion:
    if name == "numeric":
        return _NUMERIC
    if name == "json":  # json has no equality: compare as jsonb
        return Conversion("json", keep, _as("jsonb"), _as("jsonb"), back=keep)
    return Conversion(name, keep, column, back=keep)


def _as(type_name: str) -> Sql:
    return lambda expression: f"({expression})::{type_name}"


def _output(expression: str) -> str:
    """The value as COPY writes it, which a cast to text does not give for inet (adds the mask), char(n), boolean."""
    return f"CASE WHEN {expression} IS NULL THEN NULL ELSE concat({expression}) END"


def _trimmed(expression: str) -> str:
    """By value: 1.50 and 1.5 are one number."""
    return f"trim_scale({expression})"


def _trimmed_money(expression: str) -> str:
    return f"trim_scale(({expression})::numeric)"


def _cents(expression: str) -> str:
    return f"(({expression})::numeric * 100)::bigint"


def rounded_numeric(places: int) -> Conversion:
    """A numeric that the target rounds to ``places``."""
    sql: Sql = lambda c: f"trim_scale(round({c}, {places}))"  # noqa: E731
    return Conversion(f"numeric of {places} places", keep, sql, _trimmed, loss=f"digits beyond place {places}")


def _json_to_jsonb(value: bytes) -> bytes:
    json_text.check_document(value)
    return value


def _float4(value: bytes) -> bytes:
    return json_back.float4(value.decode()).encode()


def _cut_zeros(value: bytes) -> bytes:
    """5.00 -> 5: what a whole number was."""
    return value.rstrip(b"0").rstrip(b".") if b"." in value else value


_NUMERIC = Conversion("numeric", keep, _trimmed, _trimmed, back=keep)
_SIGN_LOSS = "the currency sign in output"
_DOCUMENT_LOSS = "spacing, key order and repeated keys of the text"
_HSTORE: Sql = lambda c: f"hstore_to_jsonb({c})"  # noqa: E731 - one of many expressions
_HEX: Sql = lambda c: f"encode({c}, 'hex')"  # noqa: E731

_PAIRS: dict[tuple[str, str], Conversion] = {
    ("json", "jsonb"): Conversion("json to jsonb", _json_to_jsonb, _as("jsonb"), loss=_DOCUMENT_LOSS),
    ("jsonb", "json"): Conversion("jsonb to json", keep, column, _as("jsonb"), back=json_text.canonical),
    **{
        ("hstore", to): Conversion(
            f"hstore to {to}", hstore.to_json, _HSTORE, sql, "hstore's operators", back=hstore.from_json
        )
        for to, sql in (("jsonb", column), ("json", _as("jsonb")))
    },
    ("money", "numeric"): Conversion(
        "money to numeric", money.to_numeric, _trimmed_money, _trimmed, _SIGN_LOSS, back=money.back, number=keep
    ),
    ("money", "int8"): Conversion(
        "money to cents", money.to_cents, _cents, loss=_SIGN_LOSS, back=money.of_cents, number=money.cents_of_number
    ),
    ("bytea", "text"): Conversion("bytea to hex text", bytea.to_hex, _HEX, back=bytea.from_hex),
    ("bytea", "varchar"): Conversion("bytea to hex text", bytea.to_hex, _HEX, back=bytea.from_hex),
    ("oid", "int8"): Conversion("oid to bigint", keep, _as("bigint"), back=keep),
    **{
        (name, "int8"): Conversion(f"{name} to bigint", keep, _as("text::bigint"), back=keep)
        for name in ("xid", "cid", "xid8")
    },
    ("int2", "int4"): Conversion("smallint to integer", keep, _as("integer"), back=keep),
    **{(name, "int8"): Conversion(f"{name} to bigint", keep, _as("bigint"), back=keep) for name in ("int2", "int4")},
    **{
        (name, "numeric"): Conversion(f"{name} to numeric", keep, _as("numeric"), _trimmed, back=_cut_zeros)
        for name in ("int2", "int4", "int8")
    },
    ("float4", "float8"): Conversion("real to double precision", keep, _as("text::float8"), back=_float4),
}

# --- text ---

_TEXT = frozenset({"text", "varchar"})
_TEXT_ALREADY = frozenset({"text", "varchar", "name", "char", "citext"})
_OUTPUT_DIFFERS = frozenset({"inet", "bpchar", "bool"})
_TEXT_LOSS = {
    "citext": "comparison without regard to case",
    "bpchar": "comparison without regard to trailing blanks",
    "json": "the check that the text is JSON",
    "jsonb": "the check that the text is JSON, and its operators",
    "xml": "the check that the text is well formed",
    "tsvector": "text search",
    "tsquery": "text search",
    "inet": "network operators and the order of addresses",
    "cidr": "network operators and the order of addresses",
    "interval": "arithmetic and the order of durations",
    "timetz": "arithmetic and the order of times",
}
_KIND_LOSS: dict[TypeKind, str] = {
    "enum": "the order of the values and the check that there are no others",
    "composite": "access to the fields",
    "range": "range operators and the check of the bounds",
    "multirange": "range operators and the check of the bounds",
}


def _text(source: SourceType) -> Conversion:
    """Any other type as the text that PostgreSQL prints for it."""
    loss = _KIND_LOSS.get(source.kind) or _TEXT_LOSS.get(source.name)
    if loss is None and source.name not in _TEXT_ALREADY:
        loss = f"the operators of type {source.name} and the check of its values"
    to_text = _output if source.name in _OUTPUT_DIFFERS and source.kind == "base" else _as("text")
    literal = literal_forms.printed(source.name)
    back = json_text.canonical if source.name == "jsonb" and source.kind == "base" else keep
    number = money.of_number if source.name == "money" else None
    convert = literal if source.name == "tsvector" and literal is not None else keep  # by hand in any order
    return Conversion(f"{source.name} to text", convert, to_text, loss=loss, literal=literal, back=back, number=number)


# --- arrays ---

_There = tuple[Convert, Callable[[bytes], bytes]]


def _element(element: Convert, leaf: json_back.Leaf, delimiter: bytes = b",") -> _There:
    there = partial(arrays.to_json, element=element, delimiter=delimiter)
    return there, partial(json_back.to_array, leaf=leaf, delimiter=delimiter)


_INTEGER: _There = (partial(arrays.integers_to_json, element=json_text.integer), json_back.integers)
_STRING: _There = (partial(arrays.words_to_json, element=json_text.string), json_back.words)
_ELEMENTS: dict[str, _There] = {
    "int2": _INTEGER,
    "int4": _INTEGER,
    "int8": _INTEGER,
    "float4": _element(json_text.float4, json_back.float4),
    "float8": _element(json_text.float8, json_back.float8),
    "numeric": _element(json_text.numeric, json_back.same),
    "bool": _element(json_text.boolean, json_back.same),
    "date": _element(temporal.date, json_back.same),
    "timestamp": _element(temporal.timestamp, json_back.timestamp),
    "timestamptz": _element(temporal.timestamptz, json_back.timestamptz),
    "box": _element(json_text.string, json_back.same, b";"),  # the one type with typdelim ';'
}
_DOCUMENTS: dict[str, _There] = {  # elements that are JSON themselves, there and back
    "json": (json_text.document, keep),
    "jsonb": (json_text.document, keep),
    "hstore": (hstore.to_json, hstore.from_json),
}
_ARRAY_LOSS = "array operators and the check of elements"


def _array(source: SourceType, to: str) -> Conversion | None:
    if to in _TEXT:
        printed = partial(_printed_array, source)
        return Conversion(f"{source.name}[] to text", printed, _as("text"), loss=_ARRAY_LOSS, back=keep)
    if to not in ("json", "jsonb"):
        return None
    base = source.name if source.kind == "base" else ""
    back: Convert | None
    if base in _DOCUMENTS:
        element, element_back = _DOCUMENTS[base]
        convert: Convert = partial(arrays.documents_to_json, element=element, dimensions=source.dimensions)
        back = partial(json_back.documents, dimensions=source.dimensions, element=element_back)
    else:
        convert, back = _ELEMENTS.get(base, _STRING)
    loss = _ARRAY_LOSS
    if base == "json":
        back, loss = None, f"{_ARRAY_LOSS}; {_DOCUMENT_LOSS}"
    # to_jsonb turns a composite into an object; the rows hold its text, so both sides take the text.
    cast = "::text[]" if source.kind == "composite" else ""
    target_sql = _as("jsonb") if to == "json" else column
    many = {_INTEGER[0]: columns_at_once.integers, _STRING[0]: columns_at_once.words}.get(convert)
    source_sql = partial(_json_of_array, cast)
    return Conversion(f"{source.name}[] to {to}", convert, source_sql, target_sql, loss, back=back, many=many)


def _printed_array(source: SourceType, value: bytes) -> bytes:
    """The literal as PostgreSQL prints it: people write quotes and blanks of their own."""
    base = source.name if source.kind == "base" else ""
    if base in _DOCUMENTS:
        return value
    there, back = _ELEMENTS.get(base, _STRING)
    return back(there(value))


def _json_of_array(cast: str, expression: str) -> str:
    """``to_jsonb``, with the lower bounds beside the elements where they are not 1."""
    levels = f"generate_series(1, array_ndims({expression})) d"
    lower = f"(SELECT jsonb_agg(array_lower({expression}, d) ORDER BY d) FROM {levels})"
    items = f"to_jsonb({expression}{cast})"
    bounded = f"jsonb_build_object('lower', {lower}, 'elements', {items})"
    return f"CASE WHEN array_dims({expression}) ~ '\\[(?!1:)' THEN {bounded} ELSE {items} END"


_SQL_NAMES = {
    "bigint": "int8",
    "integer": "int4",
    "int": "int4",
    "smallint": "int2",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "bpchar",
    "decimal": "numeric",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}


def _internal(target: str) -> str:
    name = target.partition("(")[0].strip().lower()
    return _SQL_NAMES.get(name, name)
