"""What a lint run is asked to do: the options of the command line and of the configuration, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from dsql_migrate.record import Record, field

if TYPE_CHECKING:
    from pathlib import Path

    from dsql_migrate.lint.finding import Severity

Transactions = Literal["auto", "per-file", "per-statement", "none"]
_NONE: Mapping[str, Severity] = MappingProxyType({})


class Options(Record):
    """Every field has the default of the command line. Selectors are codes, beginnings of codes, or rule names."""

    framework: str = "auto"
    transaction: Transactions = "auto"
    select: tuple[str, ...] = ()  # empty: every rule
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (glob, selectors)
    severity: Mapping[str, Severity] = field(default_factory=lambda: _NONE)  # selector -> severity
    exclude: tuple[str, ...] = ()  # globs of paths that a folder's walk leaves out
    force_exclude: bool = False  # and files that were named, too
    baseline: Path | None = None
    changed_since: str | None = None  # a git revision
    start_after: str | None = None  # migrations up to this file or version have been applied
    stdin_filename: str | None = None  # what standard input stands for
    cache: bool = True
    fold: bool = True  # advice that holds for many things of a file is told once
    run_tool: str | None = None  # the Python that runs a tool's offline mode, and with it the project's code
    rule_folders: tuple[Path, ...] = ()  # rules of the user's own
