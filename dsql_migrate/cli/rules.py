"""``dsql-migrate rules``: the list of rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsql_migrate.cli.lint import day
from dsql_migrate.cli.rule_names import complete

if TYPE_CHECKING:
    from dsql_migrate.lint import Rule
    from dsql_migrate.target import Target


@click.command("rules")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only the rules that apply on that day."
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULES",
    shell_complete=complete,
    help="Only these: codes, beginnings of codes (DSQL3), names; separated by commas.",
)
@click.option(
    "--severity", multiple=True, type=click.Choice(["error", "warning", "info"]), help="Only those of this severity."
)
@click.option("--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option(
    "--rules", "folders", multiple=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Rules of your own."
)
def command(
    as_of: datetime | None,
    select: tuple[str, ...],
    severity: tuple[str, ...],
    format_: str,
    folders: tuple[Path, ...],
) -> None:
    """List the rules: code, name, severity, and the day from which DSQL accepts what the rule is about."""
    from dsql_migrate.cli.lint_options import words
    from dsql_migrate.lint import load_rules
    from dsql_migrate.lint.sifting.selection import weights
    from dsql_migrate.target import load_target

    target = load_target(day(as_of))
    every = load_rules(folders)
    wanted = weights(words(select) or ("ALL",), {rule.code: rule.name for rule in every}, "select")
    rules = [
        rule
        for rule in every
        if rule.code in wanted
        and (not severity or rule.severity in severity)
        and (as_of is None or rule.active(target))
    ]
    shapes = {"text": _text, "json": _json, "markdown": _markdown}
    click.echo(shapes[format_](rules, target))


def _text(rules: Sequence[Rule], target: Target) -> str:
    width = max((len(rule.name) for rule in rules), default=0)
    lines = []
    for rule in rules:
        since = rule.moot_from(target)
        moot = f"  (accepted since {since})" if since and not rule.active(target) else ""
        lines.append(f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}{moot}")
    return "\n".join([*lines, f"\n{len(rules)} rule{'s' * (len(rules) != 1)}.   As of {target.as_of}."])


def _json(rules: Sequence[Rule], target: Target) -> str:
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
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def _markdown(rules: Sequence[Rule], target: Target) -> str:
    lines = ["| code | name | severity | about | accepted from |", "|---|---|---|---|---|"]
    for rule in rules:
        told = (rule.code, f"`{rule.name}`", rule.severity, rule.summary.replace("|", "\\|"))
        lines.append(f"| {' | '.join(told)} | {rule.moot_from(target) or ''} |")
    return "\n".join(lines)
