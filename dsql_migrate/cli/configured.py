"""--config FILE for every command: what the file says takes the place of the options' defaults."""

from __future__ import annotations

import click

# A project's file says not that its code is to be run: whoever lints a project he does not know must not run it.
_NEVER = ("config", "run_tool", "tool_python", "running")


def configured(command: click.Command) -> click.Command:
    """The command with --config. Without it, the file is looked for in the working folder and above."""
    if not any(parameter.name == "config" for parameter in command.params):
        command.params.append(
            click.Option(
                ["--config"],
                type=click.Path(dir_okay=False),
                metavar="FILE",
                is_eager=True,
                expose_value=False,
                callback=_load,
                help="Settings: dsql-migrate.toml, or pyproject.toml with [tool.dsql-migrate].",
            )
        )
    return command


def _load(context: click.Context, _parameter: click.Parameter, path: str | None) -> None:
    from dsql_migrate.cli import COMMANDS
    from dsql_migrate.config import load_config

    names = _options(context.command)
    config = load_config(path, tuple(COMMANDS))
    group = context.parent.command if context.parent is not None else None
    if isinstance(group, click.Group) and group.name in COMMANDS:
        # A part of a command: the table is the whole command's, and may speak to other parts.
        all_parts = {name for part in group.commands.values() for name in _options(part)}
        told = config.defaults(group.name, tuple(all_parts))
        found = {name: value for name, value in told.items() if name in names}
    else:
        found = config.defaults(context.info_name or "", tuple(names))
    several = {parameter.name for parameter in context.command.params if getattr(parameter, "multiple", False)}
    context.default_map = {
        names[name]: [value] if names[name] in several and isinstance(value, str) else value
        for name, value in found.items()
    }


def _options(command: click.Command) -> dict[str, str]:
    """Long options without their dashes -> the names of their parameters."""
    return {
        option.removeprefix("--"): parameter.name
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and parameter.name is not None and parameter.name not in _NEVER
    }
