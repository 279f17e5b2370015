"""Drizzle: SQL that drizzle-kit writes, in the order of its journal (github.com/drizzle-team, migrator.ts)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import marked, nested, number, told
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.tree import Tree, size

_LARGEST = 1 << 24  # bytes of a journal
_BREAKPOINT = rb"--> statement-breakpoint"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """What ``meta/_journal.json`` lists, in its order; or ``<folder>/migration.sql`` with a snapshot.json beside it."""
    for folder, files in tree.folders(".sql"):
        journal = tree.beside(folder, "meta/_journal.json")
        if journal is None and not forced:
            continue
        tags = _tags(tree, journal) if journal is not None else []
        order = [os.path.join(folder, f"{tag}.sql") for tag in tags]
        if forced:
            order += [file for file in files if file not in order]
        found = project_of(TOOL, tree, folder, order, told(forced) or "meta/_journal.json")
        if found is not None:
            yield found
            tree.claimed(found.files)
    for found in nested(TOOL, tree, "migration.sql", lambda root, folder: _snapshot(tree, root, folder)):
        yield found
        tree.claimed(found.files)
    if not forced:
        yield from marked(
            TOOL, tree, False, _BREAKPOINT, _BREAKPOINT, "--> statement-breakpoint", lambda name: (0, name)
        )


def _snapshot(tree: Tree, root: str, folder: str) -> str:
    beside = tree.beside(os.path.join(root, folder), "snapshot.json")
    return "snapshot.json" if beside is not None and number(folder) is not None else ""


def _tags(tree: Tree, journal: str) -> list[str]:
    """The names of the migrations, without ``.sql``; none where the journal cannot be read."""
    import json

    try:
        if size(journal) > _LARGEST:
            return []
        entries = json.loads(tree.read(journal))["entries"]
        tags = [entry["tag"] for entry in entries]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [tag for tag in tags if isinstance(tag, str) and "/" not in tag and "\\" not in tag and "\0" not in tag]


def read(path: str, content: bytes, project: Project) -> Migration:
    """The statements between the breakpoints, all inside the one transaction of the run."""
    return Migration((sections.split(content, 0, len(content), _BREAKPOINT, "file"),))


TOOL = Tool(
    name="drizzle",
    title="Drizzle",
    claim=claim,
    read=read,
    sends="all pending migrations in one transaction",
    escape="Drizzle has no way to run a migration without one: apply the file with psql",
    records=True,
)
