"""Prisma Migrate: a folder a migration (prisma.io/docs, schema-engine: list_migrations sorts by the folder's name)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import nested, number, told
from dsql_migrate.source.migrations.tree import Tree


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``<folder>/migration.sql``, by the names of the folders."""
    for found in nested(TOOL, tree, "migration.sql", lambda root, name: told(forced) or _evidence(tree, root, name)):
        yield replace(found, settings=_version(tree, found.root))


def _evidence(tree: Tree, root: str, folder: str) -> str:
    if tree.beside(root, "migration_lock.toml"):
        return "migration_lock.toml"
    if tree.beside(os.path.join(root, folder), "snapshot.json"):
        return ""  # Drizzle has folders like that too
    if number(folder) is not None:
        return f"name {folder}/migration.sql"
    return "schema.prisma" if tree.above(root, "schema.prisma", "prisma/schema.prisma") else ""


def _version(tree: Tree, root: str) -> dict[str, str]:
    """What package.json asks for: its lowest version decides. Nothing where it does not say."""
    manifest = tree.above(root, "package.json")
    found = re.search(rb'"(?:prisma|@prisma/client)"\s*:\s*"[^"\d]*(\d+(?:\.\d+)?)', tree.head(manifest or ""))
    return {"version": found.group(1).decode("ascii")} if found else {}


def read(path: str, content: bytes, project: Project) -> Migration:
    """The script as one simple query, or split into statements: since 7.4 the schema engine does that where its parser
    understands all of them (prisma-engines, split_script_into_statements), and that does not know ASYNC."""
    major, _, minor = project.settings.get("version", "0").partition(".")
    splits = (int(major), int(minor or 0)) >= (7, 4) and re.search(rb"(?i)\b(?:INDEX|TABLE)\s+ASYNC\b", content) is None
    return sections.whole(content, "statement" if splits else "query", "down" if path.endswith("down.sql") else "up")


TOOL = Tool(
    name="prisma",
    title="Prisma",
    claim=claim,
    read=read,
    wrap="query",
    sends="a migration is one query, and so one transaction",
    escape="put one DDL statement into a migration: prisma migrate dev --create-only makes an empty one",
)
