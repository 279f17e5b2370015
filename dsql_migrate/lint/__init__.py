"""The linter: rules from ``rules/`` held against the facts of a script, one pass, no file is changed.

``lint_paths`` is a whole run (files, migration tools, findings), ``lint_source`` one text. Each name is imported when
it is asked for: a run whose files are all in the cache needs no parser.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsql_migrate.lint.finding import Edit, Finding, Fix
    from dsql_migrate.lint.options import Options
    from dsql_migrate.lint.project import lint_paths
    from dsql_migrate.lint.result import Result
    from dsql_migrate.lint.rule import Rule, load_rules
    from dsql_migrate.lint.runner import lint_source

__all__ = ["Edit", "Finding", "Fix", "Options", "Result", "Rule", "lint_paths", "lint_source", "load_rules"]

_WHERE = {
    "Edit": "finding",
    "Finding": "finding",
    "Fix": "finding",
    "Options": "options",
    "Result": "result",
    "Rule": "rule",
    "lint_paths": "project",
    "lint_source": "runner",
    "load_rules": "rule",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"dsql_migrate.lint.{_WHERE[name]}"), name)
