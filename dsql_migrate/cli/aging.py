"""The warning of commands that judge by the rules: their data may be too old."""

from __future__ import annotations

from datetime import date

import click


def warn_of_age(as_of: date | None, today: date | None = None) -> None:
    """A line on standard error where the rule data are older than 90 days; none for who has named a day himself."""
    if as_of is not None:
        return
    from dsql_migrate.target import load_target
    from dsql_migrate.target.timeline import too_old

    warning = too_old(load_target(), today or date.today())
    if warning is not None:
        click.echo(f"warning: {warning}", err=True)
