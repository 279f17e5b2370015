"""Statements inside statements: bodies of functions and DO blocks, what EXPLAIN and PREPARE hold, actions of rules,
writing in WITH, texts that PL/pgSQL executes. Each with its own fact and with where its bytes stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dsql_migrate.record import Record
from dsql_migrate.source import facts, plpgsql, regex
from dsql_migrate.source.build import read
from dsql_migrate.source.facts import CreateFunction, CreateRule, Fact, Other, Procedural, Span, UnreadBody
from dsql_migrate.source.migrations.model import Origin, Pin
from dsql_migrate.source.parse import Token, Unparsable, tokens
from dsql_migrate.source.quoted import Chunk, chunks, joined

if TYPE_CHECKING:
    from dsql_migrate.source.placeholders import Filled

UNKNOWN = "…"  # stands in a text that is put together for what only the running program knows; an identifier to SQL
_DEPTH = 6  # of statements in statements
_FORMAT = regex.compile(rb"%(?:%|(?:\d+\$)?-?(?:\d+|\*(?:\d+\$)?)?([sIL]))")


class Inner(Record):
    """A statement inside another one. ``origins``: the way from its offsets to those of the piece, innermost first."""

    fact: Fact
    text: bytes
    origins: tuple[Origin, ...]
    within: str | None = None  # the function or block around it, in words; None where it stands there as it is
    expressions: bool = True  # False: those of the statement around it hold its own
    filled: Filled | None = None  # where the placeholders of a template had to be filled to read it

    def span(self, span: Span) -> Span:
        """Where a span of the text stands in the piece."""
        start = self._place(span.start)
        return Span(start, max(start, self._place(span.end - 1) + 1) if span.end > span.start else start)

    def _place(self, offset: int) -> int:
        for origin in self.origins:
            offset = origin.place(offset)
        return offset

    def unknown(self, span: Span) -> bool:
        """Whether a span of the text is nothing but a name that only the running program, or a template, knows."""
        spans = self.filled.spans if self.filled is not None else ()
        return span.of(self.text) == UNKNOWN or any(s.start <= span.start and span.end <= s.end for s in spans)

    def verbatim(self, start: int, end: int) -> bool:
        """Whether these bytes stand in the piece as they are."""
        for origin in self.origins:
            if not origin.verbatim(start, end):
                return False
            start, end = origin.place(start), origin.place(end)
        return True


def inner(fact: Fact, text: bytes) -> Iterator[Inner]:
    """Everything that stands inside a statement, and inside that, in the order of the text. Never raises."""
    return _all(Inner(fact, text, ()), 0)


def _all(outer: Inner, depth: int) -> Iterator[Inner]:
    finder = _finder(outer.fact, outer.text)
    if finder is None or depth >= _DEPTH:
        return
    try:
        for found in finder(outer.fact, outer.text):
            within = found.within or outer.within
            made = replace(found, origins=found.origins + outer.origins, within=within)
            yield made
            yield from _all(made, depth + 1)
    except Unparsable:  # a scanner's limit that the parser does not have
        return


def _finder(fact: Fact, text: bytes) -> Callable[[Any, bytes], Iterator[Inner]] | None:
    kind = type(fact)
    if kind is Other:
        return _OTHERS.get(fact.node)  # type: ignore[attr-defined]
    finder = _FINDERS.get(kind)
    if finder is None and kind in _WITH:
        return _writing if _MAY_WRITE.search(text) else None
    return finder


# -- functions and DO -------------------------------------------------------------------------------------------------


def _function(fact: CreateFunction, text: bytes) -> Iterator[Inner]:
    span = fact.body_span
    if span is None or fact.language not in ("sql", "plpgsql"):
        return
    within = f"{'procedure' if fact.procedure else 'function'} {fact.name}"
    yield from _body(text, span, fact.language, within)


def _block(fact: Other, text: bytes) -> Iterator[Inner]:
    found = tokens(text)
    words = [t.word for t in found]
    body = next((t for i, t in enumerate(found) if t.name == "SCONST" and words[i - 1] != "language"), None)
    language = words[words.index("language") + 1].strip("\"'").lower() if "language" in words[:-1] else "plpgsql"
    if body is not None and language in ("sql", "plpgsql"):
        yield from _body(text, Span(body.start, body.end), language, "DO block")


def _body(text: bytes, span: Span, language: str, within: str) -> Iterator[Inner]:
    parts = chunks(text, span.start, span.end)
    if not parts:
        if text[span.start : span.start + 1] in b"'$eEuU":
            yield _unread(text, span, "a string of this kind is not taken apart", within)
        else:
            yield from _standard_body(text, span, within)
        return
    body, origin = joined(parts)
    found = _statements(body, 0, len(body)) if language == "sql" else _steps(body)
    for one in found:
        yield replace(one, origins=(*one.origins, origin), within=within)


def _standard_body(text: bytes, span: Span, within: str) -> Iterator[Inner]:
    """RETURN expression, or BEGIN ATOMIC statement; … END."""
    found = [t for t in tokens(text) if span.start <= t.start < span.end]
    if found[0].word == "return":
        yield _expression(text, found[1].start, found[-1].end, within)
        return
    while found and found[-1].word != "end":
        found.pop()
    for first, behind in _split(found[2:-1]):
        statement = found[2 + first : 2 + behind]
        if statement[0].word == "return" and len(statement) > 1:
            yield _expression(text, statement[1].start, statement[-1].end, within)
        else:
            yield _slice(text, statement[0].start, statement[-1].end, within)


def _statements(text: bytes, start: int, end: int, within: str | None = None) -> Iterator[Inner]:
    """The statements of a text, by its semicolons."""
    try:
        found = [t for t in tokens(text) if start <= t.start < end]
    except Unparsable as error:
        fact = facts.Unreadable(Span(0, len(text)), error.message, error.at)
        yield Inner(fact, text, (), within)
        return
    for first, behind in _split(found):
        yield _slice(text, found[first].start, found[behind - 1].end, within)


def _split(found: list[Token]) -> Iterator[tuple[int, int]]:
    """Runs of tokens between semicolons that stand in no brackets: (first, behind the last)."""
    depth = begin = 0
    for i, token in enumerate(found):
        depth += (token.word == "(") - (token.word == ")")
        if token.word == ";" and depth <= 0:
            if begin < i:
                yield begin, i
            begin = i + 1
    if begin < len(found):
        yield begin, len(found)


def _slice(text: bytes, start: int, end: int, within: str | None = None, expressions: bool = True) -> Inner:
    made = _made(text[start:end], (Pin(0, start, end - start),))
    return replace(made, within=within, expressions=expressions)


def _expression(text: bytes, start: int, end: int, within: str | None = None) -> Inner:
    """An expression as the query that PL/pgSQL makes of it."""
    part = b"SELECT " + text[start:end]
    return replace(_made(part, (Pin(0, start, 0), Pin(7, start, end - start))), within=within)


def _made(text: bytes, pins: tuple[Pin, ...]) -> Inner:
    """A statement by its text; with placeholders filled where it is none otherwise."""
    fact = read(text)
    if isinstance(fact, facts.Unreadable):
        from dsql_migrate.source.placeholders import filled  # few bodies have any

        with_values = filled(text)
        if with_values is not None:
            return Inner(with_values.fact, with_values.text, (Origin(pins),), filled=with_values)
    return Inner(fact, text, (Origin(pins),))


def _unread(text: bytes, span: Span, message: str, within: str | None = None) -> Inner:
    return Inner(UnreadBody(span, message), text, (Origin((Pin(0, 0, len(text)),)),), within)


# -- PL/pgSQL ---------------------------------------------------------------------------------------------------------


def _steps(body: bytes) -> Iterator[Inner]:
    for step in plpgsql.steps(body):
        if step.kind == "trouble":
            yield _unread(body, Span(step.start, step.end), step.message)
        elif step.kind == "execute":
            yield from _executed(body, step.start, step.end)
        elif step.kind == "arguments":
            found = _expression(body, step.start, step.end)
            if not isinstance(found.fact, facts.Unreadable):
                yield found
        elif step.kind == "expression":
            if not _HARMLESS.fullmatch(body, step.start, step.end):
                yield _sound(_expression(body, step.start, step.end))
        elif step.kind in ("statement", "perform"):
            yield _sound(_run(body, step))
        else:
            span = Span(step.start, step.end)
            yield Inner(Procedural(span, step.kind), body, (Origin((Pin(0, 0, len(body)),)),))


_HARMLESS = regex.compile(rb"[\w\s.+\-*/<>=!,\[\]\x80-\xff]*")  # nothing is called, cast or quoted


def _run(body: bytes, step: plpgsql.Step) -> Inner:
    """A statement of PL/pgSQL as SQL: without INTO, and PERFORM as SELECT."""
    part, base = bytearray(body[step.start : step.end]), step.start
    pins = [Pin(0, base, len(part))]
    if step.kind == "perform":
        part[:7] = b" SELECT"
        pins = [Pin(0, base, 0), Pin(7, base + 7, len(part) - 7)]
    for start, end in step.blanks:
        part[start - base : end - base] = b" " * (end - start)
    return _made(bytes(part), tuple(pins))


def _sound(found: Inner) -> Inner:
    """What SQL's grammar refuses inside PL/pgSQL, as a body that cannot be read: nobody runs it as it stands."""
    fact = found.fact
    if not isinstance(fact, facts.Unreadable):
        return found
    at = min(fact.at, max(len(found.text) - 1, 0))
    return Inner(UnreadBody(Span(at, at + 1), fact.message), found.text, found.origins)


