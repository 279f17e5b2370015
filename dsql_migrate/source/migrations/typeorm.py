"""TypeORM: classes in TypeScript and JavaScript, in the order of the time in their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations.javascript import claim_of, read_with, says
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import number
from dsql_migrate.source.migrations.tree import Tree

_MARK = (
    b"queryRunner",
    rb"MigrationInterface\b|\bup\s*\([^)\n]{0,80}queryRunner|queryRunner\s*\.\s*query\b",
)
_BESIDE = ("data-source.ts", "src/data-source.ts", "ormconfig.ts", "ormconfig.js", "ormconfig.json", "datasource.ts")
_STAMP = re.compile(rb"\bclass\s+\w*?(\d{13})\b|\bname\s*(?::\s*string\s*)?=\s*['\"]\w*?(\d{13})['\"]")


def _by_stamp(tree: Tree, file: str) -> tuple[int, str]:
    """TypeORM goes by the thirteen digits at the end of the class's name."""
    found = _STAMP.search(tree.head(file))
    return (int(found.group(1) or found.group(2)) if found else number(os.path.basename(file)) or 0), os.path.basename(
        file
    )


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Folders with files that have an ``up(queryRunner)``."""
    return claim_of(_MARK, _BESIDE, "up(queryRunner)", _by_stamp)(TOOL, tree, forced)


def read(path: str, content: bytes, project: Project) -> Migration:
    """Both sides of a file."""
    from dsql_migrate.source.migrations.hosts.typeorm.operations import Operations

    return read_with(
        content,
        Operations,
        lambda off: (
            "statement"
            if off("transaction") or says(project, r"migrationsTransactionMode\s*:\s*['\"]none['\"]")
            else "file"
        ),
    )


TOOL: Tool = Tool(
    name="typeorm",
    title="TypeORM",
    claim=claim,
    read=read,
    sends="all pending migrations in one transaction",
    escape="put transaction = false into the class and run with --transaction each",
    records=True,
)
