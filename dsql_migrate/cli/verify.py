"""``dsql-migrate verify``: replay the source of a bundle and the bundle, and compare."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("verify", short_help="Replay a bundle and its source, and compare them.")
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--source", help="The input the bundle was made from, where it has moved.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(bundle: Path, source: str | None, quiet: bool) -> None:
    """Load the source of BUNDLE into a plain PostgreSQL, apply BUNDLE as it stands to the engine, and compare.

    verification.json, ledger.json (its proofs) and the reports in BUNDLE are renewed. The input must be the one the
    bundle was made from, byte for byte.

    Exit codes: 0 verified, 1 not, 2 it could not be done.
    """
    from dsql_migrate.cli.terminal import Progress, summary
    from dsql_migrate.cli.watching import watcher
    from dsql_migrate.migration import verify

    with Progress(mode="silent" if quiet else None) as progress:
        result = verify(bundle, source, watcher=watcher(progress))
    if not quiet:
        click.echo(summary(result.report, bundle, sys.stdout.isatty(), 100), nl=False)
    if not result.ok:
        sys.exit(1)
