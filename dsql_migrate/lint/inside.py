"""Matches in a statement inside another one, put to where they stand; what a body leaves behind in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from dsql_migrate.lint.finding import Edit, Finding, Fix, Match
from dsql_migrate.source import facts
from dsql_migrate.source.facts import Fact, Span

if TYPE_CHECKING:
    from dsql_migrate.source.bodies import Inner

BLOCK = "DO block"
# What a DO block makes is there afterwards; whether what it drops and renames is gone, its conditions decide.
_MADE = (
    facts.CreateTable, facts.AlterTable, facts.CreateIndex, facts.CreateSequence, facts.CreateView, facts.CreateSchema,
    facts.CreateEnum, facts.CreateComposite, facts.CreateDomain, facts.CreateRange, facts.CreateFunction,
)  # fmt: skip


_QUOTING = frozenset("'\\$")  # what would have to be written otherwise in the literal of a body
_HOLDERS = frozenset({
    facts.CreateFunction, facts.CreateRule, facts.CreateView, facts.Select, facts.Insert, facts.Change, facts.Copy,
    facts.Other,
})  # fmt: skip


def inside(fact: Fact, text: bytes, stop: int) -> Iterable[Inner]:
    """What stands inside a statement, whose SQL ends at ``stop``; next to nothing to do for most."""
    if type(fact) not in _HOLDERS or (type(fact) is facts.Insert and fact.query is None):
        return ()
    from dsql_migrate.source.bodies import inner

    return inner(fact, text[:stop])


def placed(match: Match, held: Inner) -> Match | None:
    """The match with the spans of the piece; None where it is about a name that only the running program knows."""
    if held.unknown(match.at):
        return None
    return replace(match, at=held.span(match.at), fix=_fix(match.fix, held))


def _fix(fix: Fix | None, held: Inner) -> Fix | None:
    """None where what is changed does not stand in the piece as it is, or is the whole statement: a function's last
    query is its result."""
    whole = held.fact.span.end - held.fact.span.start
    if fix is None or any(not held.verbatim(e.start, e.end) or e.end - e.start >= whole for e in fix.edits):
        return None
    if held.within is not None and any(set(e.text) & _QUOTING for e in fix.edits):
        return None
    edits = ((held.span(Span(e.start, e.end)), e.text) for e in fix.edits)
    return Fix(fix.applicability, tuple(Edit(at.start, at.end, text) for at, text in edits))


def told(finding: Finding, held: Inner) -> Finding:
    """The finding with where it stands: the function is what it is about."""
    within = held.within
    if held.filled is not None and held.filled.names:
        from dsql_migrate.lint.templates import restored

        finding = restored(finding, held.filled)
    if within is None:
        return finding
    named = finding.object if within == BLOCK else within.partition(" ")[2]
    return replace(finding, message=f"{finding.message} (in {within})", object=named, within=within)


def stays(held: Inner) -> Fact | None:
    """What the statement makes once the one around it has run; None where that is nothing, or not known."""
    return held.fact if held.within == BLOCK and isinstance(held.fact, _MADE) else None
