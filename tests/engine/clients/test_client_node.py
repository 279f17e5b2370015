"""node-postgres, Knex, postgres.js and Drizzle, from the npm registry: ``node/*.mjs`` are the examples."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from client_endpoint import Endpoint

pytestmark = pytest.mark.server

_PACKAGES = (
    "pg@8.23.1",
    "pg-cursor@2.22.0",
    "pg-copy-streams@7.0.0",
    "pg-query-stream@4.17.0",
    "knex@3.3.0",
    "postgres@3.4.9",
    "drizzle-orm@0.45.4",
)
_EXAMPLES = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def packages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages in node_modules; kept in pytest's cache. Skips where they cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    cache = getattr(request.config, "cache", None)
    folder = Path(cache.mkdir("node-clients")) if cache else tmp_path_factory.mktemp("node-clients")
    done = folder / "installed"
    if not done.is_file() or done.read_text() != " ".join(_PACKAGES):
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder), *_PACKAGES]
        try:
            made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip("npm install did not end within two minutes: no network?")
        if made.returncode:
            pytest.skip(f"npm install failed: {made.stderr[-300:]}")
        done.write_text(" ".join(_PACKAGES))
    return folder


def run(example: str, packages: Path, endpoint: Endpoint) -> list[str]:
    """Run an example beside its packages; returns the parts that it has done."""
    program = packages / example
    shutil.copyfile(_EXAMPLES / example, program)
    told = os.environ | endpoint.variables
    made = subprocess.run(["node", program], env=told, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout.split()


def test_node_postgres(packages: Path, endpoint: Endpoint) -> None:
    assert run("pg.mjs", packages, endpoint) == ["types", "statements", "copies", "transactions", "endings"]


def test_knex(packages: Path, endpoint: Endpoint) -> None:
    assert run("knex.mjs", packages, endpoint) == ["schema", "rows", "transactions", "migrations"]


def test_postgres_js_and_drizzle(packages: Path, endpoint: Endpoint) -> None:
    assert run("drizzle.mjs", packages, endpoint) == ["driver", "refusals", "mapper"]
