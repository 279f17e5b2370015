"""Databases for the tests of verification: one server for all, a new database for each."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from dsql_migrate.engine.postgres.server import Server

_numbers = itertools.count()


@pytest.fixture
def database(server: Server) -> Iterator[Callable[[], str]]:
    """Makes empty databases; gives the superuser's connection string of each."""
    made: list[str] = []

    def make() -> str:
        made.append(f"verify_{next(_numbers)}")
        return server.create_database(made[-1])

    yield make
    for name in made:
        server.drop_database(name)
