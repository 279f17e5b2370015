"""What the tests of TypeScript stubs ask for: npm packages, kept in pytest's cache, and a node process beside them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from node_cases import Node, install, started


@pytest.fixture(scope="session")
def npm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with node_modules; skips where npm has none. Each worker of a run has its own."""
    cache = getattr(request.config, "cache", None)
    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    return install(Path(cache.mkdir(f"node-stubs{worker}")) if cache else tmp_path_factory.mktemp("node-stubs"))


@pytest.fixture(scope="module")
def node(npm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(npm / "node_modules")
    yield from started(folder)
