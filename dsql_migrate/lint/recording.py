"""The warning of tools that write down a migration in its own transaction: said only where nothing worse is."""

from __future__ import annotations

from dsql_migrate.lint.finding import Finding

_WARNING = "ddl-and-history"
_WORSE = frozenset({"multiple-ddl-in-transaction", "ddl-and-dml"})  # what mends these mends it, too


def without_history(found: list[Finding]) -> list[Finding]:
    """The findings of one transaction, without the warning where DSQL refuses the transaction anyhow."""
    names = {finding.name for finding in found}
    if _WARNING not in names or names.isdisjoint(_WORSE):
        return found
    return [finding for finding in found if finding.name != _WARNING]
