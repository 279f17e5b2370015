"""Translate every trigger and every function in PL/pgSQL of the corpus and write the table in docs/stubs.md.

The corpus is a folder of dumps, one folder each; DSQL_MIGRATE_CORPUS names it. More dumps may be named as arguments:
they are counted on the terminal, and only those of the corpus are written to the page.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dsql_migrate.rewrite.application.writing import obligations_of
from dsql_migrate.rewrite.run import rewrite
from dsql_migrate.stubs.obligations import Obligations
from dsql_migrate.stubs.translate import translate

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "stubs.md"
START, END = "<!-- made by benchmarks/stubs.py: begin -->", "<!-- made by benchmarks/stubs.py: end -->"


@dataclass(slots=True)
class Count:
    """``functions`` are those in PL/pgSQL that the bundle does not carry, without the functions of triggers.

    A trigger is translated for all of its events or not at all.
    """

    name: str
    triggers: int = 0
    triggers_whole: int = 0
    functions: int = 0
    functions_whole: int = 0
    reasons: list[tuple[str, str, int, str]] = field(default_factory=list)  # kind, name, line, why


def counted(name: str, owed: Obligations) -> Count:
    """What of the obligations is translated."""
    made = translate(owed)
    missing = {one.id: one for one in made.untranslated}
    result = Count(name, triggers=len(owed.triggers))
    result.triggers_whole = sum(trigger.id in made.triggers for trigger in owed.triggers)
    plain = [
        r for r in owed.routines
        if r.language == "plpgsql" and (r.returns or "").lower() not in ("trigger", "event_trigger")
    ]  # fmt: skip
    result.functions = len(plain)
    result.functions_whole = sum(r.id not in missing for r in plain)
    for kind, ids in (("trigger", [t.id for t in owed.triggers]), ("function", [r.id for r in plain])):
        for id in ids:
            if id in missing:
                one = missing[id]
                result.reasons.append((kind, one.name, one.line, one.reason))
    return result


def owed_of(path: Path) -> Obligations:
    """What the bundle of a dump owes."""
    with tempfile.TemporaryDirectory() as folder:
        made = rewrite(str(path), Path(folder) / "bundle")
        return obligations_of(made.plan, made.stubs)


def table(counts: Iterable[Count]) -> str:
    """The page's table and the reasons."""
    found = [one for one in counts if one.triggers or one.functions]
    rows = ["| dump | triggers | whole | not | functions in PL/pgSQL | whole | not |", "|---|---|---|---|---|---|---|"]
    total = Count("all")
    for one in found:
        rows.append(_row(one))
        total.triggers += one.triggers
        total.triggers_whole += one.triggers_whole
        total.functions += one.functions
        total.functions_whole += one.functions_whole
    rows.append(_row(total))
    why = [
        f"- {one.name}: {kind} `{name}` (line {line}): {reason}"
        for one in found for kind, name, line, reason in one.reasons
    ]  # fmt: skip
    return "\n".join([*rows, "", "A trigger or function that is not translated, and why:", "", *(why or ["- none"])])


def _row(one: Count) -> str:
    triggers = f"{one.triggers} | {one.triggers_whole} | {one.triggers - one.triggers_whole}"
    functions = f"{one.functions} | {one.functions_whole} | {one.functions - one.functions_whole}"
    return f"| {one.name} | {triggers} | {functions} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dumps", nargs="*", type=Path, help="more dumps, for the terminal only")
    given = parser.parse_args()
    corpus = Path(os.environ.get("DSQL_MIGRATE_CORPUS") or PROJECT.parent / "shared" / "corpus")
    files = [
        path for path in sorted(corpus.glob("*/*.sql"))
        if not path.parent.name.startswith("mig-") and b"plpgsql" in path.read_bytes().lower()
    ]  # fmt: skip
    if not files:
        sys.exit("no corpus: DSQL_MIGRATE_CORPUS names its folder")
    own = [counted(f"{path.parent.name}/{path.name}", owed_of(path)) for path in files]
    others = [counted(path.name, owed_of(path)) for path in given.dumps]
    print(table([*own, *others]))
    for reason, number in Counter(reason for one in (*own, *others) for *_, reason in one.reasons).most_common():
        print(f"{number:4} {reason}")
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(START)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{START}\n{table(own)}\n{END}{tail}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
