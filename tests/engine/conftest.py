"""One engine for all tests that connect to it, and a database of its own for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsql_migrate.engine.local import Database, LocalDsql


@pytest.fixture(scope="session")
def dsql_server() -> Iterator[LocalDsql]:
    """A running engine, on the newest day that the data cover."""
    with LocalDsql() as engine:
        yield engine


@pytest.fixture
def dsql(dsql_server: LocalDsql) -> Iterator[Database]:
    """A fresh database on it."""
    name = dsql_server.new_database()
    yield Database(dsql_server, name)
    dsql_server.drop_database(name)
