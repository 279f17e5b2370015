"""The choices of a rewrite on the command line: an option each, under a heading of their own, and --decisions FILE."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from dsql_migrate.rewrite.decisions import Choice, Decisions

F = TypeVar("F", bound=Callable[..., Any])
_FILE = "decisions.yaml"


class _NumberOrWord(click.Choice[str]):
    """One of the words, or a whole number; which numbers DSQL takes, ``check_decisions`` says."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return str(value) if str(value).isdecimal() else super().convert(value, param, ctx)


class DecisionOption(click.Option):
    """One choice. The help names its options, the default first; ``dsql-migrate decisions`` says more of them."""

    def __init__(self, choice: Choice) -> None:
        names = [option.name for option in choice.options]
        kind: click.ParamType[Any] = _NumberOrWord(names) if choice.number else click.Choice(names)
        super().__init__([f"--{choice.key}"], type=kind, metavar="N" if choice.number else "WORD", help=choice.question)
        self.names = " | ".join([*names, *(["another number"] if choice.number else [])])

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        return f"--{self.name} {self.metavar}".replace("_", "-"), self.names


class DecidingCommand(click.Command):
    """A command that takes decisions: their options come last in its help, each on a line."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option) and not isinstance(p, DecisionOption)]
        records = [found for p in options if (found := p.get_help_record(ctx)) is not None]
        with formatter.section("Options"):
            formatter.write_dl(records)
        with formatter.section("Decisions"):
            formatter.write_text(
                "The first word that DSQL knows on the day is the default. `dsql-migrate decisions` explains them; "
                "decisions.yaml of a bundle takes them for single objects too, see --decisions."
            )
            formatter.write_paragraph()
            formatter.write_dl([p.get_help_record(ctx) for p in self.params if isinstance(p, DecisionOption)])


def decisions(command: F) -> F:
    """--decisions, --no-decisions, and an option for each choice."""
    from dsql_migrate.rewrite.decisions import CHOICES

    for choice in reversed(list(CHOICES.values())):
        _add(command, DecisionOption(choice))
    command = click.option(
        "--no-decisions",
        is_flag=True,
        help="With --force: take none of the decisions of the bundle that is replaced.",
    )(command)
    return click.option(
        "--decisions",
        "decisions_file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help=f"Decisions for single objects and for all: the {_FILE} of a bundle, as it was edited. "
        "With --force, that of the bundle that is replaced is taken by itself.",
    )(command)


def _add(command: Callable[..., Any], option: click.Option) -> None:
    """As ``click.option`` does for an option that is made already."""
    if isinstance(command, click.Command):
        command.params.append(option)
        return
    if not hasattr(command, "__click_params__"):
        command.__click_params__ = []  # type: ignore[attr-defined]
    command.__click_params__.append(option)  # type: ignore[attr-defined]


def decided(out: Path, force: bool, chosen: dict[str, Any]) -> Decisions:
    """What the command line says, on top of the file that it names or that is in the bundle to be replaced.

    Raises Failure, with file, line and column, for a file that cannot be read.
    """
    from dsql_migrate.rewrite.decisions import Decisions
    from dsql_migrate.rewrite.decisions.document import read_document

    given = dict(chosen)
    file, fresh = given.pop("decisions_file", None), given.pop("no_decisions", False)
    taken = Decisions.of(**given)
    if file is not None:
        return taken.with_document(read_document(file))
    earlier = out / _FILE
    if fresh or not force or not earlier.is_file():
        return taken
    found = taken.with_document(read_document(earlier))
    if found.filed or any(found.objects.values()):
        click.echo(f"decisions of {earlier} hold (--no-decisions starts afresh)", err=True)
    return found
