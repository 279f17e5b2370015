"""``dsql-migrate apply``: run a bundle against a DSQL endpoint."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dsql_migrate.apply import ApplyResult, Progress

_GO_ON = "What went before is applied; run the same command again to go on."


@click.command("apply", short_help="Run a bundle against a DSQL endpoint.")
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--dsn", envvar="DSQL_MIGRATE_DSN", help="Connection string; else DSQL_MIGRATE_DSN, else the PG* variables."
)
@click.option("--restart", is_flag=True, help="Forget what was applied before; for an empty database only.")
@click.option(
    "--in-doubt",
    type=click.Choice(["ask", "applied", "missing"]),
    default="ask",
    show_default=True,
    help="What to take a step for whose outcome is unknown and that cannot safely be sent again.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many steps at the same time, each over its own connection, where the bundle allows it.",
)
@click.option("--journal/--no-journal", default=True, help="Note in the bundle's folder what has been applied.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    bundle: Path, dsn: str | None, restart: bool, in_doubt: str, jobs: int, journal: bool, quiet: bool
) -> None:
    """Run a bundle against a DSQL endpoint: one statement a transaction.

    Conflicts (40001) are tried again, background jobs waited for. An interrupted run goes on where it stopped.
    The password belongs into PGPASSWORD or a password file rather than into --dsn.

    Exit codes: 0 applied, 1 a statement was refused or a job failed, 2 it could not be done.
    """
    from dsql_migrate.apply import InDoubt, apply_bundle
    from dsql_migrate.engine.endpoint import ConnectionLost, PsycopgEndpoint
    from dsql_migrate.errors import Failure

    if not dsn and not any(os.environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE")):
        raise Failure("no endpoint: give --dsn, or set DSQL_MIGRATE_DSN or PGHOST")
    try:
        endpoint = PsycopgEndpoint(dsn or "")
    except ConnectionLost as error:
        raise Failure(f"cannot connect: {error}") from None
    shown = None if quiet or not sys.stderr.isatty() else _show
    try:
        result = apply_bundle(
            bundle,
            endpoint,
            journal=journal,
            progress=shown,
            restart=restart,
            in_doubt=InDoubt(in_doubt),
            jobs=jobs,
            connect=lambda: PsycopgEndpoint(dsn or ""),
        )
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo(f"\n{_GO_ON}", err=True)
        raise
    finally:
        endpoint.close()
        if shown is not None:
            click.echo("\r\033[K", nl=False, err=True)
    _report(result, quiet)
    if not result.ok:
        sys.exit(1)


def _show(progress: Progress) -> None:
    share = 100 * progress.done // max(progress.total, 1)
    click.echo(f"\r\033[KApplying {progress.file}  {share} %  {progress.rows:,} rows", nl=False, err=True)


def _report(result: ApplyResult, quiet: bool) -> None:
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    if result.failure is not None:
        click.echo(f"error: {result.failure}", err=True)
        click.echo(_GO_ON, err=True)
        return
    if quiet:
        return
    more = [
        f"{count:,} {what}"
        for count, what in (
            (result.skipped, "steps were applied before"),
            (result.jobs, "jobs"),
            (result.retries, "retries"),
            (result.splits, "COPY blocks halved"),
        )
        if count
    ]
    click.echo(
        f"Applied to {result.endpoint}: {result.done:,} steps, {result.rows:,} rows in {result.seconds:.1f} s"
        + (f" ({', '.join(more)})" if more else "")
    )
