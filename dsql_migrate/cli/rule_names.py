"""Names of rules on the command line: completed by the shell, and near ones told where one is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes and names that begin like this; of a list with commas, the last word counts."""
    from click.shell_completion import CompletionItem

    from dsql_migrate.target import store

    before, comma, word = incomplete.rpartition(",")
    return [
        CompletionItem(f"{before}{comma}{name}", help=rule["summary"])
        for rule in store.load()["rules"]
        for name in (rule["code"], rule["name"])
        if name.lower().startswith(word.lower())
    ]
