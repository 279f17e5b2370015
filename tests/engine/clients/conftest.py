"""One engine with TLS for all tests of clients, as DSQL demands TLS; a database for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from client_endpoint import Endpoint

from dsql_migrate.engine.local import LocalDsql


@pytest.fixture(scope="session")
def engine_with_tls() -> Iterator[LocalDsql]:
    with LocalDsql(tls=True) as engine:
        yield engine


@pytest.fixture
def endpoint(engine_with_tls: LocalDsql) -> Iterator[Endpoint]:
    """A new database of the engine, and how to reach it."""
    assert engine_with_tls.authority is not None
    database = engine_with_tls.new_database()
    yield Endpoint(engine_with_tls.port, database, engine_with_tls.authority)
    engine_with_tls.drop_database(database)
