"""Rails: ``db/structure.sql``, which ``rails db:schema:load`` has psql run (activerecord, PostgreSQLDatabaseTasks)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from dsql_migrate.source.migrations.model import Project, Tool
from dsql_migrate.source.migrations.order import told
from dsql_migrate.source.migrations.tree import Tree


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``db/structure.sql`` and, for further databases, ``db/<name>_structure.sql``: each a script for psql."""
    for folder, files in tree.folders(".sql"):
        ours = os.path.basename(os.path.abspath(folder)) == "db"
        for file in files:
            name = os.path.basename(file)
            if forced or (ours and (name == "structure.sql" or name.endswith("_structure.sql"))):
                yield Project(TOOL, file, (file,), told(forced) or f"name db/{name}", file in tree.named)


TOOL = Tool(
    name="rails-structure",
    title="Rails structure.sql",
    claim=claim,
    wrap="statement",
    sends="one statement at a time, by psql",
    escape="take BEGIN and COMMIT out",
)
