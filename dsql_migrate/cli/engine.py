"""``dsql-migrate engine``: a local DSQL to connect to."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dsql_migrate.cli.configured import configured
from dsql_migrate.cli.options import as_of
from dsql_migrate.errors import Failure

if TYPE_CHECKING:
    from dsql_migrate.engine.local import LocalDsql

F = TypeVar("F", bound=Callable[..., Any])
_PORT = 5433
_OF_OTHER_SERVERS = (  # libpq's variables that would lead a client elsewhere, or ask for what the engine has not got
    "PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGPASSFILE", "PGOPTIONS", "PGREQUIREAUTH", "PGCHANNELBINDING",
    "PGREQUIRESSL", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGSSLCRLDIR", "PGSSLROOTCERT", "PGSSLNEGOTIATION",
    "PGSSLCERTMODE", "PGGSSENCMODE", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS",
)  # fmt: skip


@click.group("engine", short_help="A local DSQL to connect to.")
def command() -> None:
    """A local DSQL: PostgreSQL 16 behind a gateway that accepts, refuses and fails as DSQL does.

    Clients connect to it as the role admin, with any password. What differs from DSQL is in docs/engine.md.
    """


def _engine(listens: bool) -> Callable[[F], F]:
    """The options of an engine; ``listens``: on a port of the user's choice."""
    chosen: list[Callable[[F], F]] = [as_of]
    if listens:
        chosen += [
            click.option(
                "--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes a free one."
            ),
            click.option(
                "--host", default="127.0.0.1", show_default=True, help="127.0.0.1 or ::1: this machine only."
            ),
        ]
    chosen += [
        click.option(
            "--data", type=click.Path(path_type=Path), metavar="DIR", help="Keep the databases in this folder."
        ),
        click.option("--dsn", help="Of a superuser of a PostgreSQL 16 that is to be used instead of the embedded one."),
        click.option("--tls", is_flag=True, help="Speak TLS, with a certificate that is made; needs openssl."),
        click.option(
            "--chaos",
            type=click.FloatRange(0, 1),
            default=0.0,
            metavar="P",
            help="Probability that a transaction fails at COMMIT with 40001.",
        ),
        click.option(
            "--chaos-unknown",
            type=click.FloatRange(0, 1),
            default=0.0,
            metavar="P",
            help="Probability that the connection breaks after COMMIT.",
        ),
        click.option("--seed", type=int, help="Make the two repeatable."),
        click.option(
            "--transaction-seconds",
            type=click.FloatRange(0, min_open=True),
            metavar="N",
            help="How old a transaction may get (default: as in DSQL).",
        ),
        click.option(
            "--job-seconds",
            type=click.FloatRange(0),
            metavar="N",
            help="How long a background job takes at least (default: 0.1, less where somebody waits for it).",
        ),
    ]

    def decorate(function: F) -> F:
        for option in reversed(chosen):
            function = option(function)
        return function

    return decorate


@command.command("serve", short_help="Run until Ctrl-C.")
@_engine(listens=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: one line, printed once clients can connect.",
)
def serve(form: str, **options: Any) -> None:
    """Run an engine until Ctrl-C or SIGTERM, and say where to connect.

    Exit codes: 0 ended as asked, 2 it could not be started, or broke down.
    """
    with contextlib.suppress(KeyboardInterrupt), _started(options) as engine:
        click.echo(_as_json(engine) if form == "json" else _as_text(engine))
        sys.stdout.flush()
        while True:
            engine.check()
            time.sleep(0.5)


@command.command(
    "psql",
    short_help="psql on an engine.",
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@_engine(listens=False)
@click.option("--port", "running", type=click.IntRange(1, 65535), help="Connect to the engine that runs there.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(running: int | None, arguments: tuple[str, ...], **options: Any) -> None:
    """Run psql on an engine of its own, or on the one that listens on --port; ARGUMENTS are psql's.

    Exit codes: psql's own; 2 also where there is no engine or no psql.
    """
    from dsql_migrate.engine.local import connection_environment

    program = _psql()
    if running is not None:
        sys.exit(_run([program, *arguments], connection_environment("127.0.0.1", running)))
    with _started(options) as engine:
        code = _run([program, *arguments], engine.environment())
    sys.exit(code)


@command.command("run", short_help="Run a command with an engine.", context_settings={"allow_interspersed_args": False})
@_engine(listens=False)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD [ARGS]...")
def run(words: tuple[str, ...], **options: Any) -> None:
    """Run CMD with an engine of its own: PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE and DATABASE_URL lead to it.

    Exit codes: those of CMD (128 and more: it was ended by a signal); 2 also where there is no engine, or no CMD.
    """
    with _started(options) as engine:
        code = _run(words, engine.environment())
    sys.exit(code)


for _subcommand in (serve, psql, run):
    configured(_subcommand)


def _started(options: dict[str, Any]) -> LocalDsql:
    from dsql_migrate.engine.local import LocalDsql
    from dsql_migrate.engine.postgres.given import VARIABLE

    given: date | None = options.pop("as_of", None)
    if options["dsn"] is None and not os.environ.get(VARIABLE):
        for name in _OF_OTHER_SERVERS:
            os.environ.pop(name, None)
    return LocalDsql(given, **options)


def _as_text(engine: LocalDsql) -> str:
    lines = [
        f"DSQL as of {engine.target.as_of}, on {engine.host} port {engine.port}, database {engine.database}, "
        "user admin, any password",
        "",
        f"  {engine.url()}",
        f"  psql {json.dumps(engine.dsn())}",
        "",
    ]
    if engine.authority:
        lines.insert(1, f"TLS: clients trust {engine.authority} (sslrootcert)")
    return "\n".join([*lines, "Ctrl-C ends it."])


def _as_json(engine: LocalDsql) -> str:
    told = {
        "schema_version": 1,
        "as_of": engine.target.as_of.isoformat(),
        "host": engine.host,
        "port": engine.port,
        "database": engine.database,
        "user": engine.environment()["PGUSER"],
        "dsn": engine.dsn(),
        "url": engine.url(),
        "sslrootcert": str(engine.authority) if engine.authority else None,
        "environment": engine.environment(),
    }
    return json.dumps(told, sort_keys=True)


def _psql() -> str:
    """The system's own knows the terminal better than the one that comes with the embedded server."""
    from dsql_migrate.engine.postgres.binaries import VARIABLE, find_client

    own = None if os.environ.get(VARIABLE) else shutil.which("psql")
    return own or str(find_client("psql"))


def _run(words: Sequence[str], environment: dict[str, str]) -> int:
    """Run a program to its end; the exit code a shell would show. Raises Failure where it cannot be started."""
    rest = {name: value for name, value in os.environ.items() if name not in _OF_OTHER_SERVERS}
    children: list[subprocess.Popen[bytes]] = []
    with _passed_on(children):
        try:
            children.append(subprocess.Popen(words, env=rest | environment))
        except OSError as error:
            raise Failure(f"cannot run {words[0]}: {error.strerror or error}") from None
        code = children[0].wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _passed_on(children: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Signals are the program's while it runs. Ctrl-C on a terminal reaches it anyhow, for it is of our group."""

    def hand_on(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty():
            return
        for child in children:
            child.send_signal(number)

    names = [name for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
             if signal.getsignal(name) is not signal.SIG_IGN]  # fmt: skip
    before = {name: signal.signal(name, hand_on) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
