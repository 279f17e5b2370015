"""SQL files run in a database of the engine, as the schema that tests start from."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dsql_migrate.apply.journal import Journal
from dsql_migrate.apply.retry import Retry
from dsql_migrate.apply.run import InDoubt, Refused, Run, head
from dsql_migrate.apply.steps import scripts, steps
from dsql_migrate.engine.endpoint import ConnectionLost, PsycopgEndpoint
from dsql_migrate.errors import Failure
from dsql_migrate.source.open import open_source

if TYPE_CHECKING:
    from dsql_migrate.engine.local import LocalDsql

_PATIENT = Retry(attempts=100, base=0.001, cap=0.05)  # an engine with chaos refuses many a COMMIT


def make_template(engine: LocalDsql, paths: Sequence[Path]) -> str:
    """Make a database with the schema of the files, for others to be copies of; returns its name.

    ``paths``: SQL files, bundles, and other folders whose ``*.sql`` are taken in the order of their names, 2 before 10.
    Raises Failure, which names file, line and the engine's answer.
    """
    name = engine.new_database()
    apply_files(engine, name, list(_files(paths)))
    engine.freeze(name)
    return name


def apply_files(engine: LocalDsql, database: str, files: Sequence[Path]) -> None:
    """Run SQL files as psql would: one statement a transaction, COPY data included; jobs are waited for.

    Raises Failure, which names file, line and the engine's answer.
    """
    try:
        endpoint = PsycopgEndpoint(engine.dsn(database))
    except ConnectionLost as error:
        raise Failure(f"cannot connect to the engine: {error}") from None
    with contextlib.closing(endpoint):
        run = Run(endpoint, Journal(), _PATIENT, InDoubt.ASK)
        for number, file in enumerate(files):
            run.new_session()
            with open_source(file) as source:
                for step in steps(source, f"{number}:{file}"):
                    try:
                        run.apply(step, source)
                    except Refused as refused:
                        answer = f"{refused.error.sqlstate}: {refused.error.message}"
                        raise Failure(f"{file}:{refused.line}: {answer}", head(refused.step.sql)) from None


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if (path / "pre-data.sql").is_file():
            yield from scripts(path)
        elif path.is_dir():
            yield from sorted(path.glob("*.sql"), key=_natural)
        elif path.is_file():
            yield path
        else:
            raise Failure(f"no such file: {path}")


def _natural(path: Path) -> list[tuple[int, str]]:
    """Numbers by their value, so that V2 comes before V10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", path.name)]
