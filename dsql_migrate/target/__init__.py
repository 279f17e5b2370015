"""What Aurora DSQL accepts on a day: the data of ``rules/`` as an immutable ``Target``.

Each name is imported when it is asked for: a lint run whose files are all in the cache needs none of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dsql_migrate.target.target import Answer, Capability, ColumnType, Function, Limit, Target, load_target

__all__ = ["Answer", "Capability", "ColumnType", "Function", "Limit", "Target", "load_target"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("dsql_migrate.target.target"), name)
