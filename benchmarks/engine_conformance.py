"""Hold the reference engine against what an Aurora DSQL cluster answered, and write the table into docs/engine.md.

DSQL_MIGRATE_CONFORMANCE names the folder of recorded answers. Each probe is replayed by libpq, through the gateway, on
a database of its own; then all of them once more, one after another on one database, as they were recorded. The exit
code is 0 where every probe agrees, apart from those whose difference is explained here.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from measure import put_between
from replaying import Answer, Manner, Probe, Session, differences, replay

PROJECT = Path(__file__).resolve().parent.parent
# Probe -> why the engine's answer is another one. A probe that agrees must not stand here.
EXPLAINED: dict[str, str] = {}
# ... where each probe has a database of its own
EXPLAINED_APART = EXPLAINED | {
    "environment/env_current_database": "each probe has a database of its own here, which cannot be `postgres`; on "
    "`postgres` the answer is the cluster's"
}
# The record is sorted by group; the suite ran in this order, as what each probe rests on shows.
ORDER = (
    *("unsupported", "supported", "transaction", "occ", "index", "isolation", "environment", "queries", "types"),
    *("enum", "multi_statement", "alters", "backlog", "occ_conflict"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One probe and what differed, alone and in the suite."""

    probe: str
    apart: tuple[str, ...]
    in_suite: tuple[str, ...]

    @property
    def group(self) -> str:
        return self.probe.partition("/")[0]


def read_record(folder: Path) -> dict[str, Any]:
    """The record in a folder; raises SystemExit where it is not there."""
    path = folder / "cluster-record.json"
    if not path.is_file():
        raise SystemExit(f"{path} is not there: DSQL_MIGRATE_CONFORMANCE names the folder of recorded answers")
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record


def judge(probe: Probe, answers: Sequence[Answer]) -> tuple[str, ...]:
    """What differs from the record, without a line break or a bar that would break a table."""
    return tuple(" ".join(line.split()).replace("|", "\\|") for line in differences(probe, answers))


def apart(probe: Probe, dsn: str, manner: Manner) -> list[Answer]:
    """Replay a probe with its own setup on an empty database."""
    return replay(probe, lambda: Session(dsn, manner))


def suite(record: dict[str, Any], dsn: str, manner: Manner) -> Iterator[tuple[Probe, list[Answer]]]:
    """Replay all probes on one database, as they were recorded: what one of them leaves there, the next one finds.

    The record holds only a part of the suite: statements that a probe rests on, and which ran in the part that is not
    there, run before it.
    """
    prepare = Session(dsn)
    for statement in record["suite_setup"]:
        answer = prepare.ask(statement, "simple")
        assert answer.ok, f"{statement}: {answer}"
    prepare.close()
    ran = set(record["suite_setup"])
    for probe in in_order(record["probes"]):
        before = [statement for statement in probe.get("setup", ()) if statement not in ran]
        yield probe, replay(probe, lambda: Session(dsn, manner), setup=before)
        ran.update(before, (step["sql"] for step in probe["steps"]))


def in_order(probes: Sequence[Probe]) -> list[Probe]:
    """The probes in the order of the suite: group by group, and one that another rests on before it."""
    listed = sorted(probes, key=lambda probe: ORDER.index(probe["id"].partition("/")[0]))
    makes = {step["sql"]: probe["id"] for probe in listed for step in probe["steps"] if step["expect"]["ok"]}
    by_id = {probe["id"]: probe for probe in listed}
    placed: dict[str, Probe] = {}

    def place(probe: Probe, above: tuple[str, ...]) -> None:
        for statement in probe.get("setup", ()):
            maker = makes.get(statement)
            if maker is not None and maker not in placed and maker not in above:
                place(by_id[maker], (*above, maker))
        placed.setdefault(probe["id"], probe)

    for probe in listed:
        place(probe, (probe["id"],))
    return list(placed.values())


