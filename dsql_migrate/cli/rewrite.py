"""``dsql-migrate rewrite``: a dump to a bundle, without running it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from dsql_migrate.cli.aging import warn_of_age
from dsql_migrate.cli.deciding import DecidingCommand, decided, decisions
from dsql_migrate.cli.inputs import given, inputs, left_out
from dsql_migrate.cli.options import as_of, output, remarks, stubs


@click.command("rewrite", cls=DecidingCommand, short_help="Rewrite a dump to a bundle that DSQL accepts.")
@inputs
@output
@as_of
@decisions
@remarks
@stubs
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    path: str | None,
    out: Path,
    force: bool,
    as_of: date | None,
    stubs: tuple[str, ...],
    quiet: bool,
    **chosen: Any,
) -> None:
    """Rewrite INPUT to a bundle in OUT. Nothing is executed: use ``migrate`` for the proof.

    Exit codes: 0 done; 1 something in the input could not be carried over (see quarantine.sql); 2 it could not be done.
    """
    from dsql_migrate.cli.troubles import trouble_lines
    from dsql_migrate.findings import STRAY, decision_findings, refused_statements, row_findings
    from dsql_migrate.rewrite.rows.row_checks import ROUNDED
    from dsql_migrate.rewrite.rows.writing import ROW_RULES
    from dsql_migrate.rewrite.run import rewrite

    source_given = given(path, chosen)
    warn_of_age(as_of)
    taken = decided(out, force, chosen)
    done = rewrite(source_given, out, as_of=as_of, decisions=taken, force=force, languages=stubs)
    if (aside := left_out(done.ledger["source"])) is not None:
        click.echo(aside, err=True)
    totals, source, script = done.ledger["totals"], done.ledger["source"], done.plan.script
    findings = row_findings(script, done.plan.target, [*refused_statements(script), *done.totals.troubles])
    told = [*findings, *decision_findings(done.plan)]
    for line in trouble_lines(told, done.ledger, ROW_RULES | {ROUNDED, STRAY}, f"{out}/ledger.json"):
        click.echo(line, err=True)
    if not quiet:
        counts = ", ".join(f"{count:,} {name}" for name, count in totals.items() if count)
        click.echo(f"{source['statements']:,} statements, {source['rows']:,} rows: {counts}. Bundle in {out}.")
    if totals["unknown"] or any(f["code"] in ROW_RULES for f in findings):
        sys.exit(1)
