"""``python -m dsql_migrate`` is the command line."""

from __future__ import annotations

import subprocess
import sys


def test_the_module_runs_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dsql_migrate", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: dsql-migrate ")
