"""Sequelize: migrations in JavaScript and TypeScript, one statement at a time."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.source.migrations.javascript import by_name, claim_of, read_with
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.tree import Tree

_MARK = (
    b"queryInterface",
    rb"\bup\b[^\n;]{0,120}\bqueryInterface\b|\bqueryInterface\s*\.\s*\w+\s*\(",
)
_BESIDE = (".sequelizerc",)


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Folders with files that have an ``up(queryInterface)``."""
    return claim_of(_MARK, _BESIDE, "up(queryInterface)", by_name)(TOOL, tree, forced)


def read(path: str, content: bytes, project: Project) -> Migration:
    """Both sides of a file."""
    from dsql_migrate.source.migrations.hosts.sequelize.operations import Operations

    return read_with(content, Operations, lambda off: "statement")


TOOL: Tool = Tool(
    name="sequelize",
    title="Sequelize",
    claim=claim,
    read=read,
    wrap="statement",
    sends="one statement at a time",
    escape="take it out of sequelize.transaction",
)
