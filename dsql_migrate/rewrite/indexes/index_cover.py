"""Which index another one, or a key of the table, covers; and which are left out where a table has too many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dsql_migrate.rewrite.keys.constraints import fate
from dsql_migrate.rewrite.keys.letter_case import folded
from dsql_migrate.rewrite.plan import Plan, TablePlan
from dsql_migrate.schema.covering import Signature, covers
from dsql_migrate.schema.covering import signature as signature_of
from dsql_migrate.schema.model import Index, Key
from dsql_migrate.source.facts import CreateIndex


@dataclass(slots=True)
class Candidate:
    """An index that DSQL can have. ``statements``: CREATE INDEX with its name on the target, without semicolon."""

    index: Index
    root: Key
    statements: list[tuple[str, str]]
    rule: str
    reason: str
    edited: bool
    signature: Signature
    replaced: bool = False  # it takes the place of an index of another kind
    covered: str | None = None  # by what, in words
    aspects: tuple[str, ...] = field(default=())  # what differs from the source on purpose


def signature(fact: CreateIndex, planned: TablePlan) -> Signature:
    """Of an index as it will be on DSQL: what ignored case is on lower(…) there."""
    made = signature_of(fact)
    keys = (f"lower({key})" if folded(planned, k.column) else key for k, key in zip(fact.keys, made.keys, strict=True))
    return Signature(tuple(keys), made.include, made.where, made.unique, made.distinct)


def table_keys(plan: Plan, planned: TablePlan) -> list[tuple[str, Signature, bool]]:
    """(name, signature, whether it holds the whole row) of the table's primary key and UNIQUE constraints.

    One over text that ignores case is an index on lower(…), alone or beside the key.
    """
    found = []
    for constraint in planned.table.unique_keys():
        where = fate(plan, planned, constraint).where
        primary = constraint.kind == "primary"
        name = f"the primary key {constraint.name}" if primary else f"the key {constraint.name}"
        distinct, include = not constraint.fact.nulls_not_distinct, frozenset(constraint.fact.include)
        if where in ("inline", "folded"):
            found.append((name, Signature(constraint.columns, include, None, True, distinct), primary))
        if where in ("inline", "folded", "index") and any(folded(planned, c) for c in constraint.columns):
            keys = tuple(f"lower({c})" if folded(planned, c) else c for c in constraint.columns)
            found.append((name, Signature(keys, include, None, True, distinct), False))
    return found


def find_covered(keys: list[tuple[str, Signature, bool]], candidates: list[Candidate]) -> None:
    """Say of each candidate what covers it. Of two that are alike the first stays."""
    for candidate in candidates:
        for name, made, whole in keys:
            if covers(made, candidate.signature, whole=whole):
                candidate.covered = name
                break
    for i, candidate in enumerate(candidates):
        if candidate.covered is not None:
            continue
        for j, other in enumerate(candidates):
            if i == j or other.covered is not None or not covers(other.signature, candidate.signature, whole=False):
                continue
            if covers(candidate.signature, other.signature, whole=False) and j > i:
                continue  # alike: the later one is the covered one
            candidate.covered = other.index.key[1]
            break


def beyond(candidates: Iterable[Candidate], room: int) -> list[Candidate]:
    """Those to leave out so that the rest fits: what another one covers first, unique ones last, late ones first."""
    order = sorted(enumerate(candidates), key=lambda c: (_worth(c[1]), -c[0]))
    count = sum(len(c.statements) for _, c in order)
    left = []
    for _, candidate in order:
        if count <= room:
            break
        left.append(candidate)
        count -= len(candidate.statements)
    return left


def _worth(candidate: Candidate) -> int:
    if candidate.signature.unique:
        return 3
    return 0 if candidate.covered is not None else 1 if candidate.replaced else 2
