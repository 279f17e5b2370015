"""Scripts for psql, and what no other tool claims: each file on its own, one statement at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dsql_migrate.source.migrations.model import Project, Tool
from dsql_migrate.source.migrations.tree import Tree


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Every SQL file, a project each; with ``forced`` any file. A folder is here because it could not be entered."""
    for file in tree.files:
        if forced or file in tree.named or file.lower().endswith(".sql") or os.path.isdir(file):
            yield Project(TOOL, file, (file,), named=file in tree.named)


TOOL = Tool(
    name="psql",
    title="psql",
    claim=claim,
    wrap="statement",
    sends="one statement at a time",
    escape="run it without psql --single-transaction, and take BEGIN and COMMIT out",
)
