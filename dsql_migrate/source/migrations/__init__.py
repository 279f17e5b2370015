"""Migration tools: which files they run, in which order, which SQL is in them, and what they send in one transaction.

One module a tool, each with a ``TOOL``. They are imported when a run has files that could be theirs: most runs are of
one tool, and each module costs as much as a hundred statements.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator

from dsql_migrate.errors import Failure
from dsql_migrate.source.frameworks import TOOLS, names
from dsql_migrate.source.migrations.model import Migration, Origin, Pin, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.signs import signs
from dsql_migrate.source.migrations.tree import Tree

__all__ = [
    "TOOLS", "Migration", "Origin", "Pin", "Project", "Section", "Tool", "Tree", "Unread", "Wrap", "names", "projects",
    "tool",
]  # fmt: skip


def tool(name: str) -> Tool:
    """A tool by its name. Raises Failure for one that is not known."""
    if name not in TOOLS:
        raise Failure(f"no such framework: {name}", hint=f"known: auto, {', '.join(names())}")
    found: Tool = importlib.import_module(f"dsql_migrate.source.migrations.{TOOLS[name]}").TOOL
    return found


def projects(
    files: Iterable[str], read: Callable[[str], bytes], named: frozenset[str] = frozenset(), framework: str = "auto"
) -> Iterator[Project]:
    """The files as projects of the tools that run them. ``named``: those the user named himself, never left out.

    With a ``framework`` its tool takes every file it could read, and psql what is left.
    Raises Failure for a framework that is not known.
    """
    tree = Tree(files, read, named)
    if framework == "auto":
        met = signs(tree)
        asked = [(name, False) for name in TOOLS if name in met or name == "psql"]
    else:
        asked = [(framework, True)] if framework == "psql" else [(framework, True), ("psql", False)]
    for name, forced in asked:
        found = list(tool(name).claim(tree, forced))
        tree.claimed(file for project in found for file in project.files)
        yield from found
