"""Prisma Migrate: a folder a migration (prisma.io/docs, schema-engine: list_migrations sorts by the folder's name)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import nested, number, told
from dsql_migrate.source.migrations.tree import Tree


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``<folder>/migration.sql``, by the names of the folders."""
    return nested(TOOL, tree, "migration.sql", lambda root, name: told(forced) or _evidence(tree, root, name))


def _evidence(tree: Tree, root: str, folder: str) -> str:
    if tree.beside(root, "migration_lock.toml"):
        return "migration_lock.toml"
    if tree.beside(os.path.join(root, folder), "snapshot.json"):
        return ""  # Drizzle has folders like that too
    if number(folder) is not None:
        return f"name {folder}/migration.sql"
    return "schema.prisma" if tree.above(root, "schema.prisma", "prisma/schema.prisma") else ""


def read(path: str, content: bytes, project: Project) -> Migration:
    """The script as one simple query: so the schema engine sends it (raw_cmd)."""
    return sections.whole(content, "query", "down" if path.endswith("down.sql") else "up")


TOOL = Tool(
    name="prisma",
    title="Prisma",
    claim=claim,
    read=read,
    wrap="query",
    sends="a migration is one query, and so one transaction",
    escape="put one DDL statement into a migration: prisma migrate dev --create-only makes an empty one",
)
