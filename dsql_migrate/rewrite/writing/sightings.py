"""Where the source does what has a written pattern: in its statements, and in the bodies of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dsql_migrate.rewrite.plan import Plan
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.source.bodies import inner
from dsql_migrate.source.facts import Change, CreateExtension, CreateTable, Fact, Insert, Other, Select
from dsql_migrate.stubs.patterns import Pattern, Sighting

if TYPE_CHECKING:
    from dsql_migrate.source.open import Source

_LONGEST = 100  # characters of a statement that are shown
_NODES: dict[str, Pattern] = {
    "Listen": "notifications", "Notify": "notifications", "Unlisten": "notifications", "Lock": "table-locks",
}  # fmt: skip
# max(n) + 1, coalesce(max(n), 0) + 1
_NEXT = re.compile(r"\bmax\s*\([^()]*\)\s*(?:,\s*[0-9]+\s*\)\s*)?\+\s*1\b", re.IGNORECASE)
_MAYBE = re.compile(rb"advisory|notify|listen|\block\b|truncate|cron|max\s*\(", re.IGNORECASE)


def sightings(plan: Plan) -> list[Sighting]:
    """All of them, in the order of the patterns and of the source."""
    source = plan.script.source
    found: list[Sighting] = []
    for statement in plan.script.statements:
        if statement.fact is not None:
            found += _of_statement(source, statement, statement.fact)
    return sorted(dict.fromkeys(found))


def _of_statement(source: Source, statement: Statement, fact: Fact) -> Iterator[Sighting]:
    text = statement.piece.text
    if isinstance(fact, CreateTable) and fact.partition_by is not None and fact.partition_by[0] == "range":
        yield _sighting(source, "partitions", statement.line, f"table {fact.name} PARTITION BY RANGE")
    elif isinstance(fact, CreateExtension) and fact.name == "pg_cron":
        yield _sighting(source, "schedules", statement.line, "CREATE EXTENSION pg_cron")
    if _MAYBE.search(text) is None:
        return
    for pattern in _patterns(fact):
        yield _sighting(source, pattern, statement.line, _shown(fact, text))
    for held in inner(fact, text):
        line = statement.piece.line + text.count(b"\n", 0, held.span(held.fact.span).start)
        for pattern in _patterns(held.fact):
            told = _shown(held.fact, held.text)
            yield _sighting(source, pattern, line, f"{told} ({held.within})" if held.within else told)


def _patterns(fact: Fact) -> Iterator[Pattern]:
    if isinstance(fact, Change) and fact.kind == "truncate":
        yield "truncate"
    if isinstance(fact, Other) and fact.node in _NODES:
        yield _NODES[fact.node]
    query = fact.query if isinstance(fact, (Select, Insert, Change, Other)) else None
    if query is None:
        return
    for name in query.functions:
        if re.match(r"pg_(try_)?advisory_", name.name):
            yield "advisory-locks"
        elif name.name == "pg_notify":
            yield "notifications"
        elif name.schema == "cron":
            yield "schedules"
    if _NEXT.search(query.text):
        yield "next-number"


def _shown(fact: Fact, text: bytes) -> str:
    """The statement in one line, cut where it is long."""
    words = " ".join(fact.span.of(text).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _sighting(source: Source, pattern: Pattern, line: int, what: str) -> Sighting:
    file, at = source.at_line(line)
    return Sighting(pattern, at, what, file if source.segments else None)
