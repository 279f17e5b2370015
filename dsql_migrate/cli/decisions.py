"""``dsql-migrate decisions``: every choice that a rewrite has, its options, and from which day DSQL has them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dsql_migrate.cli.options import as_of

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from dsql_migrate.rewrite.decisions import Choice
    from dsql_migrate.target import Target


class _Key(click.ParamType[str]):
    name = "key"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from dsql_migrate.rewrite.decisions import CHOICES

        return [CompletionItem(c.key, help=c.question) for c in CHOICES.values() if c.key.startswith(incomplete)]


@click.command("decisions", short_help="List what can be decided of a rewrite.")
@click.argument("keys", metavar="[KEY]...", nargs=-1, type=_Key())
@as_of
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form."
)
def command(keys: tuple[str, ...], as_of: date | None, format_: str) -> None:
    """Each choice of a rewrite: the question, the options with what they give and cost, the default and its reason.

    KEY names one: it is the option of `migrate` and `rewrite`, and the key in decisions.yaml. Without it, all are told.
    """
    from dsql_migrate.target import load_target

    target = load_target(as_of)
    found = _wanted(keys)
    if format_ == "json":
        import json

        told = [_plain(choice, target) for choice in found]
        document = {"schema_version": 1, "as_of": target.as_of.isoformat(), "decisions": told}
        click.echo(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False))
        return
    click.echo("\n\n".join(_text(choice, target) for choice in found))


def _wanted(keys: tuple[str, ...]) -> list[Choice]:
    import difflib

    from dsql_migrate.errors import Failure
    from dsql_migrate.rewrite.decisions import CHOICES

    for key in keys:
        if key not in CHOICES:
            near = difflib.get_close_matches(key, list(CHOICES), 1)
            hint = f"did you mean {near[0]}?" if near else "without a KEY, all are listed"
            raise Failure(f"there is no decision {key!r}", hint=hint)
    return [choice for choice in CHOICES.values() if not keys or choice.key in keys]


def _text(choice: Choice, target: Target) -> str:
    from dsql_migrate.rewrite.decisions import default

    chosen = default(choice, target)
    lines = [f"{choice.key}: {choice.question}", f"  of each {' or '.join(choice.kinds)}"]
    for option in choice.options:
        marks = [mark for mark in ("default" if option is chosen else "", _since(option.needs, target)) if mark]
        lines.append(f"  {option.name:<12} {option.effect}" + (f"  [{', '.join(marks)}]" if marks else ""))
    if choice.number:
        lines.append(f"  {'N':<12} another whole number")
    if chosen is choice.options[0]:
        lines.append(f"  The default, because: {choice.reason}.")
    return "\n".join(lines)


def _since(needs: tuple[str, ...], target: Target) -> str:
    """From which day DSQL has what an option needs; empty where it always had it."""
    days = [str(day) for need in needs if (day := target.since(need)) is not None]
    return f"from {max(days)}" if days else ""


def _plain(choice: Choice, target: Target) -> dict[str, Any]:
    from dsql_migrate.rewrite.decisions import default, possible

    options = [
        {"name": o.name, "effect": o.effect, "needs": list(o.needs), "possible": possible(o, target),
         "since": _since(o.needs, target).removeprefix("from ") or None}
        for o in choice.options
    ]  # fmt: skip
    return {
        "key": choice.key, "kinds": list(choice.kinds), "question": choice.question, "number": choice.number,
        "default": default(choice, target).name, "reason": choice.reason, "options": options,
    }  # fmt: skip
