"""How a value of any type stands inside a JSON document, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from dsql_migrate.rewrite.data import hstore, json_back, json_text, records, temporal
from dsql_migrate.rewrite.data.json_objects import members, scalar
from dsql_migrate.rewrite.data.split import Sql
from dsql_migrate.rewrite.data.values import Convert, SourceType, conversion, keep
from dsql_migrate.rewrite.quoting import identifier, literal
from dsql_migrate.schema import Catalogue, Resolved
from dsql_migrate.source.facts import TypeName


@dataclass(frozen=True, slots=True)
class JsonPart:
    """``convert`` makes JSON of a value's text, ``back`` the text of it; ``sql`` makes JSON on the source's server."""

    convert: Convert
    back: Convert
    sql: Sql


def _plain(expression: str) -> str:
    return f"to_jsonb({expression})"


def _leaf(convert: Convert, leaf: json_back.Leaf = json_back.same) -> JsonPart:
    return JsonPart(convert, scalar(leaf), _plain)


_STRING = _leaf(json_text.string)
_ELEMENTS: dict[str, JsonPart] = {
    "int2": _leaf(json_text.integer),
    "int4": _leaf(json_text.integer),
    "int8": _leaf(json_text.integer),
    "float4": _leaf(json_text.float4, json_back.float4),
    "float8": _leaf(json_text.float8, json_back.float8),
    "numeric": _leaf(json_text.numeric),
    "bool": _leaf(json_text.boolean),
    "json": JsonPart(json_text.document, keep, _plain),
    "jsonb": JsonPart(json_text.document, keep, _plain),
    "hstore": JsonPart(hstore.to_json, hstore.from_json, lambda expression: f"hstore_to_jsonb({expression})"),
    "date": _leaf(temporal.date),
    "timestamp": _leaf(temporal.timestamp, json_back.timestamp),
    "timestamptz": _leaf(temporal.timestamptz, json_back.timestamptz),
}


def json_part(catalogue: Catalogue, type: TypeName) -> JsonPart:
    """Of a type: an object of a composite, an array of an array, else a number or string."""
    resolved = catalogue.resolve_type(type)
    base = resolved.base
    if len(resolved.arrays) > 1:
        return JsonPart(json_text.string, scalar(json_back.same), lambda expression: f"to_jsonb(({expression})::text)")
    if resolved.arrays:
        return _array(base, resolved.arrays[0])
    if base.kind == "composite":
        return json_object(catalogue, base)
    return _ELEMENTS.get(base.name, _STRING) if base.kind == "base" else _STRING


def _array(base: Resolved, dimensions: int) -> JsonPart:
    """As a column of the array would be; elements that are composites are strings of their row literals."""
    kind = base.kind if base.kind in ("enum", "composite", "range") else "base"
    found = conversion(SourceType(base.name, dimensions, kind), "jsonb")
    if found is None or found.source_sql is None:
        return _STRING
    documents = partial(json_back.documents, dimensions=dimensions, element=keep)  # of json, as jsonb prints it
    return JsonPart(found.convert, found.back or documents, found.source_sql)


def json_object(catalogue: Catalogue, base: Resolved) -> JsonPart:
    """Of a composite type."""
    found = [(name, json_part(catalogue, type)) for name, type in fields_of(catalogue, base)]
    names = tuple(json_text.string(name.encode("utf-8", "surrogateescape")) for name, _ in found)
    convert = partial(records.to_json, names=names, elements=tuple(part.convert for _, part in found))

    def back(value: bytes) -> bytes:
        held = members(value)
        texts = ((part, held.get(name)) for name, part in found)
        return records.text(tuple(None if one is None else part.back(one) for part, one in texts))

    def sql(expression: str) -> str:
        pairs = (f"{literal(n).strip()}, {part.sql(f'({expression}).{identifier(n)}')}" for n, part in found)
        # IS NULL holds for a row of NULLs too, IS DISTINCT FROM NULL tells it from no row.
        return f"CASE WHEN {expression} IS DISTINCT FROM NULL THEN jsonb_build_object({', '.join(pairs)}) END"

    return JsonPart(convert, back, sql)


def fields_of(catalogue: Catalogue, base: Resolved) -> list[tuple[str, TypeName]]:
    """The fields of a composite type, or of a table's rows, with their types."""
    if base.user is not None:
        return [(column.name, column.type) for column in base.user.columns]
    key = next((k for k in catalogue.candidates(base.schema, base.name) if k in catalogue.tables), None)
    return [(c.name, c.type) for c in catalogue.tables[key].columns.values()] if key is not None else []


def holds_itself(catalogue: Catalogue, base: Resolved, within: tuple[tuple[str | None, str], ...] = ()) -> bool:
    """Whether a composite type has itself among its fields: PostgreSQL makes none, a script may say one."""
    key = (base.schema, base.name)
    if key in within:
        return True
    below = [catalogue.resolve_type(type).base for _, type in fields_of(catalogue, base)]
    return any(holds_itself(catalogue, one, (*within, key)) for one in below if one.kind == "composite")