def _executed(body: bytes, start: int, end: int) -> Iterator[Inner]:
    """The statements in the text that EXECUTE is given, as far as the text stands there."""
    found = [t for t in tokens(body) if start <= t.start and t.end <= end]
    while len(found) > 2 and found[0].word == "(" and _closing(found, 0) == len(found) - 1:
        found = found[1:-1]
    parts: list[Chunk] = []
    for operand in _operands(found):
        parts += _operand(body, operand)
    if not any(at is not None for _, at in parts):
        return
    text, origin = joined(parts)
    guessed = any(at is None and UNKNOWN.encode() in value for value, at in parts)
    for one in _statements(text, 0, len(text)):
        if not isinstance(one.fact, facts.Unreadable):
            yield replace(one, origins=(*one.origins, origin))
        elif not guessed:
            made = _sound(one)
            yield Inner(made.fact, made.text, (*made.origins, origin))


def _closing(found: list[Token], at: int) -> int:
    depth = 0
    for i in range(at, len(found)):
        depth += (found[i].word == "(") - (found[i].word == ")")
        if depth == 0:
            return i
    return -1


def _operands(found: list[Token]) -> Iterator[list[Token]]:
    """The operands of ||."""
    depth, begin = 0, 0
    for i, token in enumerate(found):
        depth += (token.word == "(") - (token.word == ")")
        if token.word == "||" and depth == 0:
            yield found[begin:i]
            begin = i + 1
    yield found[begin:]


