"""Aggregates of the script that are a built-in one under another name: group_concat, array_accum, first, last.

DSQL has no CREATE AGGREGATE (rule DSQL512). Which built-in aggregate one of them is, is read from its transition
function alone, and only where it gives the same for every input, NULLs and no rows at all included.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.quoting import literal
from dsql_migrate.schema import split_qualified
from dsql_migrate.schema.model import Routine
from dsql_migrate.source.facts import CreateFunction
from dsql_migrate.source.parse import Token, Unparsable, tokens


@dataclass(frozen=True, slots=True)
class Builtin:
    """The built-in form of an aggregate. ``call``: from what stands between the parentheses of a call, and the part of
    it before ORDER BY, to the call that takes its place. ``shown``: the same in words."""

    shown: str
    call: Callable[[str, str], str]
    wraps: bool = False  # whether something stands around the call, so that no FILTER or OVER may follow it


def builtin_of(plan: Plan, aggregate: Routine) -> Builtin | None:
    """The built-in aggregate that gives the same as one of the script; None where none is known to."""
    options = dict(aggregate.options)
    if aggregate.kind != "aggregate":
        return None
    if not options.keys() <= {"sfunc", "sfunc1", "stype", "stype1", "basetype", "initcond", "initcond1", "parallel"}:
        return None  # a final function, a moving state, a sort operator: something more than collecting
    transition, start = options.get("sfunc") or options.get("sfunc1"), options.get("initcond", options.get("initcond1"))
    if transition is None:
        return None
    parts = split_qualified(transition)
    own = plan.catalogue.routines_named(parts[0] if len(parts) > 1 else None, parts[-1])
    if len(own) > 1:
        return None
    if not own:
        return _of_system(parts[-1], start)
    strict = _is_strict(plan, own[0])
    words = _body(own[0])
    return _of_body(words, strict, start) if words is not None else None


def _of_system(name: str, start: str | None) -> Builtin | None:
    """By a transition function of PostgreSQL's own."""
    if name == "array_append" and start in ("{}", None):
        return _collected(empty=start == "{}")
    if name == "textcat" and start is None:
        return _joined("")
    return None


def _of_body(words: str, strict: bool, start: str | None) -> Builtin | None:
    if start is None:
        for form in _JOINED_BESIDE_NULL if not strict else _JOINED_STRICT:
            found = form.fullmatch(words)
            if found is not None:
                return _joined(_string(found["between"]))
        if strict and words in ("$1", "$2"):
            return _FIRST if words == "$1" else _LAST
    if words == "array_append ( $1 , $2 )" and start in ("{}", None) and not strict:
        return _collected(empty=start == "{}")
    return None


_BETWEEN = r"(?P<between>'(?:[^']|'')*')"
_BOTH = rf"\$1 \|\| {_BETWEEN} \|\| \$2"
_JOINED_BESIDE_NULL = (
    re.compile(rf"case when \$2 is null then \$1 when \$1 is null then \$2 else {_BOTH} end"),
    re.compile(rf"case when \$1 is null then \$2 when \$2 is null then \$1 else {_BOTH} end"),
)
_JOINED_STRICT = (re.compile(_BOTH),)  # PostgreSQL takes the first value for the state, and passes over NULLs


def _joined(between: str) -> Builtin:
    text = literal(between).strip()
    return Builtin(f"string_agg(…, {text})", lambda whole, value: f"string_agg({value}, {text}{whole[len(value):]})")


def _collected(*, empty: bool) -> Builtin:
    if empty:
        return Builtin("COALESCE(array_agg(…), '{}')", lambda whole, _: f"COALESCE(array_agg({whole}), '{{}}')", True)
    return Builtin("array_agg(…)", lambda whole, _: f"array_agg({whole})")


_FIRST = Builtin(
    "the first element of array_agg(…)",
    lambda whole, value: f"(array_agg({whole}) FILTER (WHERE ({value}) IS NOT NULL))[1]",
    True,
)
_LAST = Builtin(
    "the last element of array_agg(…)",
    lambda whole, value: f"(array_agg({whole}) FILTER (WHERE ({value}) IS NOT NULL))[count({value})]",
    True,
)


def _is_strict(plan: Plan, routine: Routine) -> bool:
    fact = plan.statements[routine.place.statement].fact
    return isinstance(fact, CreateFunction) and "strict" in fact.options


def _body(routine: Routine) -> str | None:
    """What an SQL function of two arguments gives, in one form: lower case, arguments as $1 and $2, no parentheses that
    only group, no casts to text; None where it is not one expression."""
    if routine.language != "sql" or routine.body is None or len(routine.arguments) != 2:
        return None
    body = routine.body.encode("utf-8", "surrogateescape")
    try:
        found = [token for token in tokens(body) if token.word != ";"]
    except Unparsable:
        return None
    if not found or found[0].word.lower() not in ("select", "return"):
        return None
    numbers = {a.name: f"${i}" for i, a in enumerate(routine.arguments, 1) if a.name}
    words = [_word(token, body, numbers) for token in found[1:]]
    text = re.sub(r" (?:::|: :) text\b", "", f" {' '.join(words)}").strip()
    return _ungrouped(text)


def _word(token: Token, body: bytes, numbers: dict[str, str]) -> str:
    if token.name == "SCONST":
        return body[token.start : token.end].decode("utf-8", "surrogateescape")
    return numbers.get(token.word, token.word) if token.name == "IDENT" or token.keyword else token.word


def _ungrouped(text: str) -> str:
    """Without parentheses that follow no name: they group, and || groups either way."""
    while True:
        fewer = re.sub(r"(?:(?<=^)|(?<=(?:then|else|when) )|(?<=\|\| ))\( ([^()]*) \)", r"\1", text)
        if fewer == text:
            return text
        text = fewer


def _string(constant: str) -> str:
    return constant[1:-1].replace("''", "'")
