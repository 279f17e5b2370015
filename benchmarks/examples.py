"""Run `dsql-migrate migrate` on four real dumps and write what became of them into docs/examples/.

Each page is the ledger in short, between `<!-- begin: ledger -->` and `<!-- end: ledger -->`; the rest of it, what a
reviewer would do differently, is written by hand and stays. The dumps are of the corpus (see corpus.py).
"""

import argparse
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from corpus import DISPOSITIONS, PROJECT, Outcome, dumps, migrate

EXAMPLES = ("adventureworks", "crystal-kitchen-sink", "danbooru", "pagila-schema")
PAGES = PROJECT / "docs" / "examples"
_PART = re.compile(r"(<!-- begin: ledger -->\n).*?(<!-- end: ledger -->)", re.S)
_SHOWN = 6  # names of one line


def section(outcome: Outcome) -> str:
    """What became of one dump, as Markdown."""
    ledger, verification = outcome.ledger, outcome.verification
    lines = [f"### {outcome.name.rpartition('/')[2]}", "", *_summary(outcome), ""]
    lines += ["| kind | " + " | ".join(DISPOSITIONS) + " |", "|---|" + "--:|" * len(DISPOSITIONS)]
    kinds = Counter((entry["kind"], entry["disposition"]) for entry in ledger["entries"])
    for kind in sorted({kind for kind, _ in kinds}):
        counts = [kinds[kind, disposition] for disposition in DISPOSITIONS]
        lines.append(f"| {kind} | " + " | ".join(str(count or "") for count in counts) + " |")
    totals = [str(ledger["totals"][disposition]) for disposition in DISPOSITIONS]
    lines += ["| **all** | " + " | ".join(totals) + " |", ""]
    titles = (("application", "Left to the application"), ("dropped", "Dropped"), ("unknown", "Unknown"))
    for disposition, title in titles:
        entries = [entry for entry in ledger["entries"] if entry["disposition"] == disposition]
        lines += _by_reason(title, ((_general(entry), entry["id"]) for entry in entries))
    unproved = ((item["reason"], item["object"]) for item in verification.get("unproved", []))
    return "\n".join([*lines, *_by_reason("Unproved", unproved)])


def _general(entry: dict[str, Any]) -> str:
    """The reason without the name of what it is about, so that equal ones fall together."""
    name = re.escape(str(entry["name"]).rpartition(".")[2])
    return re.sub(rf"\b{name}\b|\S+(?=: there is no such file)", "…", str(entry["reason"]))


def _summary(outcome: Outcome) -> list[str]:
    source, tables = outcome.ledger["source"], outcome.verification.get("tables", [])
    equal = sum(table["digest_source"] == table["digest_target"] is not None for table in tables)
    return [
        f"{source['statements']:,} statements, {source['rows']:,} rows. As of {outcome.ledger['as_of']}: exit "
        f"{outcome.run.code}, {equal} of {len(tables)} tables with equal digests, {outcome.run.seconds:.1f} s.",
    ]


def _by_reason(title: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for reason, id in entries:
        reasons.setdefault(" ".join(reason.split()), []).append(id)
    if not reasons:
        return
    yield f"**{title}**"
    yield ""
    for reason, ids in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
        some = ", ".join(f"`{id.replace('`', '')}`" for id in sorted(ids)[:_SHOWN])
        yield f"- {reason or 'no reason'}: {some}" + (f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else "")
    yield ""


def page(name: str, outcomes: list[Outcome], old: str) -> str:
    """The page with its ledger renewed; a new one where there was none."""
    made = "\n".join(section(outcome) for outcome in outcomes)
    if not old:
        old = f"# {name}\n\n## The ledger\n\n<!-- begin: ledger -->\n<!-- end: ledger -->\n\n## Read by hand\n"
    return _PART.sub(lambda found: f"{found[1]}{made}\n{found[2]}", old)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", default=EXAMPLES, help="only these folders of the corpus")
    parser.add_argument("--keep", type=Path, help="leave the bundles in this folder")
    options = parser.parse_args()
    corpus = Path(os.environ.get("DSQL_MIGRATE_CORPUS") or PROJECT.parent / "shared" / "corpus")
    if not corpus.is_dir():
        raise SystemExit("no corpus here: DSQL_MIGRATE_CORPUS names its folder")
    PAGES.mkdir(exist_ok=True)
    code = 0
    with tempfile.TemporaryDirectory(prefix="dsql-migrate-examples-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.names:
            found: list[Any] = [migrate(n, dump, folder, []) for n, dump in dumps(corpus) if n.split("/")[0] == name]
            code = max([code, *(1 if outcome.run.code else 0 for outcome in found)])
            path = PAGES / f"{name}.md"
            path.write_text(page(name, found, path.read_text("utf-8") if path.exists() else ""), encoding="utf-8")
            print(name, *(f"{o.name}: exit {o.run.code}, {o.ledger.get('totals')}" for o in found), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
