"""``dsql-migrate baseline``: the findings there are, written down."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dsql_migrate.cli.lint_options import choosing, options_of, running


@click.command("baseline")
@click.argument("paths", nargs=-1, metavar="[PATHS]...")
@click.option(
    "-o", "--output", "out", type=click.Path(dir_okay=False), metavar="FILE", help="The file, if not --baseline."
)
@click.option("--update", is_flag=True, help="Take out of the file what occurs no more; nothing is added.")
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="The day whose DSQL is meant.")
@choosing
@running
def command(
    paths: tuple[str, ...], out: str | None, update: bool, force: bool, as_of: datetime | None, **chosen: Any
) -> None:
    """Write down the findings in PATHS, so that `lint --baseline FILE` tells new ones only.

    The file is --baseline, where the settings name one, else dsql-migrate-baseline.json. Lines may move: an entry is
    known by its rule, file, object and the text of its line. With --update the file keeps what still occurs.
    """
    from dataclasses import replace

    from dsql_migrate.cli.aging import warn_of_age
    from dsql_migrate.cli.lint import day, lint
    from dsql_migrate.cli.outputs import check, write
    from dsql_migrate.lint.sifting.baseline import DEFAULT, Baseline

    options = options_of(chosen)
    file = Path(out) if out else options.baseline or Path(DEFAULT)
    known = Baseline.read(file) if update else None
    if not update:
        check([file], force)
    result = lint(paths, as_of, replace(options, baseline=None, fold=False))
    warn_of_age(day(as_of), newest=result.target.newest)
    if known is None:
        made = Baseline.of(file, result.findings)
        told = _counted(len(made.entries))
    else:
        gone = known.gone(result.findings, result.files)
        made = known.without(gone)
        told = f"{_counted(len(made.entries))} left, {len(gone)} taken out"
    write([(file, made.text())], force or update)
    click.echo(f"{file}: {told}.")


def _counted(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"
