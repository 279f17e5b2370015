"""What Aurora DSQL accepts on a day: the data of ``rules/`` as an immutable ``Target``."""

from __future__ import annotations

from dsql_migrate.target.target import Capability, ColumnType, Function, Limit, Target, load_target

__all__ = ["Capability", "ColumnType", "Function", "Limit", "Target", "load_target"]