def _operand(body: bytes, operand: list[Token]) -> list[Chunk]:
    """What an operand says; an identifier or a string in place of what is not known."""
    words = [t.word for t in operand]
    if operand and operand[0].name == "SCONST" and (len(operand) == 1 or words[1] == "::"):
        return chunks(body, operand[0].start, operand[0].end)
    if words[:2] == ["format", "("] and len(operand) > 2 and operand[2].name == "SCONST" and words[3] in (",", ")"):
        return [part for chunk in chunks(body, operand[2].start, operand[2].end) for part in _filled(chunk)]
    quoted = words[:1] in (["quote_literal"], ["quote_nullable"])
    return [Chunk((f"'{UNKNOWN}'" if quoted else UNKNOWN).encode(), None)]


def _filled(chunk: Chunk) -> Iterator[Chunk]:
    """The text of format() with something in the place of %I, %L and %s."""
    value, base = chunk
    done = 0
    for found in _FORMAT.finditer(value):
        yield Chunk(value[done : found.start()], None if base is None else base + done)
        kind = found.group(1)
        yield Chunk(b"%" if kind is None else f"'{UNKNOWN}'".encode() if kind == b"L" else UNKNOWN.encode(), None)
        done = found.end()
    yield Chunk(value[done:], None if base is None else base + done)


