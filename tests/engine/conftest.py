"""What the tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.rawclient import RawClient

from dsql_migrate.engine.local import Database


@pytest.fixture
def raw(dsql: Database) -> Iterator[RawClient]:
    """A connection to a fresh database of the engine that speaks the protocol byte by byte."""
    with RawClient(dsql.host, dsql.port, dsql.database) as client:
        yield client
