"""golang-migrate: a file a side (github.com/golang-migrate/migrate, source/parse.go, database/postgres)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.order import told, up_and_down
from dsql_migrate.source.migrations.tree import Tree


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``1_name.up.sql`` and ``1_name.down.sql``, by number. A down side is read right behind its up side."""
    for folder, files in tree.folders(".sql"):
        names = tree.names(folder)
        order = up_and_down(names) if not forced else up_and_down(map(os.path.basename, files), every=True)
        if not order:
            continue
        evidence = told(forced) or f"name {order[0]}"
        down = frozenset(os.path.join(folder, name) for name in order if ".down." in name)
        found = project_of(TOOL, tree, folder, (os.path.join(folder, n) for n in order), evidence, backwards=down)
        if found is not None:
            yield found


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file as one query: so it is run unless the database URL has x-multi-statement, which no file shows."""
    return sections.whole(content, "query", "down" if path.endswith(".down.sql") else "up")


TOOL = Tool(
    name="golang-migrate",
    title="golang-migrate",
    claim=claim,
    read=read,
    wrap="query",
    sends="a file is one query, and so one transaction",
    escape="put one DDL statement into a file, or run it with x-multi-statement=true in the database URL",
)
