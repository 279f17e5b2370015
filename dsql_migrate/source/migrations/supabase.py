"""Supabase: migrations of its command line (github.com/supabase/cli, pkg/migration)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.order import told
from dsql_migrate.source.migrations.tree import Tree


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``supabase/migrations/<time stamp>_<name>.sql``, by name."""
    for folder, _ in tree.folders(".sql"):
        place = os.path.abspath(folder)
        ours = os.path.basename(place) == "migrations" and os.path.basename(os.path.dirname(place)) == "supabase"
        evidence = told(forced) or ("folder supabase/migrations" if ours else "")
        if not evidence:
            continue
        names = [name for name in tree.names(folder) if re.match(r"[0-9]+_.*\.sql\Z", name) or forced]
        order = [os.path.join(folder, name) for name in names if name.endswith(".sql")]
        found = project_of(TOOL, tree, folder, order, evidence)
        if found is not None:
            yield found


def read(path: str, content: bytes, project: Project) -> Migration:
    """The statements as one batch, with the implicit transaction of a batch (file.go, ExecBatch)."""
    return sections.whole(content, "query")


TOOL = Tool(
    name="supabase",
    title="Supabase",
    claim=claim,
    read=read,
    wrap="query",
    sends="a file is one batch, and so one transaction",
    escape="put one DDL statement into a migration",
    records=True,
)
