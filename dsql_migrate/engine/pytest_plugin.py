"""Fixtures for the tests of your project: ``def test_x(dsql): …`` runs on a local DSQL. pytest finds them by itself.

Nothing of the engine is loaded before a fixture is asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dsql_migrate.engine.local import Database, LocalDsql


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings of the fixtures: in the configuration file, and on the command line."""
    group = parser.getgroup("dsql", "a local Aurora DSQL")
    group.addoption(
        "--dsql-chaos",
        type=_probability,
        default=0.0,
        metavar="P",
        help="let transactions fail at COMMIT with 40001, each with this probability",
    )
    parser.addini("dsql_as_of", "the day, YYYY-MM-DD: fixtures behave as DSQL did then (default: the newest known)")
    parser.addini("dsql_schema", "SQL files, or folders of them, run in each fresh database", type="paths", default=[])


@pytest.fixture(scope="session")
def dsql_server(request: pytest.FixtureRequest) -> Iterator[LocalDsql]:
    """The engine all tests of a run (with pytest-xdist: of a worker) share. Starting it takes about half a second."""
    from dsql_migrate.engine.local import LocalDsql

    with _plainly():
        engine = LocalDsql(_day(request.config), chaos=request.config.getoption("--dsql-chaos"))
    with engine:
        yield engine


@pytest.fixture(scope="session")
def dsql_template(request: pytest.FixtureRequest, dsql_server: LocalDsql) -> str | None:
    """The database that the fresh ones are copies of: made once, of the files of ``dsql_schema``; None without."""
    files = request.config.getini("dsql_schema")
    if not files:
        return None
    from dsql_migrate.engine.databases.schema_files import make_template

    with _plainly():
        return make_template(dsql_server, files)


@pytest.fixture
def dsql(dsql_server: LocalDsql, dsql_template: str | None) -> Iterator[Database]:
    """A database of the test's own: ``connect()``, ``dsn``, ``url``, ``environment``, ``host``, ``port``."""
    from dsql_migrate.engine.local import Database

    with _plainly():
        fresh = Database(dsql_server, dsql_server.new_database(dsql_template))
    yield fresh
    with _plainly():
        dsql_server.drop_database(fresh.database)


@contextlib.contextmanager
def _plainly() -> Iterator[None]:
    """What cannot be done is told in a line or two; the way through this package's code helps nobody."""
    from dsql_migrate.errors import Failure

    try:
        yield
    except Failure as failure:
        pytest.fail("\n".join(filter(None, (f"dsql: {failure.message}", failure.hint))), pytrace=False)


def _probability(text: str) -> float:
    value = float(text)  # pytest says what is wrong where this is no number
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _day(config: pytest.Config) -> date | None:
    text = str(config.getini("dsql_as_of") or "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise pytest.UsageError(f"dsql_as_of is a day such as 2026-09-15, not {text!r}") from None
