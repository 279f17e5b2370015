"""The public API, each name imported when it is asked for.

``lint(paths)`` · ``rewrite(path, out)`` · ``apply(folder, endpoint)`` · ``verify(folder)`` · ``migrate(path, out)`` ·
``report(ledger, verification, findings)`` · ``LocalDsql()``, a DSQL to connect to: see each one's own docstring.

The names stand here and not in the package itself, because there they are the rooms of the code.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsql_migrate.apply import apply_bundle as apply
    from dsql_migrate.engine.local import LocalDsql
    from dsql_migrate.lint.project import lint_paths as lint
    from dsql_migrate.migration import migrate, verify
    from dsql_migrate.report import build as report
    from dsql_migrate.rewrite.run import rewrite

_PUBLIC = {
    "LocalDsql": ("dsql_migrate.engine.local", "LocalDsql"),
    "apply": ("dsql_migrate.apply", "apply_bundle"),
    "lint": ("dsql_migrate.lint.project", "lint_paths"),
    "migrate": ("dsql_migrate.migration", "migrate"),
    "report": ("dsql_migrate.report", "build"),
    "rewrite": ("dsql_migrate.rewrite.run", "rewrite"),
    "verify": ("dsql_migrate.migration", "verify"),
}

__all__ = ["LocalDsql", "apply", "lint", "migrate", "report", "rewrite", "verify"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, function = _PUBLIC[name]
    return getattr(importlib.import_module(module), function)
