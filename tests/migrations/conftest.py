"""Projects of migration tools made in a folder of their own, and what a lint run says of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsql_migrate.lint import lint_paths
from dsql_migrate.lint.options import Options
from dsql_migrate.lint.result import Result


class Folder:
    """A folder of files, given as {path: text}."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, files: dict[str, str | bytes]) -> "Folder":
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def lint(self, *names: str, **options: Any) -> Result:
        options.setdefault("ignore", ("ddl-and-history",))  # of nearly every file; test_recording.py has it
        return lint_paths([str(self.root / name) for name in names or ("",)], options=Options(**options))

    def order(self, *names: str, **options: Any) -> list[str]:
        """The files that were looked at, in order, relative to the folder."""
        return [str(Path(file).relative_to(self.root)) for file in self.lint(*names, **options).files]

    def found(self, *names: str, **options: Any) -> list[tuple[str, int, int, str]]:
        """(file, line, column, code) of the findings on transactions and the schema, in order."""
        return [
            (str(Path(f.path).relative_to(self.root)), f.line, f.column, f.code)
            for f in self.lint(*names, **options).findings
        ]

    def codes(self, *names: str, **options: Any) -> list[str]:
        return [finding.code for finding in self.lint(*names, **options).findings]

    def tool(self, *names: str, **options: Any) -> list[str]:
        """``title: evidence`` of each run."""
        return [f"{run.title}: {run.evidence}" for run in self.lint(*names, **options).runs]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[dict[str, str | bytes]], Folder]:
    """Make a folder of {path: text}."""
    (tmp_path / ".git").mkdir()  # nothing above it has a say
    return Folder(tmp_path).write
