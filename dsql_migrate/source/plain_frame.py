"""What is known at a place of a PL/pgSQL body that becomes a query: its variables, and where its branches end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsql_migrate.source import regex
from dsql_migrate.source.parse import Unparsable
from dsql_migrate.source.term_reader import read_expression, read_terms
from dsql_migrate.source.words import Words

_SIMPLE = regex.compile(r"'[^'\\]*'|[A-Za-z_][A-Za-z_0-9]*|\$?[0-9]+(?:\.[0-9]+)?")


class NotPlain(Exception):
    """The body does something that no query does. The message says what."""


@dataclass(frozen=True, slots=True)
class Variable:
    """``type`` as SQL; ``name`` is what it is called now: another one after each assignment. None: not assigned yet."""

    type: str
    name: str | None = None
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known at a place of the body: variables by name, and the queries in FROM that give their values."""

    variables: Mapping[str, Variable]
    steps: tuple[str, ...] = ()


def as_type(value: str, type: str | None) -> str:
    """A value as a type; brackets only where they are needed. true and false are booleans by themselves."""
    if type == "boolean" and value.strip().lower() in ("true", "false"):
        return value
    simple = _SIMPLE.fullmatch(value) is not None
    return f"{value}::{type}" if simple else f"({value})::{type}"


def assigned(frame: Frame, name: str, variable: Variable, value: str | None) -> Frame:
    """The frame with a variable declared (``value`` None) or assigned."""
    if value is None:
        return Frame({**frame.variables, name: variable}, frame.steps)
    number = sum(step.endswith(f" AS {name})") or f" AS {name}_" in step for step in frame.steps) + 1
    called = name if variable.name is None else f"{name}_{number + 1}"
    step = f"(SELECT {as_type(value, variable.type)} AS {called}) AS set_{called}"
    now = {**frame.variables, name: Variable(variable.type, called)}
    return Frame(now, (*frame.steps, step))


def known(frame: Frame, name: str) -> Variable:
    """A variable of the body. Raises NotPlain for an argument."""
    found = frame.variables.get(name)
    if found is None:
        raise NotPlain(f"it assigns to {name}, an argument")
    return found


def renamed(frame: Frame, text: str, *, query: bool) -> str:
    """A text with variables under their names of now."""
    sql = text.encode("utf-8", "surrogateescape")
    try:
        terms = read_terms(sql) if query else read_expression(sql)
    except Unparsable as error:
        raise NotPlain(f"an expression of it cannot be read: {error.message}") from None
    edits: list[tuple[int, int, str]] = []
    for term in terms.walk():
        if term.kind == "column" and len(term.parts) == 1 and term.name == "found":
            raise NotPlain("it asks for FOUND")
        variable = frame.variables.get(term.name) if term.kind == "column" and len(term.parts) == 1 else None
        if variable is not None and variable.name != term.name:
            edits.append((term.span.start, term.span.end, variable.name or f"NULL::{variable.type}"))
    for start, stop, new in sorted(edits, reverse=True):
        sql = sql[:start] + new.encode() + sql[stop:]
    return sql.decode("utf-8", "surrogateescape")


def last_end(words: Words) -> int:
    """The number of the END that closes the body."""
    at = len(words.words) - 1
    while at >= 0 and words.words[at] == ";":
        at -= 1
    if words.words[at] != "end":
        raise NotPlain("its END has a label or is missing")
    return at


def closing(words: Words, at: int) -> int:
    """The number of the END of the IF or CASE that begins at a token."""
    stop = next_branch(words, at + 1, len(words.words), ())
    if stop >= len(words.words):
        raise NotPlain("an END is missing")
    return stop


def behind(words: Words, at: int, kind: str) -> int:
    """The number of the token behind the END IF; or END CASE; that belongs to a token."""
    stop = closing(words, at)
    if words.words[stop + 1 : stop + 3] != [kind, ";"]:
        raise NotPlain(f"an END {kind.upper()} is missing")
    return stop + 3


def next_branch(words: Words, first: int, stop: int, marks: tuple[str, ...]) -> int:
    """The number of the first token with one of these words, or of the END, outside what begins within."""
    at, fresh = first, True
    while at < stop:
        word = words.words[at]
        if fresh and (word in marks or word == "end"):
            return at
        if fresh and word in ("if", "case"):
            at = closing(words, at) + 3
            continue
        if fresh and word in ("loop", "while", "for", "foreach", "begin", "declare"):
            raise NotPlain(f"it has {word.upper()}")
        fresh = word in (";", "then", "else")
        at += 1
    return at
