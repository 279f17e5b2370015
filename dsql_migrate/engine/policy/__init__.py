"""DSQL's grammar as an allow-list: what is not known to be taken is refused. Written apart from the lint rules.

The facts come from ``dsql_migrate.target``. SQLSTATE and messages are those recorded from a cluster (2026-09) where
there is a record, else made by the same pattern.
"""

from __future__ import annotations

from dsql_migrate.engine.policy.grammar import unreadable
from dsql_migrate.engine.policy.statements import judge
from dsql_migrate.engine.policy.verdict import Allow, Catalog, Effect, JobKind, KnownType, Nothing, Refuse

__all__ = ["Allow", "Catalog", "Effect", "JobKind", "KnownType", "Nothing", "Refuse", "judge", "unreadable"]
