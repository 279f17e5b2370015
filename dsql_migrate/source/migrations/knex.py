"""Knex: migrations in JavaScript and TypeScript, one transaction a file."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.source.migrations.javascript import by_name, claim_of, read_with, says
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.tree import Tree

_MARK = (b"knex", rb"(?i)\bup\b[^\n;]{0,80}\bknex\b|\bknex\s*\.\s*(?:schema|raw|transaction)\b")
_BESIDE = ("knexfile.js", "knexfile.ts", "knexfile.cjs", "knexfile.mjs")


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Folders with files that have an ``up(knex)``."""
    return claim_of(_MARK, _BESIDE, "up(knex)", by_name)(TOOL, tree, forced)


def read(path: str, content: bytes, project: Project) -> Migration:
    """Both sides of a file."""
    from dsql_migrate.source.migrations.hosts.knex.operations import Operations

    return read_with(
        content,
        Operations,
        lambda off: (
            "statement" if off("config.transaction") or says(project, r"disableTransactions\s*:\s*true") else "file"
        ),
    )


TOOL: Tool = Tool(
    name="knex",
    title="Knex",
    claim=claim,
    read=read,
    escape="export const config = { transaction: false }",
    records=True,
)
