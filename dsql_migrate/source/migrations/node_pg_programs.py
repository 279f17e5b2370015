"""node-pg-migrate: migrations in JavaScript and TypeScript."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.source.migrations.javascript import by_number, claim_of, read_with
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.tree import Tree

_MARK = (b"pgm", rb"\bup\b[^\n;]{0,80}\bpgm\b|\bMigrationBuilder\b")
_BESIDE = ()


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Folders with files that have an ``up(pgm)``."""
    return claim_of(_MARK, _BESIDE, "up(pgm)", by_number)(TOOL, tree, forced)


def read(path: str, content: bytes, project: Project) -> Migration:
    """Both sides of a file."""
    from dsql_migrate.source.migrations.hosts.node_pg.operations import Operations

    return read_with(content, Operations, lambda off: "file")


TOOL: Tool = Tool(
    name="node-pg-migrate",
    title="node-pg-migrate",
    claim=claim,
    read=read,
    sends="all pending migrations in one transaction",
    escape="call pgm.noTransaction() in it and run with --no-single-transaction",
    records=True,
)
