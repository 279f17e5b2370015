"""``dsql-migrate demo``: the main job on a dump that comes with the tool."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from dsql_migrate.cli.options import as_of


@click.command("demo", short_help="The main job on a bundled dump.")
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(path_type=Path),
    default=Path("demo-out"),
    show_default=True,
    help="Where the bundle goes.",
)
@as_of
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def command(out: Path, as_of: date | None, quiet: bool) -> None:
    """Run the main job on the dump of a small shop: keys, an enum, a trigger, partitions, views, rows.

    The bundle of an earlier demo in the same place is replaced.
    """
    from dsql_migrate.cli.migrate import run

    dump = fixture()
    if not quiet:
        click.echo(f"dsql-migrate migrate {dump} -o {out}", err=True)
    run(str(dump), out, force=True, as_of=as_of, quiet=quiet, json=False, color=True, chosen={})


def fixture() -> Path:
    """The bundled dump: in the package where it is installed, in fixtures/ of a checkout. Raises Failure."""
    from dsql_migrate.errors import Failure

    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_fixtures" / "demo", package.parent / "fixtures" / "demo"):
        if (folder / "shop.sql").is_file():
            return folder / "shop.sql"
    raise Failure("the demo's dump is missing", hint="install dsql-migrate again")
