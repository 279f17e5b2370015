"""sql-migrate: SQL files with both sides, told apart by annotations (github.com/rubenv/sql-migrate, sqlparse)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.order import marked, number
from dsql_migrate.source.migrations.tree import Tree

_MARK = rb"(?m)^--[ \t]*\+migrate[ \t]+Up\b"
_COMMAND = rb"--\s*\+migrate\s+(\w+)(.*)"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files with ``-- +migrate Up``, by number."""
    return marked(TOOL, tree, forced, _MARK, b"+migrate", "-- +migrate Up", lambda name: (number(name) or 0, name))


def read(path: str, content: bytes, project: Project) -> Migration:
    """The sides, each with its own word on the transaction; a StatementBegin block without one is a query."""
    found: list[Section] = []
    direction: Direction | None = None
    wrap: Wrap = "file"
    start = first = 0
    for at, end, command, options in _commands(content):
        if command in (b"Up", b"Down"):
            if direction is None:
                first = at
            else:
                found.append(sections.part(content, start, at, wrap, direction))
            direction = "up" if command == b"Up" else "down"
            wrap = "statement" if b"notransaction" in options else "file"
            start = at
        elif direction is not None and wrap == "statement" and command in (b"StatementBegin", b"StatementEnd"):
            inside = command == b"StatementEnd"
            found.append(sections.part(content, start, at, "query" if inside else wrap, direction))
            start = end if inside else at
    if direction is None:
        return Migration((), (Unread(0, len(content), "sql-migrate wants -- +migrate Up before the first statement"),))
    found.append(sections.part(content, start, len(content), wrap, direction))
    reason = "sql-migrate runs nothing that stands before -- +migrate Up"
    return Migration(tuple(s for s in found if s.sql.strip()), sections.unheard(content, first, reason))


def _commands(content: bytes) -> Iterator[tuple[int, int, bytes, list[bytes]]]:
    for start, end in sections.lines(content):
        if content.startswith(b"--", start) and (met := re.match(_COMMAND, content[start:end])):
            yield start, end, met.group(1), met.group(2).split()


TOOL = Tool(
    name="sql-migrate",
    title="sql-migrate",
    claim=claim,
    read=read,
    escape="write -- +migrate Up notransaction",
    records=True,
)
