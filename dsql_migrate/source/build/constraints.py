"""Constraint nodes to facts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from dsql_migrate.source.build.literals import strings
from dsql_migrate.source.build.outputs import called
from dsql_migrate.source.build.reading import Reading
from dsql_migrate.source.facts import Action, Constraint, ConstraintKind, Expression, Span
from dsql_migrate.source.parse import Node

KINDS: dict[str, ConstraintKind] = {
    "CONSTR_PRIMARY": "primary",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_FOREIGN": "foreign",
    "CONSTR_CHECK": "check",
    "CONSTR_EXCLUSION": "exclude",
    "CONSTR_NOTNULL": "not null",
}
_ACTIONS: dict[str, Action] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
_MATCH: dict[str, Literal["simple", "full", "partial"]] = {"s": "simple", "f": "full", "p": "partial"}
_ATTRIBUTES = ("deferrable", "initially", "enforced")


def constraint(reading: Reading, node: Node, span: Span, column: str | None = None) -> Constraint:
    """A Constraint node that stands at ``span``; ``column`` is the column it is written behind."""
    kind = KINDS[node["contype"]]
    foreign = kind == "foreign"
    columns = strings(node.get("fk_attrs" if foreign else "keys", ()))
    first, last = reading.index(span.start), reading.index(span.end) - 1
    attributes = _attributes(reading, first, last)
    return Constraint(
        kind=kind,
        name=node.get("conname"),
        span=span,
        columns=tuple(columns or ([column] if column else [])),
        include=tuple(strings(node.get("including", ()))),
        expression=_check(reading, node, first, last) if kind == "check" else None,
        references=reading.name(node["pktable"]) if foreign and "pktable" in node else None,
        referenced_columns=tuple(strings(node.get("pk_attrs", ()))),
        on_delete=_ACTIONS.get(node.get("fk_del_action", "a"), "no action"),
        on_update=_ACTIONS.get(node.get("fk_upd_action", "a"), "no action"),
        on_delete_columns=tuple(strings(node.get("fk_del_set_cols", ()))),
        match=_MATCH.get(node.get("fk_matchtype", "s"), "simple"),
        deferrable=bool(node.get("deferrable")),
        initially_deferred=bool(node.get("initdeferred")),
        not_valid=bool(node.get("skip_validation")),
        not_enforced=_not_enforced(reading, attributes),
        no_inherit=bool(node.get("is_no_inherit")),
        nulls_not_distinct=bool(node.get("nulls_not_distinct")),
        using_index=node.get("indexname"),
        without_overlaps=bool(node.get("without_overlaps")),
        access_method=node.get("access_method") if kind == "exclude" else None,
        operators=tuple(_operators(node)),
        options_span=reading.clause("with", first, last) if kind in ("primary", "unique", "exclude") else None,
        tablespace_span=_tablespace(reading, first, last),
        attributes_span=attributes,
        inline=column is not None,
        called=tuple(_called(pair["List"]["items"][0]["IndexElem"]) for pair in node.get("exclusions", ())),
        excluding=tuple(_excluding(reading, node, first, last)),
        excluding_where=_inside(reading, "where", first, last) if kind == "exclude" else None,
    )


def _excluding(reading: Reading, node: Node, first: int, last: int) -> Iterator[str]:
    """The keys of EXCLUDE [USING m] (key [opclass] WITH operator, …) as they stand; a column by its name."""
    pairs = [pair["List"]["items"][0]["IndexElem"] for pair in node.get("exclusions", ())]
    at = reading.find("exclude", first, last)
    open_ = reading.find("(", at, last) if at is not None else None
    if not pairs or open_ is None:
        return
    for element, (start, end) in zip(pairs, reading.split(open_ + 1, reading.close(open_) - 1), strict=False):
        if "name" in element:
            yield reading.between(start, start).of(reading.text)
        elif reading.word(start) == "(":
            yield reading.between(start, reading.close(start)).of(reading.text)
        else:  # a call: up to the end of its arguments
            inner = reading.find("(", start, end)
            yield reading.between(start, end if inner is None else reading.close(inner)).of(reading.text)


def _inside(reading: Reading, word: str, first: int, last: int) -> str | None:
    """What stands in the parentheses behind a keyword of the constraint's own."""
    depth = 0
    for i in range(first, last):
        if reading.word(i) in ("(", ")"):
            depth += 1 if reading.word(i) == "(" else -1
        elif depth == 0 and reading.word(i) == word and reading.word(i + 1) == "(":
            close = reading.close(i + 1)
            return Span(reading.ends[i + 1], reading.starts[close]).of(reading.text).strip()
    return None


def _check(reading: Reading, node: Node, first: int, last: int) -> Expression | None:
    at = reading.find("check", first, last)
    if at is None:
        return None
    span = Span(reading.ends[at + 1], reading.starts[reading.close(at + 1)])
    return reading.expression(node.get("raw_expr"), span)


def _attributes(reading: Reading, first: int, last: int) -> Span | None:
    """Where [NOT] DEFERRABLE, INITIALLY …, NOT VALID stand: from the first of them to the end."""
    depth = 0
    for i in range(first, last + 1):
        word = reading.word(i)
        if word in ("(", "["):
            depth += 1
        elif word in (")", "]"):
            depth -= 1
        elif depth == 0 and (
            word in _ATTRIBUTES or (word == "not" and reading.word(i + 1) in ("deferrable", "valid", "enforced"))
        ):
            return reading.between(i, last)
    return None


def _not_enforced(reading: Reading, attributes: Span | None) -> bool:
    """NOT ENFORCED by its words: the tree leaves out what is false, and PostgreSQL 17's has no such field at all."""
    if attributes is None:
        return False
    words = [reading.word(i) for i in range(reading.index(attributes.start), reading.index(attributes.end))]
    return ("not", "enforced") in pairwise(words)


def _tablespace(reading: Reading, first: int, last: int) -> Span | None:
    at = reading.find("tablespace", first, last)
    if at is None or reading.word(at - 1) != "index":
        return None
    return reading.between(at - 2, at + 1)


def _called(element: Node) -> str:
    return element.get("name") or called(element.get("expr", {})) or "expr"


def _operators(node: Node) -> list[tuple[str, str]]:
    found = []
    for pair in node.get("exclusions", ()):
        element, operator = pair["List"]["items"]
        found.append((element["IndexElem"].get("name", "(expression)"), strings(operator["List"]["items"])[-1]))
    return found
