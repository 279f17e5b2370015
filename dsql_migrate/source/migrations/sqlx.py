"""sqlx: simple and reversible migrations (github.com/launchbadge/sqlx, sqlx-core/src/migrate, sqlx-postgres)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool, Wrap
from dsql_migrate.source.migrations.order import number, told
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.tree import Tree

_NO_TRANSACTION = b"-- no-transaction"  # Migration::new looks at the first bytes of the file


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``<number>_<description>.sql`` of a Rust project with sqlx, by number; others in the folder sqlx ignores."""
    for folder, files in tree.folders(".sql"):
        evidence = told(forced) or _evidence(tree, folder, files)
        if not evidence:
            continue
        given = tree.names(folder) if not forced else [os.path.basename(file) for file in files]
        names = sorted((name for name in given if forced or _version(name) is not None), key=_key)
        down = frozenset(os.path.join(folder, name) for name in names if name.endswith(".down.sql"))
        order = [os.path.join(folder, name) for name in names]
        found = project_of(TOOL, tree, folder, order, evidence, backwards=down)
        if found is not None:
            yield found


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file, sent as one query inside a transaction; without that the query has the implicit one."""
    wrap: Wrap = "query" if content.startswith(_NO_TRANSACTION) else "file"
    return sections.whole(content, wrap, "down" if path.endswith(".down.sql") else "up")


def _evidence(tree: Tree, folder: str, files: list[str]) -> str:
    numbered = [file for file in files if _version(os.path.basename(file)) is not None]
    if not numbered:
        return ""
    if any(tree.head(file).startswith(_NO_TRANSACTION) for file in numbered):
        return "-- no-transaction"
    if "migrat" not in os.path.basename(os.path.abspath(folder)).lower():
        return ""
    manifest = tree.above(folder, "Cargo.toml")
    if manifest is not None and b"sqlx" in tree.head(manifest):
        return "sqlx in Cargo.toml"
    return ".sqlx" if manifest is not None and tree.above(folder, ".sqlx", "sqlx.toml") else ""


def _version(name: str) -> int | None:
    front, underscore, rest = name.partition("_")
    return number(front) if underscore and front.isdecimal() and rest.endswith(".sql") else None


def _key(name: str) -> tuple[int, bool, str]:
    return _version(name) or 0, name.endswith(".down.sql"), name


TOOL = Tool(
    name="sqlx",
    title="sqlx",
    claim=claim,
    read=read,
    escape="make -- no-transaction the first line, and one DDL statement a file: sqlx sends a file as one query",
    records=True,
)
