"""Folders of numbered scripts that no tool has left a mark on: run one behind the other, each as psql runs it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from dsql_migrate.source.migrations.model import Project, Tool
from dsql_migrate.source.migrations.order import number, told
from dsql_migrate.source.migrations.order import project as project_of
from dsql_migrate.source.migrations.tree import Tree

# 001_a.sql, 2024-01-31-a.sql, 1.2_a.sql, 01.sql; not 20240131.sql, which is the dump of a day
_NAME = r"(?:[0-9]{1,4}|[0-9]+(?:[._-][0-9]+)*[ ._-]*[^0-9 ._-].*)\.sql\Z"
_PAIR = (".up.sql", ".down.sql")
_DUMP = b"-- PostgreSQL database dump"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Two scripts or more of a folder, by the numbers in front. Dumps are none: each stands for itself."""
    for folder, files in tree.folders(".sql"):
        if forced:
            order = sorted(files, key=lambda file: _key(os.path.basename(file)))
        else:
            names = [name for name in tree.names(folder) if tree.free(os.path.join(folder, name))]
            names = sorted((name for name in names if re.match(_NAME, name) and not name.endswith(_PAIR)), key=_key)
            if len(names) < 2 or len({number(name) for name in names}) == 1:
                continue
            order = [os.path.join(folder, name) for name in names]
            order = [file for file in order if _DUMP not in tree.head(file)]
        evidence = told(forced) or f"name {os.path.basename(order[0])}" if order else ""
        found = project_of(TOOL, tree, folder, order, evidence)
        if found is not None:
            yield found


def _key(name: str) -> tuple[tuple[int, ...], str]:
    """The numbers in front, and the name."""
    front = re.match(r"[0-9]+(?:[._-][0-9]+)*", name)
    return tuple(int(part) for part in re.split(r"[._-]", front.group())) if front else (), name


TOOL = Tool(
    name="numbered",
    title="numbered scripts",
    claim=claim,
    wrap="statement",
    sends="one statement at a time, as psql does",
    escape="run it without psql --single-transaction, and take BEGIN and COMMIT out",
)
