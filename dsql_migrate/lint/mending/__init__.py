"""Fixes that need thought: what ``fix: {by: name}`` in a rule means. Loaded where a rule with one has matched.

Each is a pure function of a subject and its context and gives a ``Fix``, or None where it has none for this case. A
statement more behind the one at hand is given only outside of transactions: inside, DSQL would refuse it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsql_migrate.lint.context import Context
    from dsql_migrate.lint.finding import Fix
    from dsql_migrate.lint.subjects import Subject

    Mend = Callable[["Subject", "Context"], "Fix | None"]

_WHERE = {
    "action-removed": "statements",
    "added-bare": "columns",
    "check-not-null": "columns",
    "delete-from": "statements",
    "not-valid": "keys",
    "sort-order": "indexes",
    "statement-removed": "statements",
    "unique-index": "keys",
    "validate-async": "keys",
}
NAMES = frozenset(_WHERE)


def mend(name: str) -> Mend:
    """The function of that name."""
    module = importlib.import_module(f"dsql_migrate.lint.mending.{_WHERE[name]}")
    found: Mend = getattr(module, name.replace("-", "_"))
    return found
