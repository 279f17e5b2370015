"""tern: both sides in a file, a line between them (github.com/jackc/tern, migrate.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsql_migrate.source.migrations import sections
from dsql_migrate.source.migrations.model import Migration, Project, Tool, Wrap
from dsql_migrate.source.migrations.order import marked, number
from dsql_migrate.source.migrations.tree import Tree

_BETWEEN = b"---- create above / drop below ----"
_ALONE = rb"(?m)^---- tern: disable-tx ----\s*$"
_MARK = rb"(?m)^---- (?:create above / drop below|tern: disable-tx) ----"


def claim(tree: Tree, forced: bool) -> Iterator[Project]:
    """Files with one of tern's lines, by number."""
    return marked(TOOL, tree, forced, _MARK, b"----", "lines with ----", lambda name: (number(name) or 0, name))


def read(path: str, content: bytes, project: Project) -> Migration:
    """The two sides; each says for itself that it wants no transaction, and is then sent statement by statement."""
    at = content.find(_BETWEEN)
    up = sections.part(content, 0, at if at >= 0 else len(content), _wrap(content[: at if at >= 0 else None]))
    if at < 0:
        return Migration((up,))
    return Migration((up, sections.part(content, at, len(content), _wrap(content[at:]), "down")))


def _wrap(side: bytes) -> Wrap:
    return "statement" if re.search(_ALONE, side) else "file"


TOOL = Tool(
    name="tern",
    title="tern",
    claim=claim,
    read=read,
    escape="put ---- tern: disable-tx ---- on a line of its own",
    records=True,
)
