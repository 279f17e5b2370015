"""Diesel: a folder a migration, a file a side (github.com/diesel-rs/diesel, diesel_migrations)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool, Wrap
from dsql_migrate.source.migrations.order import nested, number, told
from dsql_migrate.source.migrations.tree import Tree

_NO_TRANSACTION = r"(?m)^\s*run_in_transaction\s*=\s*false\b"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``<version>_<name>/up.sql`` and ``down.sql``, by version: what stands before the first ``_``, without ``-``."""
    for found in nested(
        TOOL,
        tree,
        "up.sql",
        lambda root, folder: told(forced) or _evidence(tree, root, folder),
        down="down.sql",
        key=lambda folder: folder.partition("_")[0].replace("-", ""),
    ):
        yield replace(found, settings=_settings(tree, found))


def _settings(tree: Tree, found: Project) -> dict[str, str]:
    """``<folder>/metadata.toml`` = its text, for each migration that has one."""
    every = {_metadata(file) for file in found.files}
    return {path: tree.head(path).decode("utf-8", "replace") for path in every if tree.has(path)}


def _metadata(path: str) -> str:
    return os.path.join(os.path.dirname(path), "metadata.toml")


def _evidence(tree: Tree, root: str, folder: str) -> str:
    if tree.above(root, "diesel.toml"):
        return "diesel.toml"
    manifest = tree.above(root, "Cargo.toml")
    if manifest is not None and b"diesel" in tree.head(manifest):
        return "diesel in Cargo.toml"
    return f"name {folder}/up.sql" if number(folder) is not None else ""


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file, sent as one query inside a transaction; metadata.toml beside it takes the transaction away."""
    wrap: Wrap = "query" if re.search(_NO_TRANSACTION, project.settings.get(_metadata(path), "")) else "file"
    return sections.whole(content, wrap, "down" if path.endswith("down.sql") else "up")


TOOL = Tool(
    name="diesel",
    title="Diesel",
    claim=claim,
    read=read,
    escape="write run_in_transaction = false into metadata.toml beside it, and one DDL statement a file: "
    "Diesel sends a file as one query",
    records=True,
)
