"""goose: SQL files with both sides, told apart by annotations (github.com/pressly/goose, internal/sqlparser)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Direction, Migration, Project, Section, Tool, Unread
from dsql_migrate.source.migrations.order import marked, number
from dsql_migrate.source.migrations.tree import Tree

_ANNOTATION = rb"(?i)--\s*\+goose\s+(.*)"
_MARK = rb"(?im)^--[ \t]*\+goose[ \t]+Up\s*$"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files with ``-- +goose Up``; by the number in front (goose.go, collectMigrationsFS: parsed, then sorted)."""
    return marked(TOOL, tree, forced, _MARK, b"+goose", "-- +goose Up", lambda name: (number(name) or 0, name))


def read(path: str, content: bytes, project: Project) -> Migration:
    """The two sides. NO TRANSACTION is for the whole file; then a StatementBegin block is one query of its own."""
    marks = list(_annotations(content))
    single = not any(mark == b"no transaction" for _, _, mark in marks)
    found: list[Section] = []
    direction: Direction | None = None
    start = 0  # of the section that is open
    for at, end, mark in marks:
        if mark in (b"up", b"down"):
            if direction is not None:
                found.append(sections.part(content, start, at, "file" if single else "statement", direction))
            direction = "up" if mark == b"up" else "down"
            start = at
        elif not single and direction is not None and mark in (b"statementbegin", b"statementend"):
            inside = mark == b"statementend"
            found.append(sections.part(content, start, at, "query" if inside else "statement", direction))
            start = end if inside else at
    if direction is None:
        reason = "goose wants -- +goose Up before the first statement"
        return Migration((), (Unread(0, len(content), reason),))
    found.append(sections.part(content, start, len(content), "file" if single else "statement", direction))
    first = next(at for at, _, mark in marks if mark in (b"up", b"down"))
    before = sections.unheard(content, first, "goose refuses statements before -- +goose Up")
    return Migration(tuple(section for section in found if section.sql.strip()), before)


def _annotations(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(start of the line, its end, what stands behind ``+goose``); goose asks for ``--`` in the first column."""
    for start, end in sections.lines(content):
        if content.startswith(b"--", start) and (met := re.match(_ANNOTATION, content[start:end])):
            yield start, end, met.group(1).strip().lower()


TOOL = Tool(
    name="goose",
    title="goose",
    claim=claim,
    read=read,
    escape="put -- +goose NO TRANSACTION at the top of the file",
    records=True,
)
