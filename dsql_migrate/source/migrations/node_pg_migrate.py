"""node-pg-migrate: migrations in SQL (its sqlMigration.ts), and with them those in JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool
from dsql_migrate.source.migrations.order import marked, number
from dsql_migrate.source.migrations.tree import Tree

# The tool's own patterns, but that blanks do not reach over lines: they would be tried again from each line of a gap.
_UP = rb"(?im)^[^\S\n]*--[^\S\n-]*(?:-[^\S\n-]*)*up[^\S\n]+migration"
_DOWN = rb"(?im)^[^\S\n]*--[^\S\n-]*(?:-[^\S\n-]*)*down[^\S\n]+migration"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files with ``-- Up Migration``, by the time stamp in front."""
    from dsql_migrate.source.migrations import node_pg_programs

    yield from node_pg_programs.claim(tree, forced)
    yield from marked(TOOL, tree, forced, _UP, b"migration", "-- Up Migration", lambda name: (number(name) or 0, name))


def read(path: str, content: bytes, project: Project) -> Migration:
    """The two sides, in whichever order they stand; without a mark for the up side it is the whole file."""
    up = re.search(_UP, content)
    down = re.search(_DOWN, content)
    if up is None and down is None:
        return sections.whole(content, "file")
    size = len(content)
    found = []
    if up is None:
        found.append(sections.part(content, 0, size, "file"))
    else:
        end = down.start() if down is not None and down.start() > up.start() else size
        found.append(sections.part(content, up.start(), end, "file"))
    if down is not None:
        end = up.start() if up is not None and up.start() > down.start() else size
        found.append(sections.part(content, down.start(), end, "file", "down"))
    first = min(mark.start() for mark in (up, down) if mark is not None)
    reason = "node-pg-migrate runs nothing that stands before the first mark"
    return Migration(tuple(found), sections.unheard(content, first, reason) if up is not None else ())


TOOL = Tool(
    name="node-pg-migrate",
    title="node-pg-migrate",
    claim=claim,
    read=read,
    sends="all pending migrations in one transaction",
    escape="put one DDL statement into a migration and run with --no-single-transaction, "
    "or write it in JavaScript with pgm.noTransaction()",
    records=True,
)
