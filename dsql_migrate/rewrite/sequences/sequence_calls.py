"""Calls of nextval, currval, setval, lastval and pg_get_serial_sequence in a text, and which sequence each means.

A sequence may have another name on the target: the script renames it later, its schema goes into public, or an
identity column has taken it over. So every text that names one in a string is followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.rewrite.quoting import literal, qualified
from dsql_migrate.rewrite.reach import with_path
from dsql_migrate.schema import split_qualified
from dsql_migrate.schema.model import Sequence
from dsql_migrate.source.facts import Span
from dsql_migrate.source.parse import Token, Unparsable, tokens

CALLED = re.compile(rb"\b(?:nextval|currval|setval|lastval|pg_get_serial_sequence)\b", re.I)
_BY_NAME = frozenset({"nextval", "currval", "setval"})
_SERIAL = "pg_get_serial_sequence"
_AROUND = frozenset({"(", ")", "::", ".", "regclass", "text", "pg_catalog", "cast", "as", "character", "varying"})


@dataclass(frozen=True, slots=True)
class SequenceCall:
    """One call. ``sequence``: None where it cannot be told. ``value``, ``called``: of setval, where they are literals.

    ``span``: from the function's name (its schema included) to the closing parenthesis; ``argument``: what names the
    sequence. ``serial``: it is named by table and column.
    """

    function: str
    sequence: Sequence | None
    span: Span
    argument: Span | None = None
    text: str = ""
    value: int | None = None
    called: bool = True
    serial: bool = False


def sequence_calls(plan: Plan, sql: bytes) -> list[SequenceCall]:
    """The calls in one statement or expression, outermost first, as names are looked for in the catalogue's path."""
    if CALLED.search(sql) is None:
        return []
    try:
        found = tokens(sql)
    except Unparsable:
        return []
    return list(_calls(plan, sql, found))


def _calls(plan: Plan, sql: bytes, found: list[Token]) -> Iterator[SequenceCall]:
    for i, token in enumerate(found[:-2]):
        if token.word not in _BY_NAME | {_SERIAL, "lastval"} or found[i + 1].word != "(":
            continue
        schema = i > 1 and found[i - 1].word == "." and found[i - 2].word == "pg_catalog"
        if i and found[i - 1].word == "." and not schema:
            continue  # somebody's own function of that name
        arguments, end = _arguments(found, i + 1)
        if end is None:
            continue
        span = Span(found[i - 2].start if schema else token.start, found[end].end)
        if token.word == "lastval":
            yield SequenceCall("lastval", None, span)
        elif token.word == _SERIAL:
            sequence = _of_column(plan, sql, arguments)
            yield SequenceCall(_SERIAL, sequence, span, span, serial=True)
        elif arguments and arguments[0]:
            yield _call(plan, sql, token.word, span, arguments)


def _arguments(found: list[Token], opening: int) -> tuple[list[list[Token]], int | None]:
    """The arguments of a call, each with its tokens, and where the closing parenthesis stands."""
    arguments: list[list[Token]] = [[]]
    depth = 0
    for i in range(opening, len(found)):
        word = found[i].word
        if word in ("(", "["):
            depth += 1
        elif word in (")", "]"):
            depth -= 1
            if depth == 0:
                return (arguments if arguments != [[]] else []), i
        elif word == "," and depth == 1:
            arguments.append([])
            continue
        if i > opening:
            arguments[-1].append(found[i])
    return [], None


def _call(plan: Plan, sql: bytes, function: str, span: Span, arguments: list[list[Token]]) -> SequenceCall:
    first = arguments[0]
    where = Span(first[0].start, first[-1].end)
    if any(t.word == _SERIAL for t in first):
        at = next(i for i, t in enumerate(first) if t.word == _SERIAL)
        sequence = _of_column(plan, sql, _arguments(first, at + 1)[0])
        text, serial = "", True
    else:
        named = [t for t in first if t.name == "SCONST"]
        plain = len(named) == 1 and all(t in named or t.word in _AROUND for t in first)
        text, serial = (_string(sql, named[0]) or "") if plain else "", False
        key = plan.catalogue.sequence_key(text) if text else None
        sequence = plan.catalogue.sequences.get(key) if key else None
    value = _number(arguments[1]) if function == "setval" and len(arguments) > 1 else None
    called = len(arguments) < 3 or [t.word.strip("'") for t in arguments[2]][:1] not in (["false"], ["f"])
    return SequenceCall(function, sequence, span, where, text, value, called, serial)


