"""What every test may ask for: the project's folder, the collections of real dumps, a running server."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from dsql_migrate.engine.postgres.server import Server

# The plugin is there by itself once the project is installed; these tests run in a bare checkout too.
pytest_plugins = ["dsql_migrate.engine.pytest_plugin", "pytester"]

# The same examples in every run, so one that fails can be run again. `pytest --hypothesis-profile=search` draws others.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeatable")

PROJECT = Path(__file__).resolve().parent.parent


# A run in the background of a shell ignores Ctrl-C, and so would the programs that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-cases", action="store_true", help="write what came out as what is expected")


@pytest.fixture
def update_cases(request: pytest.FixtureRequest) -> bool:
    """True where expectations are to be rewritten; the difference is then read by a person."""
    return bool(request.config.getoption("--update-cases"))


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def demo(project: Path) -> Path:
    """The bundled dump of the demo shop; fixtures/demo/README.md says what it holds."""
    return project / "fixtures" / "demo" / "shop.sql"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """A folder of real dumps, one folder each, that others wrote; skips where there is none."""
    return _collection("DSQL_MIGRATE_CORPUS", "corpus")


@pytest.fixture(scope="session")
def conformance() -> Path:
    """A record of what a real DSQL cluster accepted and refused; skips where there is none."""
    return _collection("DSQL_MIGRATE_CONFORMANCE", "conformance")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """An embedded PostgreSQL, started once for all tests; each test makes a database of its own on it."""
    with Server() as running:
        yield running


def _collection(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable) or PROJECT.parent / "shared" / name)
    if not folder.is_dir():
        pytest.skip(f"no {name} here: {variable} names its folder")
    return folder