# -- statements that hold others as they are --------------------------------------------------------------------------


def _held(fact: Other, text: bytes) -> Iterator[Inner]:
    """EXPLAIN, PREPARE and DECLARE: the statement behind the options."""
    found = tokens(text)
    while found and found[-1].word == ";":
        found.pop()
    at = _HEADS[fact.node](found)
    if 0 < at < len(found):
        held = _slice(text, found[at].start, found[-1].end, expressions=fact.query is None)
        runs = fact.node != "Explain" or any(token.word in ("analyze", "analyse") for token in found[:at])
        if isinstance(held.fact, facts.Insert) and not runs:  # EXPLAIN alone writes no row
            held = replace(held, fact=replace(held.fact, rows=None, generated=None))
        yield held


def _explained(found: list[Token]) -> int:
    at = 1
    if found[1].word == "(" and found[2].word not in ("select", "with", "values", "("):
        return _closing(found, 1) + 1
    while found[at].word in ("analyze", "analyse", "verbose"):
        at += 1
    return at


def _behind(word: str) -> Callable[[list[Token]], int]:
    return lambda found: next((i + 1 for i, t in enumerate(found) if t.word == word), 0)


_HEADS: dict[str, Callable[[list[Token]], int]] = {
    "Explain": _explained,
    "Prepare": _behind("as"),
    "DeclareCursor": _behind("for"),
}


def _rule(fact: CreateRule, text: bytes) -> Iterator[Inner]:
    """DO [ALSO | INSTEAD] statement, or ( statement; … )."""
    found = tokens(text)
    at = next((i for i, t in enumerate(found) if t.word == "do"), len(found)) + 1
    at += at < len(found) and found[at].word in ("also", "instead")
    if at >= len(found) or found[at].word == "nothing":
        return
    start, end = found[at].start, found[-1].end
    if found[at].word == "(" and _closing(found, at) >= len(found) - 2:
        start, end = found[at].end, found[_closing(found, at)].start
    yield from _statements(text, start, end, f"rule {fact.name}")


_WITH = frozenset({facts.Select, facts.Insert, facts.Change, facts.CreateView, facts.Copy})
_MAY_WRITE = regex.compile(rb"(?i)\bas\s*(?:(?:not\s+)?materialized\s*)?\(\s*(?:insert|update|delete|merge)\b")


def _writing(_fact: Fact, text: bytes) -> Iterator[Inner]:
    """INSERT, UPDATE, DELETE and MERGE in WITH."""
    found = tokens(text)
    for i in range(3, len(found) - 1):
        before = found[i - 1].word
        if found[i].word == "(" and before in ("as", "materialized") and found[i + 1].word in _WRITES:
            yield _slice(text, found[i + 1].start, found[_closing(found, i)].start, expressions=False)


_WRITES = frozenset({"insert", "update", "delete", "merge"})

_FINDERS: dict[type, Callable[[Any, bytes], Iterator[Inner]]] = {CreateFunction: _function, CreateRule: _rule}
_OTHERS: dict[str, Callable[[Any, bytes], Iterator[Inner]]] = {"Do": _block, "Explain": _held, "Prepare": _held}
_OTHERS["DeclareCursor"] = _held
