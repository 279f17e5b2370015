"""``dsql-migrate explain CODE``: one rule in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    from dsql_migrate.lint import Rule
    from dsql_migrate.target import Target


@click.command("explain")
@click.argument("code")
@click.option(
    "--rules", "folders", multiple=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Rules of your own."
)
def command(code: str, folders: tuple[Path, ...]) -> None:
    """Explain a rule by its CODE or name: why, what to write instead, examples, and where it is known from."""
    from dsql_migrate.lint import load_rules
    from dsql_migrate.target import load_target, store

    rules = {key: rule for rule in load_rules(folders) for key in (rule.code, rule.name)}
    rule = rules.get(code.upper()) or rules.get(code.lower())
    if rule is None:
        raise Failure(f"there is no rule {code}", hint="dsql-migrate rules lists them")
    sources = store.load()["timeline"]["sources"]
    click.echo("\n".join(page(rule, load_target(), sources)))


def page(rule: Rule, target: Target, sources: dict[str, str]) -> Iterator[str]:
    """The lines of a rule's page."""
    yield f"{rule.code} {rule.name} ({rule.severity})"
    yield rule.summary
    yield ""
    since = rule.moot_from(target)
    if since:
        yield f"DSQL accepts it since {since}."
        yield ""
    if rule.server_message or rule.sqlstate:
        yield f"DSQL answers {' '.join(filter(None, [rule.sqlstate, rule.server_message]))}"
        yield ""
    yield from rule.why.strip().splitlines()
    yield ""
    yield f"Instead: {rule.instead}"
    yield ""
    for example in rule.examples:
        yield from _example(example)
    yield "Known from:"
    for entry in rule.evidence:
        told = [entry.get("probe"), entry.get("note"), sources.get(entry.get("source", "")), entry.get("url")]
        yield f"  {entry['date']} {entry['kind']}: {', '.join(str(part) for part in told if part)}"


def _example(example: Mapping[str, Any]) -> Iterator[str]:
    kind = "bad" if "bad" in example else "good"
    day = f" (as of {example['as_of']})" if "as_of" in example else ""
    given = f"{example['given']}; " if "given" in example else ""
    yield f"  {kind}{day}:"
    yield f"    {given}{example[kind]}"
    if example.get("fixed"):
        yield "  fixed:"
        yield f"    {example['fixed']}"
    yield ""
