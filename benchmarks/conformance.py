"""Hold `lint` and dsql-lint against what an Aurora DSQL cluster answered, and write docs/conformance.md.

DSQL_MIGRATE_CONFORMANCE names the folder of recorded answers: cluster-record.json, and the SQL fixtures of dsql-lint
under dsql-lint/tests. The exit code is 0 where `lint` misses nothing that the text shows and calls nothing an error
that the cluster took.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dsql_migrate.lint import Finding, lint_source, load_rules
from dsql_migrate.lint.context import TransactionState
from dsql_migrate.lint.rule import ready
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.open import source_of
from dsql_migrate.target import Target, load_target

PROJECT = Path(__file__).resolve().parent.parent
# What no text shows: SQLSTATE -> what it depends on.
AT_RUN_TIME = {
    "40001": "another session's transaction",
    "25P02": "whether the statement before has failed",
    "23503": "the rows that are there",
    "23514": "the rows that are there",
    "55000": "whether a background job has ended",
    "22P02": "which background jobs there are",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One statement (or one query of several) and what a cluster answered; `given` is what had run before."""

    group: str
    name: str
    sql: str
    given: str
    day: str
    simple: bool
    sqlstate: str | None = None
    message: str | None = None

    @property
    def accepted(self) -> bool:
        return self.sqlstate is None


@dataclass(slots=True)
class Score:
    """How one linter did in one group."""

    found: int = 0
    missed: int = 0
    clean: int = 0
    alarms: int = 0
    worded: int = 0  # found, and with the SQLSTATE and the message of the cluster
    wrong: list[str] = field(default_factory=list)


def recorded(record: dict[str, Any]) -> Iterator[Case]:
    """Every step of the probes with one session, apart from those that depend on more than text."""
    for probe in record["probes"]:
        if len({step["session"] for step in probe["steps"]}) > 1:
            continue
        group, _, _ = probe["id"].partition("/")
        given = "".join(f"{sql};\n" for sql in probe.get("setup", ()))
        for step in probe["steps"]:
            expect = step["expect"]
            yield Case(
                group=group,
                name=probe["id"],
                sql=step["sql"],
                given=given,
                day=record["recorded"][group][:10],
                simple=step["protocol"] == "simple",
                sqlstate=None if expect["ok"] else expect["sqlstate"],
                message=None if expect["ok"] else expect["message"],
            )
            if expect["ok"]:
                given += step["sql"] + ";\n"


def executed(folder: Path, day: str) -> Iterator[Case]:
    """The fixtures of dsql-lint that its own tests run on a cluster, which has to take them."""
    for name in ("clean_statements", "supported_types"):
        text = (folder / "dsql-lint/tests/grammar_corpus/in_tree" / f"{name}.sql").read_text("utf-8")
        for number, part in enumerate(text.split("\n\n")):
            if part.strip():
                yield Case(f"dsql-lint: {name}", f"{name} {number}", part, "", day, simple=False)


@cache
def _on(day: str) -> tuple[Target, Any]:
    target = load_target(date.fromisoformat(day))
    return target, ready(load_rules(), target)


def lint(case: Case) -> list[Finding]:
    """What `lint` finds in the case: errors, and warnings that name what DSQL answers."""
    target, rules = _on(case.day)
    if case.simple:
        catalogue = Catalogue()
        with source_of(case.given.encode()) as source:
            lint_source(source, target, rules, catalogue=catalogue)
        query = TransactionState.around("query", None)
        with source_of(case.sql.encode()) as source:
            found = lint_source(source, target, rules, catalogue=catalogue, transaction=query)
    else:
        text = f"{case.given}{case.sql}".encode()
        with source_of(text) as source:
            found = [f for f in lint_source(source, target, rules) if f.start >= len(case.given.encode())]
    return [f for f in found if f.severity == "error" or (f.severity == "warning" and f.sqlstate)]


def other(program: Path, case: Case) -> list[str]:
    """The rules of dsql-lint that speak of the case: what it says more than of what had run before.

    It knows no dates and no connections, and may point at the BEGIN of a transaction.
    """
    end = "" if case.sql.rstrip().endswith(";") else ";"
    before, after = _said(program, case.given), _said(program, f"{case.given}{case.sql}{end}\n")
    return list((Counter(after) - Counter(before)).elements())


@cache
def _said(program: Path, sql: str) -> tuple[str, ...]:
    if not sql:
        return ()
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf-8") as script:
        script.write(sql)
        script.flush()
        command = [str(program), "--format", "json", script.name]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
    if not said.stdout.strip():
        return () if said.returncode == 0 else ("parse_error",)
    return tuple(d["rule"] for file in json.loads(said.stdout)["files"] for d in file["diagnostics"])


def measure(cases: Sequence[Case], program: Path | None) -> tuple[dict[str, Score], dict[str, Score]]:
    """The scores of both linters, by group."""
    ours: dict[str, Score] = {}
    theirs: dict[str, Score] = {}
    for case in cases:
        findings = lint(case)
        score = ours.setdefault(case.group, Score())
        hard = [f.code for f in findings if f.severity == "error"]
        _enter(score, case, [f.code for f in findings] if not case.accepted else hard)
        told = {(f.sqlstate, f.server_message) for f in findings}
        score.worded += not case.accepted and (case.sqlstate, case.message) in told
        if program is not None:
            _enter(theirs.setdefault(case.group, Score()), case, other(program, case))
    return ours, theirs


