"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def as_of(command: F) -> F:
    """--as-of DATE."""
    return click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=_date,
        metavar="DATE",
        help="What DSQL accepts on this day (default: the newest known).",
    )(command)


def _date(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value is not None else None


def remarks(command: F) -> F:
    """--remarks and --no-remarks."""
    words = "Say in the scripts what changed, by which rule, and where it stood."
    return click.option("--remarks/--no-remarks", default=True, show_default=True, help=words)(command)


def stubs(command: F) -> F:
    """--stubs LANGUAGE[,LANGUAGE]."""
    return click.option(
        "--stubs",
        default="python",
        show_default=True,
        callback=_languages,
        metavar="LANGUAGE[,…]",
        help="What to write the application's part in: python, typescript.",
    )(command)


def _languages(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    from dsql_migrate.stubs.languages import LANGUAGES

    words = tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))
    unknown = [word for word in words if word not in LANGUAGES]
    if unknown or not words:
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'}: take of {', '.join(LANGUAGES)}")
    return words


def output(command: F) -> F:
    """-o OUT and --force."""
    from pathlib import Path

    command = click.option("--force", is_flag=True, help="Replace the bundle that is there.")(command)
    return click.option(
        "-o",
        "--output",
        "out",
        required=True,
        type=click.Path(path_type=Path),
        help="The folder to write the bundle to.",
    )(command)
