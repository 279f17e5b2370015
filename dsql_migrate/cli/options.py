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


def decisions(command: F) -> F:
    """The choices of a rewrite."""
    for option in reversed(
        (
            click.option(
                "--foreign-keys",
                type=click.Choice(["native", "application"]),
                default="native",
                show_default=True,
                help="Let DSQL keep foreign keys, or take them out and write application stubs.",
            ),
            click.option(
                "--identity-cache",
                type=click.INT,
                default=65536,
                show_default=True,
                help="CACHE of identity columns: 1, or at least 65536.",
            ),
            click.option(
                "--owners",
                type=click.Choice(["drop", "keep"]),
                default="drop",
                show_default=True,
                help="ALTER … OWNER TO statements.",
            ),
            click.option(
                "--grants",
                type=click.Choice(["drop", "keep"]),
                default="drop",
                show_default=True,
                help="GRANT and REVOKE statements.",
            ),
        )
    ):
        command = option(command)
    return command


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
