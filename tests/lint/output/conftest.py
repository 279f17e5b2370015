"""Results to write: of a text that is linted, and one whose every word is hostile."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dsql_migrate.lint import Edit, Finding, Fix, Result, lint_paths
from dsql_migrate.lint.result import Skipped
from dsql_migrate.target import load_target

HOSTILE = "a|b `c` ]]> <b>&amp; \x1b[2J\u202e::error::x %0A\r\n##[debug] @all #1 [l](http://e.org) $x$ \x00\ud800 \\ 😀"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a working directory of its own, to which paths are relative."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def linted() -> Callable[..., Result]:
    """Writes a text to a file of the working directory, to the byte, and lints it."""

    def run(text: str, name: str = "a.sql") -> Result:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(text.encode("utf-8"))
        return lint_paths([name])

    return run


@pytest.fixture
def hostile() -> Result:
    """An error, a warning and advice whose path, message, object, help and answer could break any format."""
    findings = [
        Finding(
            path=f"db/{HOSTILE}.sql".replace("\x00", ""),
            line=number,
            column=2,
            end_line=number,
            end_column=5,
            start=0,
            end=3,
            code="DSQL101",
            name="column-type",
            severity=severity,
            message=HOSTILE,
            sqlstate="0A000",
            server_message=HOSTILE,
            help=HOSTILE,
            since=None,
            object=HOSTILE,
            fix=Fix("safe", (Edit(0, 3, HOSTILE),)),
            frame=HOSTILE,
        )
        for number, severity in enumerate(("error", "warning", "info"), 1)
    ]
    skipped = Skipped(f"{HOSTILE}.dump".replace("\x00", ""), HOSTILE)
    return Result(tuple(findings), (findings[0].path,), (skipped,), load_target(), notes=(HOSTILE,), suppressed=2)
