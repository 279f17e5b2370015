"""Constants of INSERTs and defaults that fall into several columns: literals, ROW(…), int4range(1, 5)."""

from __future__ import annotations

from dsql_migrate.rewrite.data import ranges, records
from dsql_migrate.rewrite.data.literals import NotConstant, constant, quoted
from dsql_migrate.rewrite.data.split import Split, Values
from dsql_migrate.rewrite.data.values_scan import Malformed, blank_end, value_spans
from dsql_migrate.source import regex
from dsql_migrate.source.facts import Span

_SCHEMA = rb'(?:"(?:[^"]|"")++"|[A-Za-z_][A-Za-z0-9_$]*+)\s*+\.\s*+'
_CALL = regex.compile(rb"(?:" + _SCHEMA + rb')?"?([A-Za-z_][A-Za-z0-9_$]*+)"?\s*+(?=\()')
_ROW = regex.compile(rb"(?:row\s*+)?(?=\()", regex.IGNORECASE)
_CAST = regex.compile(rb"::[\w\s\".]+")


def split_constant(text: bytes, span: Span, split: Split) -> Values | None:
    """What the constant in ``span`` falls into; None for DEFAULT. Raises NotConstant, or ValueError where the value
    cannot be read."""
    try:
        found = constant(text, span)
    except NotConstant:
        value = constructed(text, span, split.name)
        if value is None:
            raise
        return split.of_literal(value)
    if found.kind == "default":
        return None
    return split.convert(None) if found.value is None else split.of_literal(found.value)


def split_sql(text: bytes, span: Span, split: Split) -> bytes:
    """The values that take the place of the one in ``span``, as SQL. Raises as ``split_constant``."""
    values = split_constant(text, span, split)
    if values is None:
        return b", ".join([b"DEFAULT"] * split.width)
    return b", ".join([b"NULL" if value is None else quoted(value) for value in values])


def constructed(text: bytes, span: Span, of: str) -> bytes | None:
    """The literal of ROW(1, 'a') or (1, 'a'), or of a call like int4range(1, 5, '[]'); None where it is neither.

    ``of``: a name that begins with the type's, as those of conversions do.
    """
    row = _ROW.match(text, span.start, span.end)
    try:
        if row is not None:
            values = _arguments(text, row.end(), span.end)
            return records.text(tuple(values)) if values is not None else None
        call = _CALL.match(text, span.start, span.end)
        if call is None or call.group(1).decode().lower() != of.partition(" ")[0].lower():
            return None
        values = _arguments(text, call.end(), span.end)
    except (NotConstant, Malformed):
        return None
    if values is None or not 2 <= len(values) <= 3:
        return None
    bounds = values[2] if len(values) == 3 else b"[)"
    if bounds is None or len(bounds) != 2:
        return None
    lower = b"(" if values[0] is None else bounds[:1]
    upper = b")" if values[1] is None else bounds[1:]
    return ranges.text((values[0], values[1], lower + upper))


def _arguments(text: bytes, at: int, end: int) -> list[bytes | None] | None:
    """The constants in the parentheses at ``at``; None where something other than casts stands behind them."""
    spans = value_spans(text, Span(at, end))
    found = [_argument(text, one) for one in spans]
    close = blank_end(text, spans[-1].end, end)
    rest = text[close + 1 : end].strip()
    return found if text[close : close + 1] == b")" and (not rest or _CAST.fullmatch(rest)) else None


def _argument(text: bytes, span: Span) -> bytes | None:
    try:
        return constant(text, span).value
    except NotConstant:
        call = _CALL.match(text, span.start, span.end)
        name = call.group(1).decode() if call else ""
        value = constructed(text, span, name if name.lower().endswith("range") else "")
        if value is None:
            raise
        return value
