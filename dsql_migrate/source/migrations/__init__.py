"""Migration tools: which files they run, in which order, which SQL is in them, and what they send in one transaction.

One module a tool, each with a ``TOOL``; the order of ``TOOLS`` is that in which they are asked, surest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dsql_migrate.errors import Failure
from dsql_migrate.source.migrations import (
    alembic,
    atlas,
    dbmate,
    diesel,
    django,
    drizzle,
    flyway,
    golang_migrate,
    goose,
    liquibase,
    node_pg_migrate,
    numbered,
    prisma,
    psql,
    rails,
    sqlx,
    supabase,
)
from dsql_migrate.source.migrations.model import Migration, Origin, Pin, Project, Section, Tool, Unread, Wrap
from dsql_migrate.source.migrations.tree import Tree

__all__ = [
    "TOOLS", "Migration", "Origin", "Pin", "Project", "Section", "Tool", "Tree", "Unread", "Wrap", "names", "projects",
]  # fmt: skip

TOOLS: tuple[Tool, ...] = (
    # told by what the files say themselves
    liquibase.TOOL,
    goose.TOOL,
    dbmate.TOOL,
    node_pg_migrate.TOOL,
    alembic.TOOL,
    django.TOOL,
    # by what stands beside them
    prisma.TOOL,
    drizzle.TOOL,
    diesel.TOOL,
    sqlx.TOOL,  # before golang-migrate: names with .up.sql are those of both
    golang_migrate.TOOL,
    atlas.TOOL,
    supabase.TOOL,
    # by names alone
    flyway.TOOL,
    rails.TOOL,
    numbered.TOOL,
    psql.TOOL,  # takes what is left: last
)


def names() -> tuple[str, ...]:
    """What --framework may say besides auto."""
    return tuple(sorted(tool.name for tool in TOOLS))


def projects(
    files: Iterable[str], read: Callable[[str], bytes], named: frozenset[str] = frozenset(), framework: str = "auto"
) -> Iterator[Project]:
    """The files as projects of the tools that run them. ``named``: those the user named himself, never left out.

    With a ``framework`` its tool takes every file it could read, and psql what is left.
    Raises Failure for a framework that is not known.
    """
    tree = Tree(files, read, named)
    forced = framework != "auto"
    tools = [tool for tool in TOOLS if tool.name == framework] if forced else list(TOOLS)
    if not tools:
        raise Failure(f"no such framework: {framework}", hint=f"known: auto, {', '.join(names())}")
    if forced and tools != [psql.TOOL]:
        yield from _claimed(tools[0], tree, True)
        tools = [psql.TOOL]
        forced = False
    for tool in tools:
        yield from _claimed(tool, tree, forced)


def _claimed(tool: Tool, tree: Tree, forced: bool) -> list[Project]:
    found = list(tool.claim(tree, forced))
    tree.claimed(file for project in found for file in project.files)
    return found
