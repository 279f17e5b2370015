"""JSON: paths of names and places, and what makes a document. https://dev.mysql.com/doc/refman/8.0/en/json-functions.html"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dsql_migrate.inputs.mysql.meaning.kinds import (
    BOOLEAN,
    JSON,
    OTHER,
    TEXT,
    Function,
    Told,
    Untranslatable,
    Value,
    shown,
    wrapped,
)
from dsql_migrate.rewrite.quoting import literal

_STEP = re.compile(r'\.([A-Za-z_]\w*)|\."([^"\\]+)"|\[(\d+)\]')
_PLAIN = frozenset(("text", "integer", "decimal", "json", "null"))


def inside(document: Value, path: Value) -> Value:
    """``->`` and JSON_EXTRACT with one path. Raises Untranslatable."""
    if document.kind.name != "json":
        raise Untranslatable("a path into what is no JSON column")
    text, at = str(path.constant or ""), 1
    if not isinstance(path.constant, str) or not text.startswith("$"):
        raise Untranslatable("a path of JSON that is no literal")
    found = document
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise Untranslatable(f"a path of JSON like {text!r}")
        name = step.group(1) or step.group(2)
        if name is not None:
            found = Value(f"{wrapped(found, OTHER)} -> {literal(name).strip()}", JSON, OTHER)
        else:  # lax: what is no array is taken for one of one element, in both
            found = Value(f"JSONB_PATH_QUERY_FIRST({found.sql}, '$[{step.group(3)}]')", JSON)
        at = step.end()
    return found


def unquoted(document: Value) -> Value:
    """``->>`` and JSON_UNQUOTE: the text of a document; of JSON's null it is the text null."""
    if document.kind.name != "json":
        raise Untranslatable("JSON_UNQUOTE() of what is no JSON")
    plain = f"{wrapped(document, OTHER)} #>> '{{}}'"
    return Value(f"CASE JSONB_TYPEOF({document.sql}) WHEN 'null' THEN 'null' ELSE {plain} END", TEXT)


def _extract(arguments: Sequence[Value], told: Told) -> Value:
    return inside(arguments[0], arguments[1])


def _unquote(arguments: Sequence[Value], told: Told) -> Value:
    return unquoted(arguments[0])


def _element(value: Value) -> Value:
    if isinstance(value.constant, bool):
        return Value("TRUE" if value.constant else "FALSE", BOOLEAN)
    if value.kind.name == "boolean" and not value.kind.stored:
        value = shown(value)
    if value.kind.name not in _PLAIN:
        raise Untranslatable("JSON made of other than texts, integers, decimals and JSON")
    value = shown(value)
    return Value(f"CAST({value.sql} AS TEXT)", TEXT) if isinstance(value.constant, str) else value


def _array(arguments: Sequence[Value], told: Told) -> Value:
    return Value(f"JSONB_BUILD_ARRAY({', '.join(_element(a).sql for a in arguments)})", JSON, nullable=False)


def _object(arguments: Sequence[Value], told: Told) -> Value:
    if len(arguments) % 2:
        raise Untranslatable("JSON_OBJECT() with an odd number of arguments")
    parts = [a.sql if n % 2 == 0 else _element(a).sql for n, a in enumerate(arguments)]
    return Value(f"JSONB_BUILD_OBJECT({', '.join(parts)})", JSON, nullable=False)


def _together(arguments: Sequence[Value], told: Told) -> Value:
    return Value(f"JSONB_AGG({_element(arguments[0]).sql})", JSON)


AGGREGATES: dict[str, tuple[Function, int, int]] = {"json_arrayagg": (_together, 1, 1)}
FUNCTIONS: dict[str, tuple[Function, int, int]] = {
    "json_extract": (_extract, 2, 2),
    "json_unquote": (_unquote, 1, 1),
    "json_array": (_array, 0, 999),
    "json_object": (_object, 0, 999),
}
