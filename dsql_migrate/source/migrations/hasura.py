"""Hasura: a folder a migration, which its server runs through run_sql."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import nested, told
from dsql_migrate.source.migrations.tree import Tree


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``migrations/<database>/<number>_<name>/up.sql`` of a project whose config.yaml names the metadata."""
    return nested(TOOL, tree, "up.sql", lambda root, _: told(forced) or _evidence(tree, root), down="down.sql")


def _evidence(tree: Tree, root: str) -> str:
    config = tree.above(os.path.join(root, os.pardir), "config.yaml")
    return "metadata_directory in config.yaml" if config and b"metadata_directory" in tree.head(config) else ""


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file, sent as one query inside a transaction."""
    return sections.whole(content, "file", "down" if path.endswith("down.sql") else "up")


TOOL = Tool(
    name="hasura",
    title="Hasura",
    claim=claim,
    read=read,
    escape="put one DDL statement into a migration",
)
