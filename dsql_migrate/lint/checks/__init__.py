"""The checks that rules name: pure functions of a subject and its context, one file a topic."""

from __future__ import annotations

from dsql_migrate.lint.checks import (
    advice,
    covered,
    functions,
    indexes,
    keys,
    limits,
    psql,
    queries,
    roles,
    sequences,
    settings,
    sizes,
    statements,
    transactions,
    types,
    volatility,
)
from dsql_migrate.lint.checks.registry import REGISTRY

__all__ = ["REGISTRY"]

TOPICS = (
    advice, covered, functions, indexes, keys, limits, psql, queries, roles, sequences, settings, sizes,
    statements, transactions, types, volatility,
)  # fmt: skip
