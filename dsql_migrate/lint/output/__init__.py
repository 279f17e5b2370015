"""How findings are written: one file a format. Each takes a Result and gives back text; nothing here prints.

A format's module is imported when it is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dsql_migrate.lint.paths import portable
from dsql_migrate.lint.result import Result

if TYPE_CHECKING:
    from dsql_migrate.lint.rule import Rule

# name -> the module, and what its ``render`` wants to know besides the result
FORMATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "full": ("full", ("color", "quiet")),
    "concise": ("concise", ("color", "quiet")),
    "text": ("full", ("color", "quiet")),  # another name for full
    "json": ("json", ()),
    "jsonl": ("jsonl", ()),
    "sarif": ("sarif", ("rules",)),
    "github": ("github", ()),
    "gitlab": ("gitlab", ()),
    "junit": ("junit", ("fail_on",)),
    "rdjson": ("rdjson", ()),
    "markdown": ("markdown", ()),
}

# These have no place for a file that was skipped, nor for a note: whoever prints them has to tell these otherwise.
FINDINGS_ONLY = frozenset({"jsonl", "gitlab"})

__all__ = ["FINDINGS_ONLY", "FORMATS", "render"]


def render(
    name: str,
    result: Result,
    *,
    color: bool = False,
    quiet: bool = False,
    fail_on: str = "error",
    rules: Callable[[], Iterable[Rule]] | None = None,
) -> str:
    """The result in the format of that name (KeyError for an unknown one), with paths as ``portable`` makes them.

    ``color``: with terminal colours; ``quiet``: one line a finding and no summary; ``fail_on``: the least severity
    that counts as a failure, or never; ``rules``: gives the rules of the run, for formats that tell about them.
    """
    module, wants = FORMATS[name]
    wishes: dict[str, Any] = {"color": color, "quiet": quiet, "fail_on": fail_on, "rules": rules}
    made = importlib.import_module(f"dsql_migrate.lint.output.{module}").render
    text = made(with_portable_paths(result), **{wish: wishes[wish] for wish in wants})
    assert isinstance(text, str)
    return text


def with_portable_paths(result: Result) -> Result:
    """The result with every path relative to the working directory where it is inside it, with forward slashes."""
    named = {finding.path for finding in result.findings}
    named.update(result.files, (skipped.path for skipped in result.skipped))
    changed = {path: shown for path in named if (shown := portable(path)) != path}
    runs = tuple(replace(run, root=portable(run.root)) if run.root else run for run in result.runs)
    if not changed and runs == result.runs:
        return result
    return replace(
        result,
        findings=tuple(replace(f, path=changed[f.path]) if f.path in changed else f for f in result.findings),
        files=tuple(changed.get(path, path) for path in result.files),
        skipped=tuple(replace(s, path=changed[s.path]) if s.path in changed else s for s in result.skipped),
        runs=runs,
    )
