"""``dsql-migrate rules``: the list of rules."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from dsql_migrate.cli.lint import day


@click.command("rules")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only the rules that apply on that day."
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--rules", "folders", multiple=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Rules of your own."
)
def command(as_of: datetime | None, format_: str, folders: tuple[Path, ...]) -> None:
    """List the rules: code, name, severity, and the day from which DSQL accepts what the rule is about."""
    from dsql_migrate.lint import load_rules
    from dsql_migrate.target import load_target

    target = load_target(day(as_of))
    rules = [rule for rule in load_rules(folders) if as_of is None or rule.active(target)]
    if format_ == "json":
        entries = [
            {
                "code": rule.code,
                "name": rule.name,
                "severity": rule.severity,
                "summary": rule.summary,
                "accepted_since": since.isoformat() if (since := rule.moot_from(target)) else None,
                "active": rule.active(target),
            }
            for rule in rules
        ]
        document = {"schema_version": 1, "as_of": target.as_of.isoformat(), "rules": entries}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))
        return
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        since = rule.moot_from(target)
        moot = f"  (accepted since {since})" if since and not rule.active(target) else ""
        click.echo(f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}{moot}")
    click.echo(f"\n{len(rules)} rules.   As of {target.as_of}.")
