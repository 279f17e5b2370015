"""Running the rewrite on a case folder, and what a bundle comes to in files that people read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dsql_migrate.rewrite.decisions import CHOICES, Decisions
from dsql_migrate.rewrite.run import rewrite
from dsql_migrate.target import Target, load_target

PROJECT = Path(__file__).resolve().parents[1]
CASES = Path(__file__).parent / "rewrite" / "cases"
SQL_FILES = ("pre-data.sql", "data.sql", "post-data.sql")
HEAD_LINES = 3  # two remarks and SET client_encoding: the same in every bundle but for the day


@dataclass(frozen=True, slots=True)
class Options:
    """What a case's options.txt says, in the words of the command line."""

    as_of: date | None
    decisions: Decisions


def cases() -> list[Path]:
    """Every case folder, by name."""
    return sorted(path.parent for path in CASES.glob("*/source.sql"))


def options_of(case: Path) -> Options:
    parser = argparse.ArgumentParser()
    parser.add_argument("--as-of", type=date.fromisoformat)
    for key in CHOICES:
        parser.add_argument(f"--{key}")
    parser.add_argument("--no-remarks", action="store_false", dest="remarks")
    path = case / "options.txt"
    given = parser.parse_args(path.read_text("utf-8").split() if path.exists() else [])
    chosen = {key: value for key, value in vars(given).items() if key != "as_of"}
    return Options(given.as_of, Decisions.of(**chosen))


def run_case(case: Path, out: Path) -> dict[str, str]:
    """File name -> content for all that a case folder expects; files that hold nothing but their head are left out."""
    options = options_of(case)
    rewrite(str(case / "source.sql"), out, as_of=options.as_of, decisions=options.decisions)
    found = {name: body(out / name) for name in SQL_FILES}
    return {name: text for name, text in found.items() if text} | {"ledger.txt": ledger_text(out)}


def body(path: Path) -> str:
    """A file of a bundle without its head."""
    lines = path.read_bytes().decode("utf-8", "surrogateescape").splitlines(keepends=True)
    return "".join(lines[HEAD_LINES:]).lstrip("\n")


def ledger_text(bundle: Path) -> str:
    """One line an entry, in the order of the source: disposition kind name rule — reason."""
    entries = sorted(ledger(bundle)["entries"], key=lambda e: (e["line"], e["id"]))
    return "".join(f"{line(entry)}\n" for entry in entries)


def line(entry: dict[str, Any]) -> str:
    rule = f" {entry['rule']}" if entry["rule"] else ""
    reason = f" — {entry['reason']}" if entry["reason"] else ""
    return f"{entry['disposition']} {entry['kind']} {entry['name']}{rule}{reason}"


def ledger(bundle: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((bundle / "ledger.json").read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Bundle:
    """One source and the folder its bundle is in."""

    name: str
    source: Path
    folder: Path
    as_of: date | None
    decisions: Decisions

    @property
    def target(self) -> Target:
        return load_target(self.as_of)

    def text(self, file: str) -> bytes:
        return (self.folder / file).read_bytes()


def dumps(corpus: Path) -> Iterator[tuple[str, Path]]:
    """(name, file) of each dump of the corpus; folders of migrations (mig-…) are for lint."""
    for file in sorted(corpus.glob("*/*.sql")):
        if not file.parent.name.startswith("mig-"):
            yield f"{file.parent.name}-{file.stem}", file
