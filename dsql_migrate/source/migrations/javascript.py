"""Migrations in JavaScript and TypeScript: which files are of which tool, in which order, and how one is read."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from dsql_migrate.source.migrations.model import Migration, Project, Tool, Unread, Wrap
from dsql_migrate.source.migrations.order import number, told
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.tree import Tree

_SUFFIXES = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
_UP = r"\bup\b\s*(?:=|:|\()"
Mark = tuple[bytes, bytes]  # a word that a head must hold, and a pattern


def claim_of(
    mark: Mark, beside: tuple[str, ...], evidence: str, key: Callable[[Tree, str], tuple[int, str]]
) -> Callable[[Tool, Tree, bool], Iterator[Project]]:
    """Folders with files whose head has the mark, in the order of ``key``; ``beside``: configuration that proves it."""

    def claim(tool: Tool, tree: Tree, forced: bool) -> Iterator[Project]:
        for folder, files in tree.folders(*_SUFFIXES):
            mine = [
                file for file in files if not file.endswith((".d.ts", ".test.ts", ".spec.ts", ".test.js", ".spec.js"))
            ]
            if not forced:
                mine = [file for file in mine if _is_one(tree, file, mark)]
            if not mine:
                continue
            every = [os.path.join(folder, name) for name in tree.names(folder) if name.endswith(_SUFFIXES)]
            every = [
                file for file in every if file in mine or (not file.endswith(".d.ts") and _is_one(tree, file, mark))
            ]
            every = every or mine
            configured = tree.above(folder, *beside) if beside else None
            proof = told(forced) or (f"{os.path.basename(configured)}, " if configured else "") + evidence
            settings = {"config": tree.head(configured).decode("utf-8", "replace")} if configured else {}
            found = project_of(tool, tree, folder, sorted(every, key=lambda file: key(tree, file)), proof, settings)
            if found is not None:
                yield found

    return claim


def _is_one(tree: Tree, file: str, mark: Mark) -> bool:
    head = tree.head(file)
    return mark[0] in head and re.search(_UP.encode(), head) is not None and re.search(mark[1], head) is not None


def by_name(tree: Tree, file: str) -> tuple[int, str]:
    """In the order of the files' names."""
    return 0, os.path.basename(file)


def by_number(tree: Tree, file: str) -> tuple[int, str]:
    """In the order of the numbers in front."""
    name = os.path.basename(file)
    return number(name) or 0, name


def says(project: Project, pattern: str) -> bool:
    """Whether the tool's configuration has this in it."""
    return re.search(pattern, project.settings.get("config", "")) is not None


def read_with(content: bytes, meaning: object, wrap: Callable[[Callable[[str], bool]], Wrap]) -> Migration:
    """Both sides of a file. ``wrap(off)`` gives how it is sent; ``off(path)``: whether an export says false there."""
    from dsql_migrate.source.migrations.hosts.languages.javascript import Unreadable
    from dsql_migrate.source.migrations.hosts.languages.javascript_module import module_of, off, sides

    try:
        module = module_of(content)
    except Unreadable as error:
        return Migration((), (Unread(0, 0, str(error)),))
    return sides(module, wrap(lambda path: off(module.setting(path))), meaning)