def _enter(score: Score, case: Case, rules: Sequence[str]) -> None:
    statement = " ".join(case.sql.split())
    if case.accepted:
        score.alarms += bool(rules)
        score.clean += not rules
        if rules:
            score.wrong.append(f"false alarm ({', '.join(sorted(set(rules)))}): `{statement[:110]}`")
    else:
        score.found += bool(rules)
        score.missed += not rules
        if not rules:
            score.wrong.append(f"missed ({case.sqlstate} {case.message}): `{statement[:110]}`")


def page(cases: Sequence[Case], left: Sequence[Case], ours: dict[str, Score], theirs: dict[str, Score]) -> str:
    """The page in Markdown."""
    try:
        named = f"dsql-lint {version('dsql-lint')}"
    except PackageNotFoundError:
        named = "dsql-lint"
    refused = sum(not case.accepted for case in cases)
    lines = [
        "# What a cluster answered",
        "",
        f"{len(cases)} statements whose answer by an Aurora DSQL cluster is known: {len(cases) - refused} that it "
        f"took, {refused} that it refused. Most were recorded in September 2026 "
        "([dsql-emulator](https://github.com/Dreamescaper/dsql-emulator), MIT); two groups are fixtures that "
        "dsql-lint's own tests run on a cluster (MIT-0). Each is linted behind what had run before it, as of the day "
        "of the record; several statements in one query make one transaction.",
        "",
        "A refusal counts as found where an error, or a warning that names the answer, stands in the statement; a "
        "false alarm is an error in a statement that the cluster took. *Worded*: the finding has the SQLSTATE and the "
        f"message that the cluster gave, word for word. {named} knows no dates, no connections and no SQLSTATE; its "
        "parse errors count as found.",
        "",
        "`make conformance` writes this page.",
        "",
        "## Confusion matrix",
        "",
        "| | refused: found | refused: missed | taken: clean | taken: false alarm | worded |",
        "|---|---:|---:|---:|---:|---:|",
        _row("dsql-migrate lint", ours.values(), worded=True),
    ]
    if theirs:
        lines.append(_row(named, theirs.values(), worded=False))
    head = f"| group | taken | refused | found | worded | false alarms | {named}: found | false alarms |"
    lines += ["", "## By group", "", head]
    lines.append("|---|---:|---:|---:|---:|---:|---:|---:|")
    for group in ours:
        a, b = ours[group], theirs.get(group)
        beside = f"{b.found} | {b.alarms}" if b else "– | –"
        taken, refused = a.clean + a.alarms, a.found + a.missed
        lines.append(f"| {group} | {taken} | {refused} | {a.found} | {a.worded} | {a.alarms} | {beside} |")
    for title, scores in (("dsql-migrate lint", ours), (named, theirs)):
        wrong = [entry for score in scores.values() for entry in score.wrong]
        lines += ["", f"## What {title} gets wrong", ""]
        lines += [f"- {entry}" for entry in wrong] or ["Nothing." if scores else "Not installed here."]
    lines += ["", "## Left out", "", "Refusals that no text shows, with what they depend on:", ""]
    for (name, reason), count in sorted(Counter((c.name, AT_RUN_TIME[str(c.sqlstate)]) for c in left).items()):
        lines.append(f"- {name}: {reason}" + (f" ({count} statements)" if count > 1 else ""))
    return "\n".join(lines) + "\n"


def _row(title: str, scores: Any, *, worded: bool) -> str:
    found, missed, clean, alarms, exact = (
        sum(getattr(score, name) for score in scores) for name in ("found", "missed", "clean", "alarms", "worded")
    )
    last = f"{exact} of {found}" if worded else "–"
    return f"| {title} | {found} | {missed} | {clean} | {alarms} | {last} |"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = PROJECT.parent / "shared" / "conformance"
    arguments.add_argument("--record", type=Path, default=Path(os.environ.get("DSQL_MIGRATE_CONFORMANCE") or beside))
    arguments.add_argument("--dsql-lint", type=Path, default=Path(sys.executable).parent / "dsql-lint")
    arguments.add_argument("--output", type=Path, help="the page to write; without it, it is printed")
    given = arguments.parse_args()
    path = given.record / "cluster-record.json"
    if not path.is_file():
        raise SystemExit(f"{path} is not there: DSQL_MIGRATE_CONFORMANCE names the folder of recorded answers")
    record = json.loads(path.read_text("utf-8"))
    everything = [*recorded(record), *executed(given.record, str(load_target().newest))]
    left = [case for case in everything if case.sqlstate in AT_RUN_TIME]
    cases = [case for case in everything if case.sqlstate not in AT_RUN_TIME]
    ours, theirs = measure(cases, given.dsql_lint if given.dsql_lint.exists() else None)
    text = page(cases, left, ours, theirs)
    if given.output is None:
        print(text, end="")
    else:
        given.output.write_text(text, encoding="utf-8")
    return 1 if any(score.missed or score.alarms for score in ours.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
