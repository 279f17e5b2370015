"""Law: the same input gives the same bytes, whatever order Python's sets and dicts have in this run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bundles import Bundle

from dsql_migrate.rewrite.run import rewrite


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_two_runs_are_equal(bundle: Bundle, tmp_path: Path) -> None:
    if bundle.source.stat().st_size > 400_000:
        pytest.skip("a long one is no better a test")
    rewrite(str(bundle.source), tmp_path / "again", as_of=bundle.as_of, decisions=bundle.decisions)
    assert files(tmp_path / "again") == files(bundle.folder)


def test_runs_with_other_hash_seeds_are_equal(demo: Path, tmp_path: Path) -> None:
    """Sets of strings have another order under another seed."""
    script = "import sys, pathlib, dsql_migrate.rewrite.run as run; run.rewrite(sys.argv[1], pathlib.Path(sys.argv[2]))"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, str(demo), str(tmp_path / seed)], env=environment, check=True)
    assert files(tmp_path / "1") == files(tmp_path / "2")
