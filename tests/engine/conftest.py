"""What the tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.captured import Client, fresh
from support.rawclient import RawClient

from dsql_migrate.engine.local import Database
from dsql_migrate.engine.postgres.server import Server


@pytest.fixture
def raw(dsql: Database) -> Iterator[RawClient]:
    """A connection to a fresh database of the engine that speaks the protocol byte by byte."""
    with RawClient(dsql.host, dsql.port, dsql.database) as client:
        yield client


@pytest.fixture
def dsn(server: Server) -> Iterator[str]:
    """A fresh database of PostgreSQL with what makes it one of DSQL's, without the gateway before it."""
    with fresh(server) as dsn:
        yield dsn


@pytest.fixture
def client(dsn: str) -> Client:
    """A session there, which hears what the triggers tell."""
    return Client(dsn)
