"""pgJDBC: ``java/Shop.java`` is the example, run from its source.

The driver is the jar that DSQL_MIGRATE_PGJDBC names, or Debian's (libpostgresql-jdbc-java, installed or fetched), or
the one that Maven fetches.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from client_endpoint import Endpoint

pytestmark = pytest.mark.server

_EXAMPLE = Path(__file__).parent / "java" / "Shop.java"
_MAVEN = "org.postgresql:postgresql:42.7.7"
_DEBIAN = "libpostgresql-jdbc-java"


@pytest.fixture(scope="session")
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The driver's jar; one that was fetched is kept in pytest's cache. Skips where there is none to be had."""
    if not (shutil.which("java") and shutil.which("javac")):
        pytest.skip("no JDK: java and javac are not both installed")
    cache = getattr(request.config, "cache", None)
    folder = Path(cache.mkdir("jdbc-driver")) if cache else tmp_path_factory.mktemp("jdbc-driver")
    given = os.environ.get("DSQL_MIGRATE_PGJDBC")
    if given:
        return Path(given)
    kept = folder / "postgresql.jar"
    for found in (kept, Path("/usr/share/java/postgresql.jar")):
        if found.is_file():
            return found
    for fetch in (_from_debian, _from_maven):
        fetched = fetch(folder / "fetched")
        if fetched is not None:
            shutil.copyfile(fetched, kept)
            return kept
    pytest.skip("no pgJDBC here, and neither apt-get nor mvn could fetch it; DSQL_MIGRATE_PGJDBC names a jar")


def _from_debian(folder: Path) -> Path | None:
    """Fetch the package without installing it; lists of packages of our own, so that nothing of the system changes."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    for part in ("lists/partial", "archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    own = ["-o", f"Dir::State::Lists={folder}/lists", "-o", f"Dir::Cache={folder}"]
    if not (_ran(folder, "apt-get", *own, "update") and _ran(folder, "apt-get", *own, "download", _DEBIAN)):
        return None
    packages = list(folder.glob("*.deb"))
    if not packages or not _ran(folder, "dpkg-deb", "-x", str(packages[0]), "."):
        return None
    return folder / "usr" / "share" / "java" / "postgresql.jar"


def _from_maven(folder: Path) -> Path | None:
    if not shutil.which("mvn"):
        return None
    repository = folder / "maven"
    if not _ran(folder, "mvn", "-q", f"-Dmaven.repo.local={repository}", "dependency:get", f"-Dartifact={_MAVEN}"):
        return None
    return next(repository.glob("org/postgresql/postgresql/*/postgresql-*.jar"), None)


def _ran(folder: Path, *command: str) -> bool:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def test_jdbc(driver: Path, endpoint: Endpoint) -> None:
    told = os.environ | endpoint.variables
    command = ["java", "-Dfile.encoding=UTF-8", "-XX:TieredStopAtLevel=1", "-cp", str(driver), str(_EXAMPLE)]
    made = subprocess.run(command, env=told, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stdout.split() == ["types", "batches", "metadata", "transactions", "endings"]
