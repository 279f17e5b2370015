"""The engine against the answers of a real cluster: every probe of the record that one session can ask."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dsql_migrate.engine.endpoint import DsqlError, Result
from dsql_migrate.engine.server import Server
from dsql_migrate.engine.session import EngineSession
from dsql_migrate.target import load_target

RECORD = (
    Path(os.environ.get("DSQL_MIGRATE_CONFORMANCE") or Path(__file__).resolve().parents[3] / "shared" / "conformance")
    / "cluster-record.json"
)
GAPS = {
    "environment/env_current_database": "whoever starts the engine names the database",
}


def _probes() -> list[Any]:
    if not RECORD.is_file():
        return []
    found = []
    for probe in json.loads(RECORD.read_text())["probes"]:
        if len({step["session"] for step in probe["steps"]}) > 1:
            continue  # two sessions at once: optimistic concurrency control is another matter
        gap = GAPS.get(probe["id"])
        marks = [pytest.mark.xfail(reason=gap, strict=True)] if gap else []
        found.append(pytest.param(probe, id=probe["id"], marks=marks))
    return found


@pytest.fixture(scope="module")
def dsn(server: Server) -> Iterator[str]:
    yield server.create_database("postgres_probe")
    server.drop_database("postgres_probe")


@pytest.fixture
def session(dsn: str) -> Iterator[EngineSession]:
    one = EngineSession(dsn, load_target())
    with psycopg.connect(dsn, autocommit=True) as superuser:
        superuser.execute("DROP SCHEMA IF EXISTS baseline_schema CASCADE")
        superuser.execute("DROP SCHEMA public CASCADE")
        superuser.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
    yield one
    one.close()


@pytest.mark.server
@pytest.mark.parametrize("probe", _probes())
def test_answers_as_the_cluster_did(probe: dict[str, Any], session: EngineSession, conformance: Path) -> None:
    for statement in probe.get("setup", ()):
        session.execute(statement)
    for step in probe["steps"]:
        expected = step["expect"]
        if not expected["ok"]:
            with pytest.raises(DsqlError) as refused:
                session.run(step["sql"])
            assert (refused.value.sqlstate, refused.value.message) == (expected["sqlstate"], expected["message"])
            continue
        results = session.run(step["sql"])
        wanted = expected.get("results") or [expected]
        assert len(results) == len(wanted)
        for result, want in zip(results, wanted, strict=True):
            _compare(result, want, bool(probe.get("ignore_rows")))


def _compare(result: Result, want: dict[str, Any], ignore_rows: bool) -> None:
    if "columns" in want:
        assert list(result.columns) == want["columns"]
    if ignore_rows:
        return
    if want.get("tag"):
        assert result.tag == want["tag"]
    if "columns" in want:
        rows = want.get("rows", [])
        assert len(result.rows) == len(rows)
        for ours, theirs in zip(result.rows, rows, strict=True):
            assert all(shown in _forms(value) for value, shown in zip(ours, theirs, strict=True)), (ours, theirs)


def _forms(value: str | None) -> set[str]:
    """How the recorder may have printed a value: it decoded booleans, arrays, rows, uuids and inets."""
    if value is None:
        return {"NULL"}
    forms = {value, {"t": "true", "f": "false"}.get(value, value), f"{value}/32"}
    if value[:1] in ("{", "("):
        forms.add("[" + value[1:-1].replace(",", " ") + "]")
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        forms.add("[" + " ".join(str(byte) for byte in uuid.UUID(value).bytes) + "]")
    return forms


def test_every_gap_is_a_probe(conformance: Path) -> None:
    names = {probe["id"] for probe in json.loads((conformance / "cluster-record.json").read_text())["probes"]}
    assert set(GAPS) <= names
