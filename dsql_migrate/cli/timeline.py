"""``dsql-migrate timeline``: what changed in DSQL between two days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from dsql_migrate.cli.lint import day

if TYPE_CHECKING:
    from dsql_migrate.target.timeline import Change

_KNOWN = {"month": " (in that month)", "seen": " (first seen)"}


@click.command("timeline")
@click.option("--from", "begin", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Changes after this day.")
@click.option(
    "--to",
    "end",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Changes up to this day, which is included (default: the newest known).",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(begin: datetime | None, end: datetime | None, format_: str) -> None:
    """Say what Aurora DSQL learned between two days, and which rules that made moot."""
    from dsql_migrate.target import load_target
    from dsql_migrate.target.timeline import changes

    newest = load_target().newest
    found = changes(day(begin), day(end))
    if format_ == "json":
        entries = [{**asdict(change), "since": change.since.isoformat()} for change in found]
        span = {"from": _iso(day(begin)), "to": _iso(day(end) or newest), "covers": newest.isoformat()}
        click.echo(json.dumps({"schema_version": 1, **span, "changes": entries}, ensure_ascii=False, indent=2,
                              sort_keys=True))  # fmt: skip
        return
    click.echo("\n".join(_page(found)))
    until = day(end)
    beyond = f" Nothing is known of the days after {newest}." if until is not None and until > newest else ""
    click.echo(f"\n{len(found)} change{'s' * (len(found) != 1)}. The data cover up to {newest}.{beyond}")


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value is not None else None


def _page(found: tuple[Change, ...]) -> Iterator[str]:
    before = None
    for change in found:
        if before is not None and change.since != before:
            yield ""
        before = change.since
        yield f"{change.since}  {change.name}{_KNOWN.get(change.day or '', '')}: {change.what}"
        for told in _effects(change):
            yield f"            {told}"


def _effects(change: Change) -> Iterator[str]:
    if change.silenced:
        yield f"no longer found: {', '.join(change.silenced)}"
    if change.begun:
        yield f"found from then on: {', '.join(change.begun)}"
    if change.types:
        yield f"column types: {', '.join(change.types)}"
    if change.parameters:
        yield f"parameters: {', '.join(change.parameters)}"
    for name, value, now in change.limits:
        yield f"limit {name}: {value:,} before, {now:,} from then on"
