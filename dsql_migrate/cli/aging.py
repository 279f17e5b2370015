"""The warning of commands that judge by the rules: their data may be too old."""

from __future__ import annotations

from datetime import date

import click


def warn_of_age(as_of: date | None, today: date | None = None, newest: date | None = None) -> None:
    """A line on standard error where the rule data are older than 90 days; none for who has named a day himself.

    ``newest``: the last day that the data cover, where the caller has it at hand.
    """
    if as_of is not None:
        return
    from dsql_migrate.target.age import too_old

    if newest is None:
        from dsql_migrate.target import load_target

        newest = load_target().newest
    warning = too_old(newest, today or date.today())
    if warning is not None:
        click.echo(f"warning: {warning}", err=True)
