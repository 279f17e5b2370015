"""dbmate: SQL files with both sides and options behind the directives (github.com/amacneil/dbmate, migration.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.order import marked
from dsql_migrate.source.migrations.tree import Tree

_UP = rb"(?m)^--\s*migrate:up(?:\s*$|\s+\S+)"
_DOWN = rb"(?m)^--\s*migrate:down(?:\s*$|\s+\S+)"
_MARKS: dict[Direction, bytes] = {"up": _UP, "down": _DOWN}


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files with ``-- migrate:up``, by name (findMigrations sorts by the file's name). schema.sql is a dump: not it."""
    return marked(TOOL, tree, forced, _UP, b"migrate:up", "-- migrate:up", lambda name: (0, name))


def read(path: str, content: bytes, project: Project) -> Migration:
    """The blocks. Each is sent as one query, so without a transaction of dbmate there is the implicit one."""
    marks = sorted((met.span(), side) for side, mark in _MARKS.items() for met in re.finditer(mark, content))
    if not marks:
        return Migration((), (Unread(0, len(content), "dbmate wants -- migrate:up before the first statement"),))
    ends = [start for (start, _), _ in marks[1:]] + [len(content)]
    blocks = [_block(content, start, end, side) for ((start, _), side), end in zip(marks, ends, strict=True)]
    (start, end), first = marks[0]
    if first == "down":
        return Migration(tuple(blocks), (Unread(start, end, "dbmate wants -- migrate:up before -- migrate:down"),))
    reason = "dbmate refuses statements before -- migrate:up"
    return Migration(tuple(blocks), sections.unheard(content, start, reason))


def _block(content: bytes, directive: int, end: int, direction: Direction) -> Section:
    options = content[directive:end].partition(b"\n")[0].split()
    wrap: Wrap = "query" if b"transaction:false" in options else "file"
    return sections.part(content, directive, end, wrap, direction)


TOOL = Tool(
    name="dbmate",
    title="dbmate",
    claim=claim,
    read=read,
    escape="write -- migrate:up transaction:false, and one DDL statement a file: dbmate sends a block as one query",
    records=True,
)
