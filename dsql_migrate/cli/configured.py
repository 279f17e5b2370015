"""--config FILE for every command: what the file says takes the place of the options' defaults."""

from __future__ import annotations

import click

# A project's file says not that its code is to be run: whoever lints a project he does not know must not run it.
_NEVER = ("config", "run_tool", "tool_python")


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

    names = {
        option.removeprefix("--"): parameter.name
        for parameter in context.command.params
        for option in parameter.opts
        if option.startswith("--") and parameter.name is not None and parameter.name not in _NEVER
    }
    config = load_config(path, tuple(COMMANDS))
    found = config.defaults(context.info_name or "", tuple(names))
    several = {parameter.name for parameter in context.command.params if getattr(parameter, "multiple", False)}
    context.default_map = {
        names[name]: [value] if names[name] in several and isinstance(value, str) else value
        for name, value in found.items()
    }
