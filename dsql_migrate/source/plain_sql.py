"""PL/pgSQL functions that are plain SQL at heart, as the body of an SQL function.

Taken are RETURN, RETURN QUERY, IF, CASE, assignments and SELECT … INTO one variable; what does anything else (RAISE,
loops, PERFORM, EXECUTE, changes of rows, handlers) is not. A variable becomes a column of a query in FROM that is
evaluated once, in the order of the assignments; IF becomes CASE: both take NULL for false.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dsql_migrate.source.facts import CreateFunction, TypeName
from dsql_migrate.source.parse import Unparsable, tokens
from dsql_migrate.source.plain_frame import (
    Frame,
    NotPlain,
    Variable,
    as_type,
    assigned,
    behind,
    closing,
    known,
    last_end,
    next_branch,
    renamed,
)
from dsql_migrate.source.term_reader import read_expression, read_terms
from dsql_migrate.source.words import Words

MOST_PATHS = 24  # ways through a body
_AGGREGATES = frozenset({"count", "sum", "max", "min", "avg", "bool_and", "bool_or", "string_agg", "array_agg"})
_CUT = frozenset({"varchar", "bpchar", "char", "bit", "varbit"})  # assignment refuses what a cast cuts off


@dataclass(slots=True)
class _Body:
    """One body while it is read. ``type_of``: SQL of a type as the target has it; raises NotPlain."""

    text: bytes
    words: Words
    returns: str | None  # type of what RETURN gives, as SQL; None: rows
    result: str | None  # the one OUT argument, whose value RETURN; gives
    paths: int = 0
    made: int = field(default=0)


def plain_body(body: bytes, fact: CreateFunction, type_of: Callable[[TypeName, str], str]) -> str:
    """The SQL of a PL/pgSQL body. ``type_of``: a type as SQL on the target, by its name and by its text.

    Raises NotPlain where the body does something else.
    """
    try:
        found = tokens(body)
    except Unparsable as error:
        raise NotPlain(f"its body cannot be read: {error.message}") from None
    words = Words(found)
    outs = [a for a in fact.arguments if a.mode in ("out", "inout", "table")]
    if fact.returns is not None and fact.returns.name in ("trigger", "event_trigger"):
        raise NotPlain("it is a trigger's")
    if fact.returns is None and not outs:
        raise NotPlain("it returns nothing")
    rows = (fact.returns is not None and fact.returns.setof) or any(a.mode == "table" for a in outs)
    if not rows and (len(outs) > 1 or any(a.mode == "inout" for a in outs)):
        raise NotPlain("it has several results")
    frame = Frame({})
    result = None
    if outs and not rows:
        result = outs[0].name
        frame = assigned(frame, str(result), Variable(type_of(outs[0].type, "")), None)
    kept = None if rows else type_of(fact.returns or outs[0].type, "")
    state = _Body(body, words, kept, result)
    frame = _head(state, frame, type_of)
    end = last_end(words)
    return _returned(state, frame, words.i, end, ()) if not rows else _query(state, frame, words.i, end)


# -- the head ---------------------------------------------------------------------------------------------------------


def _head(state: _Body, frame: Frame, type_of: Callable[[TypeName, str], str]) -> Frame:
    """Options, label and DECLARE; the word at hand is then the first behind BEGIN."""
    words = state.words
    while words.word() == "#":
        if words.word(1) == "variable_conflict" and words.word(2) == "use_variable":
            raise NotPlain("it takes a name for the variable where it is a column too")
        words.i += 3
    if words.word() == "<<":
        raise NotPlain("it has a label")
    if words.word() == "declare":
        words.i += 1
        while words.word() not in ("begin", ""):
            end = words.semicolon(words.i)
            frame = _declared(state, frame, words.i, end, type_of)
            words.i = end + 1
    if words.word() != "begin":
        raise NotPlain("its body has no BEGIN")
    words.i += 1
    return frame


def _declared(
    state: _Body, frame: Frame, first: int, end: int, type_of: Callable[[TypeName, str], str]
) -> Frame:
    words = state.words
    name = _identifier(state, first)
    at = first + 1
    if words.words[at] == "alias" or "cursor" in words.words[at:end]:
        raise NotPlain(f"it declares {name} as an alias or a cursor")
    constant = words.words[at] == "constant"
    at += constant
    sign = min(words.until(at, ":=", "=", "default", "not", "collate"), end)
    if words.words[sign] in ("not", "collate"):
        raise NotPlain(f"it declares {name} with NOT NULL or COLLATE")
    written = _text(state, at, sign)
    variable = Variable(type_of(_type(written), written), constant=constant)
    value = _followed(state, frame, sign + 1, end) if sign < end else None
    return assigned(frame, name, variable, value)


def _type(written: str) -> TypeName:
    named, percent, kind = written.rpartition("%")
    if percent and kind.strip().lower() == "type":
        parts = [part.strip() for part in named.split(".")]
        if len(parts) < 2 or not all(part.isidentifier() for part in parts):
            raise NotPlain(f"it declares a variable as {written}")
        return TypeName(parts[-2].lower(), f"{parts[-1].lower()}%type")
    try:
        terms = read_expression(f"NULL::{written}".encode("utf-8", "surrogateescape"))
    except Unparsable:
        raise NotPlain(f"it declares a variable as {written}") from None
    if not terms.types:
        raise NotPlain(f"it declares a variable as {written}")
    found = terms.types[0]
    if found.name in ("record", "refcursor") or "rowtype" in written.lower():
        raise NotPlain("it has a variable for rows")
    if found.name in _CUT and (found.modifiers or found.name != "varchar"):
        raise NotPlain(f"a {written} refuses values that a cast cuts off")
    return found


# -- statements -------------------------------------------------------------------------------------------------------


Rest = tuple[tuple[int, int], ...]  # what follows a list of statements: the lists around it, the nearest first


def _returned(state: _Body, frame: Frame, at: int, end: int, rest: Rest) -> str:
    """The query that gives what statements from token ``at`` to ``end``, and the rest behind them, return."""
    words = state.words
    while at >= end:
        if not rest:
            return _last(state, frame)
        (at, end), rest = rest[0], rest[1:]
    word = words.words[at]
    stop = words.semicolon(at)
    if word == "return":
        state.paths += 1
        if state.paths > MOST_PATHS:
            raise NotPlain("it has too many ways through it")
        if words.words[at + 1] in ("query", "next"):
            raise NotPlain("it returns rows one by one")
        if stop == at + 1:
            return _last(state, frame)
        if state.result is not None:
            raise NotPlain("it returns a value beside its OUT argument")
        return _select(state, frame, _followed(state, frame, at + 1, stop))
    if word == "null" and stop == at + 1:
        return _returned(state, frame, stop + 1, end, rest)
    if word == "if":
        return _choice(state, frame, *_if_parts(state, frame, at), rest=((behind(words, at, "if"), end), *rest))
    if word == "case":
        return _choice(state, frame, *_case_parts(state, frame, at), rest=((behind(words, at, "case"), end), *rest))
    if word == "begin":
        raise NotPlain("it has a block in a block")
    return _returned(state, _step(state, frame, at, stop), stop + 1, end, rest)


def _step(state: _Body, frame: Frame, at: int, stop: int) -> Frame:
    """An assignment, or SELECT … INTO a variable."""
    words = state.words
    words.i = at
    sign = words.assignment()
    if sign is not None:
        name = _identifier(state, at)
        if sign != at + 1:
            raise NotPlain("it assigns to a part of a variable")
        return assigned(frame, name, known(frame, name), _followed(state, frame, sign + 1, stop))
    if words.words[at] != "select":
        raise NotPlain(f"it runs {words.words[at].upper()}")
    into = words.until(at, "into")
    if into >= stop or words.words[into + 1] == "strict" or words.words[into + 2] in (",", "."):
        raise NotPlain("it selects into several variables, or runs a query for nothing")
    name = _identifier(state, into + 1)
    head, tail = _followed(state, frame, at, into, stop, skip=(into, into + 2)), words.words[into + 2 : stop]
    return assigned(frame, name, known(frame, name), f"({head}{_first_row(head, tail)})")


def _first_row(query: str, tail: list[str]) -> str:
    """What keeps a query to its first row; nothing where it gives one row only."""
    try:
        terms = read_terms(query.encode("utf-8", "surrogateescape"))
    except Unparsable:
        raise NotPlain("a query of it cannot be read") from None
    (root,) = terms.roots
    if len(root.outputs) != 1 or (root.outputs[0][1].name == "*" and root.outputs[0][1].kind == "column"):
        raise NotPlain("a query of it does not give one column")
    value = root.outputs[0][1]
    if "group" not in tail and value.kind == "call" and value.name in _AGGREGATES and value.plain:
        return ""
    if {"limit", "fetch", "union", "except", "intersect", "for", "offset"} & set(tail):
        raise NotPlain("it takes the first row of a query with a LIMIT or a UNION")
    return " LIMIT 1"


def _if_parts(state: _Body, frame: Frame, at: int) -> tuple[list[tuple[str, tuple[int, int]]], tuple[int, int] | None]:
    """Conditions with their statements, and those of ELSE."""
    words, found = state.words, []
    stop = closing(words, at)
    while words.words[at] in ("if", "elsif", "elseif"):
        then = words.until(at + 1, "then")
        next_ = next_branch(words, then + 1, stop, ("elsif", "elseif", "else"))
        found.append((_followed(state, frame, at + 1, then), (then + 1, next_)))
        at = next_
    return found, (at + 1, stop) if words.words[at] == "else" else None


def _case_parts(
    state: _Body, frame: Frame, at: int
) -> tuple[list[tuple[str, tuple[int, int]]], tuple[int, int] | None]:
    words, found = state.words, []
    stop = closing(words, at)
    when = words.until(at + 1, "when")
    subject = _text(state, at + 1, when) if when > at + 1 else None
    if subject is not None and not subject.replace("_", "").replace("$", "").replace(".", "").isalnum():
        raise NotPlain("its CASE evaluates an expression for several comparisons")
    at = when
    while words.words[at] == "when":
        then = words.until(at + 1, "then")
        next_ = next_branch(words, then + 1, stop, ("when", "else"))
        if subject is None:
            condition = _followed(state, frame, at + 1, then)
        else:
            condition = renamed(frame, f"{subject} IN ({_text(state, at + 1, then)})", query=False)
        found.append((condition, (then + 1, next_)))
        at = next_
    if words.words[at] != "else":
        raise NotPlain("its CASE has no ELSE, and raises an error where nothing fits")
    return found, (at + 1, stop)


def _choice(
    state: _Body, frame: Frame, parts: list[tuple[str, tuple[int, int]]], other: tuple[int, int] | None, rest: Rest
) -> str:
    """CASE over queries: each way goes on with what stands behind the IF."""
    assigned = _one_assignment(state, frame, parts, other)
    if assigned is not None:
        (at, end), more = rest[0], rest[1:]
        return _returned(state, assigned, at, end, more)
    whens = [f"WHEN {c} THEN {_inner(_returned(state, Frame(frame.variables), *b, rest))}" for c, b in parts]
    otherwise = _inner(_returned(state, Frame(frame.variables), *(other or (0, 0)), rest))
    return _select(state, frame, f"CASE {' '.join(whens)} ELSE {otherwise} END", cast=False)


def _one_assignment(
    state: _Body, frame: Frame, parts: list[tuple[str, tuple[int, int]]], other: tuple[int, int] | None
) -> Frame | None:
    """IF … that does nothing but give one variable a value: one assignment of a CASE."""
    words, names, values = state.words, set(), []
    for _, (first, end) in [*parts, *([("", other)] if other else [])]:
        words.i = first
        sign = words.assignment() if first < end else None
        if sign != first + 1 or words.semicolon(first) != end - 1:
            return None
        names.add(_identifier(state, first))
        values.append(_followed(state, frame, sign + 1, end - 1))
    if len(names) != 1:
        return None
    (name,) = names
    variable = known(frame, name)
    whens = " ".join(f"WHEN {c} THEN {as_type(v, variable.type)}" for (c, _), v in zip(parts, values, strict=False))
    old = variable.name or "NULL"
    value = f"CASE {whens} ELSE {as_type(values[-1], variable.type) if other else old} END"
    return assigned(frame, name, variable, value)


def _last(state: _Body, frame: Frame) -> str:
    """The end of a function with an OUT argument; of another one PostgreSQL raises an error."""
    if state.result is None:
        raise NotPlain("it can end without RETURN")
    variable = frame.variables[state.result]
    return _select(state, frame, variable.name or "NULL")


def _query(state: _Body, frame: Frame, at: int, end: int) -> str:
    """RETURN QUERY by itself, behind assignments."""
    words = state.words
    while words.words[at : at + 2] != ["return", "query"]:
        stop = words.semicolon(at)
        if at >= end or words.words[at] in ("if", "case", "for", "while", "loop", "return", "begin"):
            raise NotPlain("it returns rows in several steps")
        frame, at = _step(state, frame, at, stop), stop + 1
    stop = words.semicolon(at)
    left = [w for w in words.words[stop + 1 : end] if w not in ("return", ";")]
    if left or words.words[at + 2] == "execute":
        raise NotPlain("it returns rows in several steps")
    if frame.steps:
        raise NotPlain("it reckons values before it returns rows")
    return _text(state, at + 2, stop)


# -- texts ------------------------------------------------------------------------------------------------------------


def _inner(sql: str) -> str:
    """A query as a part of CASE: its expression alone where it reads nothing."""
    plain = sql.removeprefix("SELECT ")
    return plain if " FROM " not in sql and "\n" not in plain else f"({sql})"


def _select(state: _Body, frame: Frame, value: str, *, cast: bool = True) -> str:
    shown = as_type(value, state.returns) if cast else value
    if not frame.steps:
        return f"SELECT {shown}"
    return f"SELECT {shown}\n  FROM " + "\n    CROSS JOIN LATERAL ".join(frame.steps)


def _identifier(state: _Body, at: int) -> str:
    word = state.words.words[at]
    if not word.isidentifier() or not word.isascii():
        raise NotPlain(f"it has a variable called {word}")
    return word


def _text(state: _Body, first: int, behind: int) -> str:
    found = state.words.tokens
    if first >= behind:
        raise NotPlain("an expression of it is missing")
    return state.text[found[first].start : found[behind - 1].end].decode("utf-8", "surrogateescape")


def _followed(
    state: _Body, frame: Frame, first: int, behind: int, end: int | None = None, skip: tuple[int, int] | None = None
) -> str:
    """An expression, or the parts of a query around its INTO, with variables under their names of now."""
    text = _text(state, first, behind)
    if skip is not None and end is not None and skip[1] < end:
        text += f" {_text(state, skip[1], end)}"
    return renamed(frame, text, query=skip is not None)


