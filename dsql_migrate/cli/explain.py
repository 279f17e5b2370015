"""``dsql-migrate explain CODE``: one rule in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsql_migrate.cli.rule_names import complete
from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    from dsql_migrate.lint import Rule
    from dsql_migrate.target import Target


@click.command("explain")
@click.argument("code", shell_complete=complete)
@click.option("--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option(
    "--rules", "folders", multiple=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Rules of your own."
)
def command(code: str, format_: str, folders: tuple[Path, ...]) -> None:
    """Explain a rule by its CODE or name: why, what to write instead, examples, and where it is known from."""
    from dsql_migrate.lint import load_rules
    from dsql_migrate.target import load_target, store

    rules = {key: rule for rule in load_rules(folders) for key in (rule.code, rule.name)}
    rule = rules.get(code.upper()) or rules.get(code.lower())
    if rule is None:
        from dsql_migrate.lint.sifting.selection import near

        known = {rule.code: rule.name for rule in rules.values()}
        raise Failure(f"there is no rule {code}", hint=near(code, known))
    sources = store.load()["timeline"]["sources"]
    shapes = {"text": page, "json": document, "markdown": markdown}
    click.echo("\n".join(shapes[format_](rule, load_target(), sources)))


def page(rule: Rule, target: Target, sources: Mapping[str, str]) -> Iterator[str]:
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


def document(rule: Rule, target: Target, sources: Mapping[str, str]) -> Iterator[str]:
    """The rule as JSON."""
    import json

    since = rule.moot_from(target)
    told = {
        "schema_version": 1,
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "summary": rule.summary,
        "why": " ".join(rule.why.split()),
        "instead": rule.instead,
        "sqlstate": rule.sqlstate,
        "server_message": rule.server_message,
        "accepted_since": since.isoformat() if since else None,
        "active": rule.active(target),
        "fixable": rule.fix is not None,
        "examples": list(rule.examples),
        "evidence": [
            {**entry, **({"url": sources[entry["source"]]} if entry.get("source") in sources else {})}
            for entry in rule.evidence
        ],
    }
    yield json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True)


def markdown(rule: Rule, target: Target, sources: Mapping[str, str]) -> Iterator[str]:
    """The lines of the rule's page as Markdown."""
    yield f"# {rule.code} `{rule.name}` ({rule.severity})"
    yield f"\n{rule.summary}.\n\n{rule.why.strip()}\n\n**Instead.** {rule.instead}\n"
    since = rule.moot_from(target)
    if since:
        yield f"DSQL accepts it since {since}.\n"
    if rule.server_message or rule.sqlstate:
        yield f"DSQL answers `{' '.join(filter(None, [rule.sqlstate, rule.server_message]))}`\n"
    for example in rule.examples:
        kind = "bad" if "bad" in example else "good"
        sql = "\n".join(filter(None, [example.get("given"), example[kind]]))
        yield f"{kind.capitalize()}:\n\n```sql\n{sql.strip()}\n```\n"
        if example.get("fixed"):
            yield f"Fixed:\n\n```sql\n{example['fixed'].strip()}\n```\n"
    yield "Known from:\n"
    for entry in rule.evidence:
        link = entry.get("url") or sources.get(entry.get("source", ""))
        told = [entry.get("probe"), entry.get("note"), f"<{link}>" if link else None]
        yield f"- {entry['date']} {entry['kind']}: {', '.join(str(part) for part in told if part)}"


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
