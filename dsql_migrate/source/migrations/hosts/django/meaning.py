"""For values alone: a Django migration is a list of operations, not a course of calls."""

from __future__ import annotations

from dsql_migrate.source.migrations.hosts.languages.tree import Call, Node
from dsql_migrate.source.migrations.hosts.walk import Walk


class Silent:
    """No call means anything by itself."""

    def call(self, call: Call, walk: Walk) -> bool:
        """None is understood."""
        return False

    def harmless(self, call: Call, walk: Walk) -> bool:
        """And none is told."""
        return True

    def inside(self, head: Node, name: str, entered: bool, walk: Walk) -> bool:
        """No with-block means anything."""
        return False
