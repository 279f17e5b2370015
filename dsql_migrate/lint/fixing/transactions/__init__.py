"""One DDL statement a transaction, by the tool's own means: its word for "no transaction", or several files.

All of it is unsafe: what was one transaction is several, and a migration that fails in the middle stays half done.
"""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.lint.fixing.plan import OF_A_TRANSACTION
from dsql_migrate.lint.fixing.transactions.case import Case, Refused
from dsql_migrate.lint.fixing.transactions.directives import DIRECTIVES
from dsql_migrate.lint.fixing.transactions.own import without_own_transactions
from dsql_migrate.lint.fixing.transactions.split import SPLITS, split
from dsql_migrate.source.migrations import Project

__all__ = ["TRANSACTION_RULES", "Case", "Refused", "has_means", "taken_apart", "told"]

TRANSACTION_RULES = OF_A_TRANSACTION


def has_means(project: Project) -> bool:
    """Whether the tool of these files has a word for it, or takes several files for one."""
    return project.tool.name in DIRECTIVES or project.tool.name in SPLITS


def told(case: Case) -> dict[str, bytes]:
    """The files with which the tool runs the file's statements one by one: those that are other than before.

    Nothing where the tool has no word for that. Raises Refused with the reason where it has, and it cannot be used.
    """
    name = case.project.tool.name
    if name in SPLITS:
        return {}
    directive = DIRECTIVES.get(name)
    own = without_own_transactions(case.sections, case.content)
    if own is None or name == "liquibase":  # whose change sets are found by where the findings are
        return {} if directive is None else directive(case)
    rest = replace(case, content=own, contents={**case.contents, case.path: own})
    return {case.path: own} if directive is None else {case.path: own, **directive(rest)}


def taken_apart(case: Case) -> dict[str, bytes]:
    """The file as several, each with one DDL statement or a run of writes: those that are new or other than before.

    Nothing where the tool cannot be helped so. Raises Refused with the reason where it cannot be done safely.
    """
    return split(case) if case.project.tool.name in SPLITS else {}
