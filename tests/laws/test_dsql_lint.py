"""An oracle from outside: dsql-lint, AWS's linter, finds nothing in the DDL of a bundle but known false alarms."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bundles import PROJECT, Bundle

sys.path.insert(0, str(PROJECT / "benchmarks"))
from corpus import FALSE_ALARMS, ddl_only, named

TOOL = shutil.which("dsql-lint") or str(Path(sys.executable).parent / "dsql-lint")
KNOWN = frozenset(alarm.name for alarm in FALSE_ALARMS)  # each with its evidence there

pytestmark = pytest.mark.skipif(not Path(TOOL).exists(), reason="dsql-lint is not installed")


def alarms(script: bytes, folder: Path) -> list[dict[str, Any]]:
    """What dsql-lint says of a script without its psql lines."""
    path = folder / "ddl.sql"
    path.write_text(ddl_only(script.decode("utf-8")), encoding="utf-8")
    command = [TOOL, "--format", "json", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if not said.stdout.strip():
        assert said.returncode == 0, said.stderr
        return []
    return [d for file in json.loads(said.stdout)["files"] for d in file["diagnostics"]]


@pytest.mark.parametrize("file", ["pre-data.sql", "post-data.sql"])
def test_the_ddl_of_a_bundle(bundle: Bundle, file: str, tmp_path: Path) -> None:
    if bundle.as_of is not None:
        pytest.skip("dsql-lint knows no dates")
    found = [d for d in alarms(bundle.text(file), tmp_path) if named(d) not in KNOWN]
    assert not found, "\n".join(f"{d['line']}: {d['rule']}: {d['message']}: {d['statement_preview']}" for d in found)


def test_it_does_look(tmp_path: Path) -> None:
    """The oracle is awake: it refuses what DSQL refuses."""
    assert [d["rule"] for d in alarms(b"CREATE TABLE t (id serial PRIMARY KEY);", tmp_path)]
