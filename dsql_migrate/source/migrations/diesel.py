"""Diesel: a folder a migration, a file a side (github.com/diesel-rs/diesel, diesel_migrations)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool, Wrap
from dsql_migrate.source.migrations.order import nested, number, told
from dsql_migrate.source.migrations.tree import Tree

_NO_TRANSACTION = rb"(?m)^\s*run_in_transaction\s*=\s*false\b"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``<version>_<name>/up.sql`` and ``down.sql``, by version: what stands before the first ``_``, without ``-``."""
    return nested(
        TOOL,
        tree,
        "up.sql",
        lambda root, folder: told(forced) or _evidence(tree, root, folder),
        down="down.sql",
        key=lambda folder: folder.partition("_")[0].replace("-", ""),
    )


def _evidence(tree: Tree, root: str, folder: str) -> str:
    if tree.above(root, "diesel.toml"):
        return "diesel.toml"
    manifest = tree.above(root, "Cargo.toml")
    if manifest is not None and b"diesel" in tree.head(manifest):
        return "diesel in Cargo.toml"
    return f"name {folder}/up.sql" if number(folder) is not None else ""


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file, sent as one query inside a transaction; metadata.toml beside it takes the transaction away."""
    metadata = os.path.join(os.path.dirname(path), "metadata.toml")
    wrap: Wrap = "file"
    try:
        with open(metadata, "rb") as file:
            wrap = "query" if re.search(_NO_TRANSACTION, file.read(1 << 16)) else "file"
    except OSError:
        pass  # there need not be one
    return sections.whole(content, wrap, "down" if path.endswith("down.sql") else "up")


TOOL = Tool(
    name="diesel",
    title="Diesel",
    claim=claim,
    read=read,
    escape="write run_in_transaction = false into metadata.toml beside it, and one DDL statement a file: "
    "Diesel sends a file as one query",
)
