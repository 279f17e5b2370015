"""INPUT and the options that say what it is: shared by ``migrate`` and ``rewrite``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dsql_migrate.cli.options import F

if TYPE_CHECKING:
    from dsql_migrate.inputs import Given

_SHOWN = 5  # names in a message
_OF_LIVE = ("schema_only", "table", "exclude_table", "schema", "exclude_table_data", "keep_dump")


def inputs(command: F) -> F:
    """INPUT, and what may stand in its place."""

    def pattern(name: str, words: str) -> Any:
        return click.option(name, multiple=True, metavar="PATTERN", help=f"With --dsn: {words} Repeatable.")

    for option in reversed(
        (
            click.argument("path", metavar="[INPUT]", required=False),
            click.option(
                "--dialect",
                type=click.Choice(["postgresql", "mysql", "mariadb"]),
                default="postgresql",
                show_default=True,
                help="The database whose dump INPUT is.",
            ),
            click.option(
                "--framework",
                metavar="NAME",
                default="auto",
                help="INPUT is a folder or a file of this migration tool's (see `lint`); else it is found out.",
            ),
            click.option(
                "--dsn",
                help="Dump this live PostgreSQL with pg_dump and take that in place of INPUT. Put the password into "
                "PGPASSWORD or a password file.",
            ),
            click.option("--schema-only", is_flag=True, help="With --dsn: no rows."),
            pattern("--table", "only tables that match, without what they rest on, as pg_dump has it."),
            pattern("--exclude-table", "no tables that match."),
            pattern("--schema", "only schemas that match."),
            pattern("--exclude-table-data", "no rows of tables that match."),
            click.option(
                "--keep-dump",
                type=click.Path(path_type=Path, dir_okay=False),
                metavar="FILE",
                help="With --dsn: leave the dump here, so that `verify` can be run again.",
            ),
        )
    ):
        command = option(command)
    return command


def given(path: str | None, chosen: dict[str, Any]) -> Given:
    """The input as these options have it; they are taken out of ``chosen``. Raises click.UsageError."""
    from dsql_migrate.inputs import Given, Live

    dsn, framework, dialect = chosen.pop("dsn"), chosen.pop("framework"), chosen.pop("dialect")
    if dialect != "postgresql" and (dsn is not None or framework != "auto"):
        raise click.UsageError(f"--dialect {dialect} is for a dump: it goes with neither --dsn nor --framework")
    live = {name: chosen.pop(name) for name in _OF_LIVE}
    if dsn is None:
        used = next((name for name, value in live.items() if value), None)
        if used is not None:
            raise click.UsageError(f"--{used.replace('_', '-')} needs --dsn: it says what pg_dump dumps")
        if path is None:
            raise click.UsageError("name an INPUT, or a live database with --dsn")
        return Given(path, framework=framework, dialect="mysql" if dialect == "mariadb" else dialect)
    if path is not None:
        raise click.UsageError(f"both INPUT ({path}) and --dsn: give one of them")
    return Given(
        live=Live(
            dsn,
            live["schema_only"],
            live["table"],
            live["exclude_table"],
            live["schema"],
            live["exclude_table_data"],
            live["keep_dump"],
        )
    )


def left_out(about: Mapping[str, object]) -> str | None:
    """What a person is told of the files that are no migrations; None where there are none."""
    names = about.get("not_read")
    if not isinstance(names, list) or not names:
        return None
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
    what = "file is no migration" if len(names) == 1 else "files are no migrations"
    return f"{len(names):,} {what} of {about['tool']} and not read: {shown}"
