"""What one side of a migration sends, in order: statements of one transaction, and statements of their own."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts.languages.tree import Node
from dsql_migrate.source.migrations.hosts.sql import Sql, section
from dsql_migrate.source.migrations.hosts.walk import Walk
from dsql_migrate.source.migrations.model import Direction, Section, Wrap

_LATE = "the SQL is put together when the migration runs"


class Script:
    """Collects statements. ``wrap`` may change on the way: with ``file`` they share a section, else each is one."""

    def __init__(self, wrap: Wrap) -> None:
        self.wrap: Wrap = wrap
        self._runs: list[tuple[Wrap, list[Sql]]] = []

    def send(self, *statements: Sql) -> None:
        """Statements that a tool sends one at a time."""
        for statement in statements:
            if not statement:
                continue
            if self.wrap == "file" and self._runs and self._runs[-1][0] == "file":
                self._runs[-1][1].append(statement)
            else:
                self._runs.append(("file" if self.wrap == "file" else "query", [statement]))

    def cut(self) -> None:
        """The transaction ends here; what follows is in the next one."""
        self._runs.append(("query", []))

    def raw(self, node: Node, walk: Walk, text: Sql | None = None) -> None:
        """SQL that the migration gives as a string; told as unread where it is not known enough to be read."""
        found = walk.sql(node) if text is None else text
        if found is None or (found.holes and not _readable(found)):
            walk.told(node, _LATE)
        else:
            self.send(found)

    def sent(self) -> list[Sql]:
        """All statements so far."""
        return [statement for _, statements in self._runs for statement in statements]

    def sections(self, direction: Direction, name: str | None = None) -> list[Section]:
        """The sections, in order."""
        return [section(statements, direction, wrap, name) for wrap, statements in self._runs if statements]


def _readable(sql: Sql) -> bool:
    """Whether SQL with stand-ins in it is SQL at all, or comments alone: a whole clause may be missing."""
    from dsql_migrate.source.build import read
    from dsql_migrate.source.facts import Unreadable
    from dsql_migrate.source.open import source_of
    from dsql_migrate.source.script import pieces

    with source_of(sql.text.encode("utf-8", "replace"), "") as source:
        found = [read(piece.sql) for piece in pieces(source) if piece.kind == "sql"]
    return not any(isinstance(fact, Unreadable) for fact in found)
