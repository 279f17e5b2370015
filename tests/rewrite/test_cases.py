"""Every folder of ``cases``: its source.sql is rewritten, and the bundle compared with the folder to the byte.

``pytest tests/rewrite --update-cases`` rewrites what is expected; a person then reads the difference.
A case may hold options.txt (the command line's words) and why.md. A file that is not there is expected to be empty.
"""

from pathlib import Path

import pytest
from bundles import SQL_FILES, cases, run_case


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Path, tmp_path: Path, update_cases: bool) -> None:
    found = run_case(case, tmp_path / "out")
    if update_cases:
        for name in (*SQL_FILES, "ledger.txt"):
            path = case / name
            if name in found:
                path.write_text(found[name], encoding="utf-8", newline="")
            else:
                path.unlink(missing_ok=True)
    for name in (*SQL_FILES, "ledger.txt"):
        path = case / name
        expected = path.read_bytes().decode("utf-8") if path.exists() else ""
        assert found.get(name, "") == expected, f"{case.name}/{name}"
