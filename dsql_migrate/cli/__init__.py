"""The command line. Each command is a module with a click object ``command``; it is imported when it is called for."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from dsql_migrate import __version__
from dsql_migrate.cli.configured import configured
from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# name -> one line for --help; the modules are not imported for it.
COMMANDS = {
    "migrate": "Rewrite a dump, replay it on the engine, compare, report: the main job.",
    "demo": "The main job on a bundled dump.",
    "lint": "Say what DSQL refuses or does differently, and where.",
    "baseline": "Write down the findings there are, so that lint tells new ones only.",
    "rewrite": "Rewrite a dump to a bundle that DSQL accepts.",
    "apply": "Run a bundle against a DSQL endpoint.",
    "verify": "Replay a bundle and its source, and compare them.",
    "report": "Render a bundle's report as HTML, Markdown or JSON.",
    "engine": "A local DSQL to connect to: serve, psql, run.",
    "rules": "List the rules.",
    "explain": "Explain a rule.",
    "completion": "Print what a shell needs to complete commands and options.",
    "decisions": "List what can be decided of a rewrite, and how.",
    "timeline": "Say what DSQL learned between two days.",
}


class _Closed(Exception):
    """Nobody reads the output any more. click would end a BrokenPipeError with exit code 1, which means findings."""


class Commands(click.Group):
    """Commands by name, imported on demand: a lint run loads no report and no engine."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _Closed from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"dsql_migrate.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command if isinstance(command, click.Group) else configured(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=told) for name, told in COMMANDS.items() if name.startswith(incomplete)]
        return named or click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="dsql-migrate")
def group() -> None:
    """Move PostgreSQL schemas, dumps and migrations to Amazon Aurora DSQL.

    Exit codes: 0 done (and verified) or no finding; 1 findings, or verification failed; 2 it could not be done.
    """


def main(arguments: list[str] | None = None) -> None:
    """The entry point: one clear line for what went wrong, and the right exit code."""
    gc.set_threshold(100_000, 20, 20)  # facts and the catalogue live to the end: looking for garbage among them is slow
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(name) is not signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(name, _Interruption.take)
    try:
        code = _run(arguments)
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("DSQL_MIGRATE_DEBUG") and not isinstance(error, (Failure, click.ClickException)):
            raise
        code = _explain(error)
    sys.exit(code)


def _explain(error: BaseException) -> int:
    """Say in a line what went wrong; the exit code."""
    if _Interruption.count or isinstance(error, (click.exceptions.Abort, KeyboardInterrupt)):
        # Whatever else failed on the way out failed because of it.
        _say("interrupted: nothing was left half-written")
        return 130
    match error:
        case Failure():
            _say(f"error: {error.message}", error.hint)
        case click.ClickException():
            error.show()
        case _Closed() | BrokenPipeError():
            _close_output()
            return 141  # as the shell shows a program that SIGPIPE ended
        case OSError():
            _close_output()
            where = f"{error.filename}: " if error.filename else ""
            _say(f"error: {where}{error.strerror or error}")
        case MemoryError():
            _say("error: out of memory")
        case RecursionError():
            _say("error: the input is nested too deep")
        case _:
            hint = "set DSQL_MIGRATE_DEBUG=1 for the traceback"
            _say(f"internal error: {type(error).__name__}: {error}", hint)
    return 2


def _run(arguments: list[str] | None) -> int:
    """Run the command and write out what it printed; its exit code."""
    try:
        code = group.main(args=arguments, prog_name="dsql-migrate", standalone_mode=False)
    except SystemExit as ended:
        code = ended.code
    if sys.stdout is not None:
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _close_output() -> None:
    """What could not be printed must not be tried again when the interpreter ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Interruption:
    """SIGINT, SIGTERM, SIGHUP: the first ends the job, the second is left to the clean-up, the third ends that too."""

    count = 0

    @classmethod
    def take(cls, _signal: int, _frame: Any) -> None:
        cls.count += 1
        if cls.count != 2:
            import logging

            logging.disable()  # libraries would complain of connections that end in the middle
            raise KeyboardInterrupt  # psycopg cancels what runs on the server, click makes Abort of it


def _say(line: str, hint: str | None = None) -> None:
    text = "".join(c if c.isprintable() else " " for c in line)
    click.echo(text, err=True)
    if hint:
        click.echo(f"       {hint}", err=True)