def _number(argument: list[Token]) -> int | None:
    words = [t.word.strip("'") for t in argument if t.word not in ("(", ")")]
    sign = -1 if words[:1] == ["-"] else 1
    words = words[1:] if sign < 0 else words
    if len(words) > 1 and words[1] != "::":
        return None
    digits = words[0] if words else ""
    return sign * int(digits) if re.fullmatch(r"-?[0-9]{1,19}", digits, re.ASCII) else None


def _string(sql: bytes, token: Token) -> str | None:
    text = sql[token.start : token.end].decode("utf-8", "surrogateescape")
    return text[1:-1].replace("''", "'") if text.startswith("'") and text.endswith("'") else None


def _of_column(plan: Plan, sql: bytes, arguments: list[list[Token]]) -> Sequence | None:
    """The sequence of pg_get_serial_sequence('table', 'column')."""
    named = [next((t for t in argument if t.name == "SCONST"), None) for argument in arguments]
    if len(named) != 2 or named[0] is None or named[1] is None:
        return None
    parts, column = split_qualified(_string(sql, named[0]) or ""), _string(sql, named[1])
    if not parts or column is None:
        return None
    table = plan.catalogue.table_called(parts[-2] if len(parts) > 1 else None, parts[-1])
    if table is None:
        return None
    for key in (table.key, plan.root(table.key)):
        place = plan.catalogue.tables[key]
        names = {column} | {c.name for c in place.columns.values() if c.created_as == column}
        for sequence in plan.catalogue.sequences.values():
            if sequence.owned_by is not None and sequence.owned_by[0] == key and sequence.owned_by[1] in names:
                return sequence
    planned = plan.tables.get(plan.root(table.key))
    there = planned.columns.get(column) if planned is not None else None
    return there.identity if there is not None else None


def follow_sequences(plan: Plan) -> None:
    """Name every sequence as it is called on the target, in all items."""
    plan.pre = [_followed(plan, item) for item in plan.pre]
    plan.post = [_followed(plan, item) for item in plan.post]
    plan.data = {number: _followed(plan, item) for number, item in plan.data.items()}


def _followed(plan: Plan, item: Item) -> Item:
    if CALLED.search(item.text) is None:
        return item
    with_path(plan, item.statement)
    return replace(item, text=followed(plan, item.text))


def followed(plan: Plan, text: bytes) -> bytes:
    """A statement with the sequences under their names on the target; bodies of functions too."""

    def names(sql: bytes) -> bytes:
        edits = Edits()
        taken = -1
        for call in sequence_calls(plan, sql):
            if call.sequence is None or call.argument is None or call.argument.start < taken:
                continue
            place = plan.place(call.sequence.key)
            if call.serial or _direct(plan, call.text) != place:
                edits.replace(call.argument, literal(qualified(place)).strip())
                taken = call.argument.end
        return edits.apply(sql)

    return in_bodies(names(text), names)


def in_bodies(text: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A CREATE FUNCTION with its body changed; anything else as it is."""
    try:
        found = tokens(text)
    except Unparsable:
        return text
    if not found or found[0].word != "create" or not {"function", "procedure"} & {t.word for t in found[1:4]}:
        return text
    edits = Edits()
    for i, token in enumerate(found):
        if token.name != "SCONST" or not i or found[i - 1].word != "as":
            continue
        body = text[token.start : token.end]
        if body.startswith(b"$"):
            tag = body[: body.index(b"$", 1) + 1]
            new = tag + change(body[len(tag) : -len(tag)]) + tag
        elif body.startswith(b"'"):
            new = b"'" + change(body[1:-1].replace(b"''", b"'")).replace(b"'", b"''") + b"'"
        else:
            continue
        if new != body:
            edits.replace(Span(token.start, token.end), new.decode("utf-8", "surrogateescape"))
    return edits.apply(text)


def _direct(plan: Plan, text: str) -> tuple[str, str] | None:
    """Where the name leads as it stands, on the target."""
    parts = split_qualified(text)
    if not parts:
        return None
    schema = parts[-2] if len(parts) > 1 else None
    keys = plan.catalogue.candidates(schema, parts[-1])
    return next((k for k in keys if k in plan.catalogue.sequences and plan.place(k) == k), None)
