"""``dsql-migrate completion``: what a shell has to read to complete commands, options and names of rules."""

from __future__ import annotations

import click

VARIABLE = "_DSQL_MIGRATE_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion for a shell.

    \b
    bash: dsql-migrate completion bash > ~/.local/share/bash-completion/completions/dsql-migrate
    zsh:  dsql-migrate completion zsh > ~/.zfunc/_dsql-migrate   (~/.zfunc in fpath, before compinit)
    fish: dsql-migrate completion fish > ~/.config/fish/completions/dsql-migrate.fish
    """
    from click.shell_completion import get_completion_class

    from dsql_migrate.cli import group

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(group, {}, "dsql-migrate", VARIABLE).source())