def measure(record: dict[str, Any], new_database: Callable[[], str], main: str, manner: Manner) -> list[Verdict]:
    """Both runs. `new_database` gives the connection string of an empty one, `main` is that of `postgres`."""
    alone = {probe["id"]: judge(probe, apart(probe, new_database(), manner)) for probe in record["probes"]}
    together = {probe["id"]: judge(probe, answers) for probe, answers in suite(record, main, manner)}
    return [Verdict(probe["id"], alone[probe["id"]], together[probe["id"]]) for probe in record["probes"]]


def table(record: dict[str, Any], verdicts: Sequence[Verdict]) -> str:
    """The section's text in Markdown."""
    count = len(verdicts)
    days = sorted(text[:10] for text in record["recorded"].values())
    lines = [
        f"{count} probes whose answer by an Aurora DSQL cluster is known (recorded {days[0]} to {days[-1]}; "
        "[dsql-emulator](https://github.com/Dreamescaper/dsql-emulator), MIT), replayed through the gateway by libpq. "
        "Compared: taken or refused, SQLSTATE, message, tags, names of columns, rows, the number of results of a "
        "message with several statements; where sessions race, how many lose, at which step and with what. "
        "*Apart*: each probe on an empty database with the statements it needs. *In a row*: all of them, one after "
        "another on one database, as they were recorded.",
        "",
        "| group | probes | agree apart | agree in a row | explained |",
        "|---|---:|---:|---:|---:|",
    ]
    groups = list(dict.fromkeys(verdict.group for verdict in verdicts))
    for name in groups:
        lines.append(_line(name, [verdict for verdict in verdicts if verdict.group == name]))
    wrong = _wrong(verdicts)
    lines += [_line("**all**", verdicts), ""]
    lines += ["Every answer that differs:", ""] if wrong else ["No answer differs."]
    for verdict in wrong:
        for what, reason in ((verdict.apart, EXPLAINED_APART), (verdict.in_suite, EXPLAINED)):
            if what:
                where = "apart" if what is verdict.apart else "in a row"
                why = reason.get(verdict.probe, "**not explained**")
                lines.append(f"- `{verdict.probe}`, {where}: {'; '.join(what)}. {why[:1].upper()}{why[1:]}.")
    return "\n".join(lines)


def _line(name: str, verdicts: Sequence[Verdict]) -> str:
    alone, together = (sum(not getattr(one, key) for one in verdicts) for key in ("apart", "in_suite"))
    return f"| {name} | {len(verdicts)} | {alone} | {together} | {sum(map(_explained, verdicts))} |"


def _wrong(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.apart or verdict.in_suite]


def _explained(verdict: Verdict) -> bool:
    if not (verdict.apart or verdict.in_suite):
        return False
    return (not verdict.apart or verdict.probe in EXPLAINED_APART) and (
        not verdict.in_suite or verdict.probe in EXPLAINED
    )


@contextmanager
def local_engine(as_of: date | None) -> Iterator[tuple[Callable[[], str], str]]:
    """A reference engine of our own: gives connection strings of new databases, and that of `postgres`."""
    from dsql_migrate.engine.local import LocalDsql

    with LocalDsql(as_of=as_of) as dsql:
        yield lambda: dsql.dsn(dsql.new_database()), dsql.dsn()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = PROJECT.parent / "shared" / "conformance"
    arguments.add_argument("--record", type=Path, default=Path(os.environ.get("DSQL_MIGRATE_CONFORMANCE") or beside))
    arguments.add_argument("--output", type=Path, help="the page whose section is written; without it, it is printed")
    arguments.add_argument("--extended", choices=("prepared", "unnamed"), default="prepared")
    given = arguments.parse_args()
    record = read_record(given.record)
    with local_engine(None) as (new_database, main_dsn):
        verdicts = measure(record, new_database, main_dsn, Manner(given.extended))
    text = table(record, verdicts)
    if given.output is None:
        print(text)
    else:
        page = put_between(given.output.read_text("utf-8"), "How closely it agrees", text, "make conformance")
        given.output.write_text(page, "utf-8")
    return 1 if any(not _explained(one) for one in _wrong(verdicts)) else 0


if __name__ == "__main__":
    sys.exit(main())
