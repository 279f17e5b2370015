"""refinery: names like Flyway's, in a Rust project (github.com/rust-db/refinery)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.order import told
from dsql_migrate.source.migrations.tree import Tree

_NAME = r"[VU](\d+)(?:\.\d+)?__\w+\.sql\Z"  # U: may be run out of order; refinery has no way back

_NO_TRANSACTION = rb"(?m)^--+\s?refinery:noTransaction\r?$"  # in any line of the file


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """``V1__a.sql`` and ``U1__a.sql`` with refinery in Cargo.toml, by version."""
    for folder, _ in tree.folders(".sql"):
        manifest = tree.above(folder, "Cargo.toml")
        used = manifest is not None and b"refinery" in tree.head(manifest)
        evidence = told(forced) or ("refinery in Cargo.toml" if used else "")
        if not evidence:
            continue
        names = sorted((name for name in tree.names(folder) if re.match(_NAME, name)), key=_version)
        found = project_of(TOOL, tree, folder, [os.path.join(folder, name) for name in names], evidence)
        if found is not None:
            yield found


def _version(name: str) -> tuple[int, str]:
    met = re.match(_NAME, name)
    return int(met.group(1)) if met else 0, name


def read(path: str, content: bytes, project: Project) -> Migration:
    """The file, sent as one query inside a transaction; the annotation takes the transaction away."""
    return sections.whole(content, "query" if re.search(_NO_TRANSACTION, content) else "file")


TOOL = Tool(
    name="refinery",
    title="refinery",
    claim=claim,
    read=read,
    escape="put a line -- refinery:noTransaction into it, and one DDL statement a file: refinery sends it as one query",
    records=True,
)
