"""``dsql-migrate migrate``: the main job."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsql_migrate.cli.aging import warn_of_age
from dsql_migrate.cli.deciding import DecidingCommand, decided, decisions
from dsql_migrate.cli.inputs import given, inputs, left_out
from dsql_migrate.cli.options import as_of, output, remarks, stubs

if TYPE_CHECKING:
    from dsql_migrate.cli.terminal import Progress
    from dsql_migrate.inputs import Given
    from dsql_migrate.migration import Ask, Migrated
    from dsql_migrate.rewrite.decisions import Decisions
    from dsql_migrate.rewrite.decisions.questions import Came
    from dsql_migrate.target import Target


@click.command("migrate", cls=DecidingCommand, short_help="The main job: rewrite, replay, compare, report.")
@inputs
@output
@as_of
@decisions
@remarks
@stubs
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the summary.",
)
@click.option("--interactive", is_flag=True, help="Ask on the terminal for each choice that comes up; q quits.")
@click.option("--no-color", is_flag=True, help="No colours.")
def command(
    path: str | None,
    out: Path,
    force: bool,
    as_of: date | None,
    stubs: tuple[str, ...],
    quiet: bool,
    format_: str,
    interactive: bool,
    no_color: bool,
    **chosen: Any,
) -> None:
    """Rewrite INPUT to a bundle in OUT, replay both on an embedded PostgreSQL, compare, and report.

    INPUT is a pg_dump (plain, -Fc, -Fd, -Ft, compressed or not), a SQL script for psql, a folder of
    migrations, or - for standard input. --dsn takes a live PostgreSQL in its place.
    """
    source = given(path, chosen)
    json = format_ == "json"
    run(source, out, force=force, as_of=as_of, quiet=quiet, json=json, color=not no_color, chosen=chosen,
        interactive=interactive, languages=stubs)  # fmt: skip


def run(
    source: str | Given,
    out: Path,
    *,
    force: bool,
    as_of: date | None,
    quiet: bool,
    json: bool,
    color: bool,
    chosen: dict[str, Any],
    interactive: bool = False,
    languages: tuple[str, ...] = ("python",),
) -> None:
    """Do the job, print the summary, and exit 1 where it is not verified."""
    from dsql_migrate.cli.terminal import Progress, colourful, summary
    from dsql_migrate.cli.watching import watcher
    from dsql_migrate.migration import migrate

    warn_of_age(as_of)
    taken = decided(out, force, chosen)
    with Progress(mode="silent" if quiet or json else None) as progress:
        ask = asker(progress) if interactive else None
        told = watcher(progress)
        result = migrate(source, out, as_of=as_of, decisions=taken, force=force, watcher=told, ask=ask,
                         languages=languages)  # fmt: skip
    show_troubles(result, out)
    if json:
        from dsql_migrate.report import render

        click.echo(render(result.report, ".json"), nl=False)
    elif not quiet:
        width = min(shutil.get_terminal_size((100, 24)).columns, 120)
        click.echo(summary(result.report, out, color and colourful(sys.stdout), width), nl=False)
    if not result.ok:
        sys.exit(1)


def asker(progress: Progress) -> Ask:
    """Questions on the terminal, which the bars leave alone meanwhile. Raises Failure where nobody can be asked."""
    from dsql_migrate.cli.asking import ask, need_terminal

    need_terminal()

    def asked(comes_up: Callable[[Decisions], Came], decisions: Decisions, target: Target) -> Decisions:
        progress.close()
        return ask(comes_up, decisions, target)

    return asked


def show_troubles(result: Migrated, out: Path) -> None:
    """What is not carried or damaged, on standard error; the bundle's findings.json has all of it."""
    from dsql_migrate.cli.troubles import trouble_lines
    from dsql_migrate.findings import STRAY
    from dsql_migrate.rewrite.rows.row_checks import ROUNDED
    from dsql_migrate.rewrite.rows.writing import ROW_RULES

    if (aside := left_out(result.ledger["source"])) is not None:
        click.echo(aside, err=True)
    codes = ROW_RULES | {ROUNDED, STRAY}
    for line in trouble_lines(result.findings, result.ledger, codes, f"{out}/findings.json"):
        click.echo(line, err=True)
