"""Where checks enter their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject

Check = Callable[[Subject, Context], Iterable[Match]]
REGISTRY: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Enters a check under its own name with dashes: ``key_type`` is named ``key-type`` in a rule's file."""
    name = function.__name__.replace("_", "-")
    REGISTRY[name] = function
    return function
