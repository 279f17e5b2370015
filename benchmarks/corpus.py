"""Run `dsql-migrate migrate` on every real dump of the corpus and write docs/corpus.md.

The corpus is a folder of dumps that other projects published, one folder each; DSQL_MIGRATE_CORPUS names it. Folders of
migrations (their names begin with `mig-`) are for `lint` and left out. The exit code is 0 where every dump ended in 0.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measure import Run, machine, megabytes, run, tool

PROJECT = Path(__file__).resolve().parent.parent
DISPOSITIONS = ("kept", "rewritten", "application", "dropped", "unknown")


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """Something that dsql-lint reports although DSQL accepts it: its rule, the statement, and how we know."""

    name: str
    rule: str
    statement: re.Pattern[str]
    evidence: str
    message: re.Pattern[str] = re.compile("")


FALSE_ALARMS = (
    FalseAlarm(
        "comment-on-function",
        "parse_error",
        re.compile(r"COMMENT ON (FUNCTION|AGGREGATE|PROCEDURE|ROUTINE)\b", re.I),
        "its parser expects IS after the name; PostgreSQL's grammar has the list of argument types there",
    ),
    FalseAlarm(
        "begin-atomic",
        "parse_error",
        re.compile(r"CREATE (OR REPLACE )?FUNCTION\b.*\bBEGIN\b", re.I | re.S),
        "its parser does not know SQL-standard function bodies and cuts them at the first semicolon",
    ),
    FalseAlarm(
        "identity-restart",
        "parse_error",
        re.compile(r"ALTER TABLE\b.*\bRESTART\b", re.I | re.S),
        "its parser does not know ALTER COLUMN … RESTART; the DSQL user guide lists it under ALTER TABLE",
    ),
    FalseAlarm(
        "identity-sequence-name",
        "parse_error",
        re.compile(r"CREATE TABLE\b", re.I),
        "its parser does not know SEQUENCE NAME among an identity column's options; the DSQL user guide lists it",
        re.compile("found: SEQUENCE", re.I),
    ),
    FalseAlarm(
        "domain-without-as",
        "parse_error",
        re.compile(r"CREATE DOMAIN\b", re.I),
        "its parser wants AS before the type; the DSQL user guide has it in brackets under CREATE DOMAIN",
        re.compile("Expected: AS, found"),
    ),
    FalseAlarm(
        "alter-domain",
        "parse_error",
        re.compile(r"ALTER DOMAIN\b", re.I),
        "its parser has no ALTER DOMAIN; the DSQL user guide lists it with OWNER TO",
    ),
    FalseAlarm(
        "default-privileges-on-types",
        "parse_error",
        re.compile(r"ALTER DEFAULT PRIVILEGES\b.*\bTYPES\b", re.I | re.S),
        "its parser takes TABLES and the like; the DSQL user guide has TYPES there too",
    ),
    FalseAlarm(
        "domain-not-null",
        "parse_error",
        re.compile(r"CREATE DOMAIN\b", re.I),
        "its parser takes CHECK only behind the type; the DSQL user guide has NOT NULL and NULL there too",
        re.compile("Expected: end of statement, found: (NOT|NULL)\\b", re.I),
    ),
    FalseAlarm(
        "comment-on-constraint",
        "parse_error",
        re.compile(r"COMMENT ON CONSTRAINT\b", re.I),
        "its parser has no such object; the grammar measured on a cluster has (rules/comments.yaml)",
        re.compile("Expected: comment object_type"),
    ),
    FalseAlarm(
        "comment-in-dollars",
        "parse_error",
        re.compile(r"COMMENT ON\b", re.I),
        "its parser wants a quoted string; to PostgreSQL's grammar a dollar-quoted one is the same token",
        re.compile(r"Expected: literal string, found: \$"),
    ),
)


EXPLAINED = """\
*Rows* are those in COPY blocks and INSERT statements of the dump, *arrived* those counted on the engine after the load
(triggers and queries of the dump can make more). *Tables equal*: tables whose rows are the same on both sides, after
the declared conversions and when they are converted back. *Made*: of these, tables that the dump has no rows for,
proved with rows made for them ([how](verification.md#made-rows)). *Unproved*: what could not be replayed, with the
reason, in the bundle's `verification.json`.
*dsql-lint*: its exit code on the DDL of the bundle. *Memory* is that of dsql-migrate, not of the servers it starts.
"""


@dataclass(slots=True)
class Outcome:
    """What one dump came to. Fields stay empty where the run wrote no bundle."""

    name: str
    run: Run
    ledger: dict[str, Any] = field(default_factory=dict)
    verification: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    """Names of known false alarms of dsql-lint, and its own words for what is not known."""
    lint_code: int | None = None


def dumps(corpus: Path) -> list[tuple[str, Path]]:
    """(name, file) of each dump; the name is that of its folder, with the file's where a folder has several."""
    found = []
    for folder in sorted(path for path in corpus.iterdir() if path.is_dir() and not path.name.startswith("mig-")):
        files = sorted(folder.glob("*.sql"))
        found += [(folder.name if len(files) == 1 else f"{folder.name}/{file.stem}", file) for file in files]
    return found


def ddl_only(script: str) -> str:
    """The DDL of a bundle's file: psql lines, and the waiting for jobs between them, are not for a SQL linter."""
    script = re.sub(r"^\\if\b.*?^\\endif[^\n]*\n", "", script, flags=re.M | re.S)
    script = re.sub(r"^CALL sys\.wait_for_job\b[^\n]*\n", "", script, flags=re.M)
    script = re.sub(r"[ \t]*\\(?:gset|gexec)\b[^\n]*", ";", script)
    return re.sub(r"^\\[^\n]*\n", "", script, flags=re.M)


def lint(bundle: Path) -> tuple[int, list[str]]:
    """dsql-lint's worst exit code on pre-data.sql and post-data.sql, and each alarm by name or in its own words."""
    worst, alarms = 0, []
    for name in ("pre-data.sql", "post-data.sql"):
        path = bundle / name
        if not path.exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / name
            copy.write_text(ddl_only(path.read_text(encoding="utf-8")), encoding="utf-8")
            command = [str(tool("dsql-lint")), "--format", "json", str(copy)]
            said = subprocess.run(command, capture_output=True, text=True, check=False)
        worst = max(worst, said.returncode)
        for file in json.loads(said.stdout)["files"] if said.stdout.strip() else []:
            alarms += [named(diagnostic) for diagnostic in file["diagnostics"]]
    return worst, sorted(set(alarms))


def named(diagnostic: dict[str, Any]) -> str:
    """The name of a known false alarm, or rule and statement of one that is not known."""
    statement = diagnostic.get("statement_preview") or ""
    for known in FALSE_ALARMS:
        said = known.rule == diagnostic["rule"] and known.message.search(diagnostic.get("message") or "")
        if said and known.statement.match(statement):
            return known.name
    return f"**{diagnostic['rule']}**: `{statement[:60]}`".replace("|", "\\|")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def migrate(name: str, dump: Path, folder: Path, options: Sequence[str]) -> Outcome:
    bundle = folder / name.replace("/", "-")
    outcome = Outcome(name, run([tool("dsql-migrate"), "migrate", dump, "-o", bundle, "--force", *options]))
    outcome.ledger = read(bundle / "ledger.json")
    outcome.verification = read(bundle / "verification.json")
    outcome.report = read(bundle / "report.json")
    if bundle.exists():
        outcome.lint_code, outcome.alarms = lint(bundle)
    return outcome


def count(value: Any) -> int | None:
    """A number, or the length of a list; None where there is none."""
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, list | tuple) else None


def proved(table: dict[str, Any]) -> bool:
    """Whether rows of a table were found equal on both sides: its own, or made ones where it has none."""
    own = bool(table["rows_source"]) and table["digest_source"] == table["digest_target"]
    return own or bool(table.get("made_rows"))


def cells(outcome: Outcome) -> list[str]:
    source = outcome.ledger.get("source", {})
    totals = outcome.ledger.get("totals", {})
    tables = outcome.verification.get("tables", [])
    equal = sum(proved(table) for table in tables)
    made = sum("made_rows" in table for table in tables)
    arrived = sum(table.get("rows_target") or 0 for table in tables)
    values = [
        source.get("statements"),
        count(outcome.report.get("findings")),
        *(totals.get(name, 0) if outcome.ledger else None for name in DISPOSITIONS),
        source.get("rows"),
        arrived if tables else None,
        f"{equal} of {len(tables)}" if tables else None,
        made if tables else None,
        count(outcome.verification.get("unproved")),
        f"{outcome.lint_code}" if outcome.lint_code is not None else None,
        f"{outcome.run.seconds:.1f}",
        megabytes(outcome.run.peak),
        outcome.run.code,
    ]
    return [
        outcome.name,
        *("–" if value is None else f"{value:,}" if isinstance(value, int) else value for value in values),
    ]


def document(outcomes: Sequence[Outcome], as_of: str) -> str:
    columns = ["dump", "statements", "findings", *DISPOSITIONS, "rows", "arrived", "tables equal", "made", "unproved"]
    columns += ["dsql-lint", "seconds", "memory", "exit"]
    lines = [
        "# Real dumps",
        "",
        "Made by `make corpus`: `dsql-migrate migrate` on published dumps, from pg_dump 9.2 to hand-written scripts.",
        "",
        machine() + "." + (f" As of {as_of}." if as_of else ""),
        "",
        EXPLAINED,
        "| " + " | ".join(columns) + " |",
        "|---|" + "--:|" * (len(columns) - 1),
    ]
    lines += ["| " + " | ".join(cells(outcome)) + " |" for outcome in outcomes]
    return "\n".join([*lines, "", *unproved_section(outcomes), *alarm_section(outcomes), *failure_section(outcomes)])


def unproved_section(outcomes: Sequence[Outcome]) -> list[str]:
    lines = ["## Not proved", ""]
    for outcome in outcomes:
        reasons: dict[str, list[str]] = {}
        for item in outcome.verification.get("unproved", []):
            reasons.setdefault(str(item["reason"]), []).append(str(item["object"]))
        for reason, objects in sorted(reasons.items()):
            some = ", ".join(f"`{name}`" for name in sorted(objects)[:4])
            more = f" and {len(objects) - 4:,} more" if len(objects) > 4 else ""
            lines.append(f"- {outcome.name}: {some}{more}: {' '.join(reason.split())}")
        lines += [f"- {outcome.name}: {note}" for note in notes(outcome)]
    return [*lines, ""]


def notes(outcome: Outcome) -> list[str]:
    """What the checks do not speak of: tables that took no made row, columns without a way back."""
    return [str(note) for check in outcome.verification.get("checks", []) for note in check.get("notes", [])]


def alarm_section(outcomes: Sequence[Outcome]) -> list[str]:
    lines = ["## Alarms of dsql-lint", ""]
    for outcome in outcomes:
        if outcome.alarms:
            lines.append(f"- {outcome.name}: {', '.join(outcome.alarms)}")
    seen = {alarm for outcome in outcomes for alarm in outcome.alarms}
    known = [alarm for alarm in FALSE_ALARMS if alarm.name in seen]
    if known:
        lines += ["", "Known false alarms:", ""]
    lines += [f"- *{alarm.name}* ({alarm.rule}): {alarm.evidence}" for alarm in known]
    return [*(lines if seen else [*lines, "None."]), ""]


def failure_section(outcomes: Sequence[Outcome]) -> list[str]:
    failed = [outcome for outcome in outcomes if outcome.run.code]
    if not failed:
        return []
    lines = ["## Runs that did not end in 0", ""]
    for outcome in failed:
        checks = [check["name"] for check in outcome.verification.get("checks", []) if not check["ok"]]
        said = ", ".join(checks) or (outcome.run.error.splitlines() or ["no message"])[-1]
        lines.append(f"- {outcome.name}: {outcome.run.code}: {said}")
    return [*lines, ""]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="only these folders of the corpus")
    parser.add_argument("--as-of", help="passed on to dsql-migrate")
    parser.add_argument("--keep", type=Path, help="leave the bundles in this folder")
    parser.add_argument("--output", type=Path, help="Markdown file; default: standard output")
    options = parser.parse_args()
    corpus = Path(os.environ.get("DSQL_MIGRATE_CORPUS") or PROJECT.parent / "shared" / "corpus")
    if not corpus.is_dir():
        raise SystemExit("no corpus here: DSQL_MIGRATE_CORPUS names its folder")
    chosen = [one for one in dumps(corpus) if not options.names or one[0].split("/")[0] in options.names]
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="dsql-migrate-corpus-") as name:
        folder = options.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        for dump_name, dump in chosen:
            passed_on = ["--as-of", options.as_of] if options.as_of else []
            outcomes.append(migrate(dump_name, dump, folder, passed_on))
            print("  ".join(cells(outcomes[-1])), file=sys.stderr)
    text = document(outcomes, next((one.ledger["as_of"] for one in outcomes if one.ledger), ""))
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 1 if any(outcome.run.code for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
