"""The options of ``dsql-migrate lint``, and what they ask a run to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from dsql_migrate.cli.rule_names import complete
from dsql_migrate.source.frameworks import names

if TYPE_CHECKING:
    from dsql_migrate.lint.finding import Severity
    from dsql_migrate.lint.options import Options

F = TypeVar("F", bound=Callable[..., Any])
FRAMEWORKS = ("auto", *names())
SEVERITY_NAMES = ("error", "warning", "info")
_SELECTORS = "Codes, beginnings of codes (DSQL3), names; separated by commas."


def choosing(command: F) -> F:
    """What is looked at, and which findings are shown."""
    return _with(
        command,
        click.option(
            "--select", multiple=True, metavar="RULES", shell_complete=complete, help=f"Only these rules. {_SELECTORS}"
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="RULES",
            shell_complete=complete,
            help="Not these; the closer of two selectors wins.",
        ),
        click.option(
            "--extend-select",
            multiple=True,
            metavar="RULES",
            shell_complete=complete,
            help="These too, whatever --select says.",
        ),
        click.option(
            "--extend-ignore",
            multiple=True,
            metavar="RULES",
            shell_complete=complete,
            help="Nor these, whatever --ignore says.",
        ),
        click.option(
            "--per-file-ignores",
            multiple=True,
            metavar="GLOB:RULES",
            help="Not these rules in files that match. A table in a configuration file.",
        ),
        click.option(
            "--severity",
            multiple=True,
            metavar="RULE=SEVERITY",
            help="Another severity for a rule. A table in a configuration file.",
        ),
        click.option(
            "--exclude", multiple=True, metavar="GLOB", help="Files and folders that are not looked at. Repeatable."
        ),
        click.option("--force-exclude", is_flag=True, help="Leave them out even where PATHS names them."),
        click.option(
            "--stdin-filename", metavar="PATH", help="What standard input stands for: it decides the tool and the name."
        ),
        click.option(
            "--baseline", metavar="FILE", type=click.Path(dir_okay=False), help="Only findings that FILE lacks."
        ),
    )


def limiting(command: F) -> F:
    """What is history."""
    return _with(
        command,
        click.option("--changed-since", metavar="REF", help="Only findings in files changed in git since REF."),
        click.option(
            "--start-after", metavar="VERSION", help="Migrations up to this version or file have been applied."
        ),
    )


def running(command: F) -> F:
    """How the migrations are run, and on what day."""
    return _with(
        command,
        click.option(
            "--framework",
            type=click.Choice(FRAMEWORKS),
            default="auto",
            show_default=True,
            metavar="NAME",
            help=f"The tool that runs the migrations, where it is not to be found out: {', '.join(FRAMEWORKS[1:])}.",
        ),
        click.option(
            "--transaction",
            type=click.Choice(["auto", "per-file", "per-statement", "none"]),
            default="auto",
            show_default=True,
            help="What is sent as one transaction, whatever the tool does; per-file is psql --single-transaction.",
        ),
        click.option(
            "--rules",
            "folders",
            multiple=True,
            type=click.Path(),
            metavar="FOLDER",
            help="Rules of your own.",
        ),
        click.option(
            "--run-tool",
            is_flag=True,
            help="Have Alembic and Django write the SQL themselves (upgrade --sql, sqlmigrate). "
            "This runs the project's code: only for projects that you trust.",
        ),
        click.option(
            "--tool-python", metavar="PATH", help="The Python of the project, for --run-tool; by default this one."
        ),
        click.option("--cache/--no-cache", default=True, help="Look only at what has changed since the last run."),
    )


def options_of(chosen: dict[str, Any]) -> Options:
    """The options as the linter takes them. ``chosen``: the parameters by name. Raises click.UsageError."""
    from dsql_migrate.lint.options import Options

    baseline, folders = chosen["baseline"], chosen["folders"]
    if baseline or folders:
        from pathlib import Path  # 4 ms, which a run from the cache has not

        baseline, folders = Path(baseline) if baseline else None, tuple(map(Path, folders))
    select, more = words(chosen["select"]), words(chosen["extend_select"])
    if more:
        select = (*(select or ("ALL",)), *more)
    return Options(
        framework=chosen["framework"],
        transaction=chosen["transaction"],
        select=select,
        ignore=words((*chosen["ignore"], *chosen["extend_ignore"])),
        per_file_ignores=tuple(_per_file(entry) for entry in chosen["per_file_ignores"]),
        severity=dict(_severity(entry) for entry in chosen["severity"]),
        exclude=chosen["exclude"],
        force_exclude=chosen["force_exclude"],
        baseline=baseline or None,
        changed_since=chosen.get("changed_since"),
        start_after=chosen.get("start_after"),
        stdin_filename=chosen["stdin_filename"],
        cache=chosen["cache"],
        run_tool=(chosen["tool_python"] or sys.executable) if chosen["run_tool"] else None,
        rule_folders=folders,
    )


def words(values: Iterable[str]) -> tuple[str, ...]:
    """What stands between the commas of all values."""
    return tuple(word for value in values for part in value.split(",") if (word := part.strip()))


def _per_file(entry: str) -> tuple[str, tuple[str, ...]]:
    glob, found, selectors = entry.rpartition(":")
    if not found or not glob or not words([selectors]):
        raise click.UsageError(f"--per-file-ignores {entry}: write GLOB:RULES, such as 'db/legacy/**:DSQL3,truncate'")
    return glob, words([selectors])


def _severity(entry: str) -> tuple[str, Severity]:
    selector, _, level = entry.partition("=")
    level = level.strip()
    if not selector.strip() or level not in SEVERITY_NAMES:
        raise click.UsageError(f"--severity {entry}: write RULE=SEVERITY with one of {', '.join(SEVERITY_NAMES)}")
    return selector.strip(), cast("Severity", level)


def _with(command: F, *options: Callable[[F], F]) -> F:
    for option in reversed(options):
        command = option(command)
    return command
