"""The bundle's own README: the order of the steps, what to run, and what is left to do.

Everything is counted from the ledger. Names and texts of the input are escaped: none can become markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dsql_migrate.report.entries import DISPOSITIONS, Entry, read_entries
from dsql_migrate.report.markdown import code, text
from dsql_migrate.report.words import counted, counted_sort, noun, sort_of
from dsql_migrate.rewrite.decisions import CHOICES, Taken, possible
from dsql_migrate.target import Target

_SCHEMA = ("schema", "domain", "type", "sequence", "table", "function", "view")
_LATE = ("index", "foreign key", "statistics")
_MERGED = frozenset({"partition", "inheritance child"})
_SERVED = "DSQL104"  # of a partition: its parent's key or index serves
_SOME = 6  # names of each kind that are shown; the ledger has them all


def readme(
    ledger: Mapping[str, Any],
    taken: Iterable[Taken],
    target: Target,
    folder: Path,
    findings: Sequence[Mapping[str, Any]] = (),
    verification: Mapping[str, Any] | None = None,
) -> str:
    """The page, Markdown. ``findings``: those of rows and statements that were not carried; ``verification``: the
    proof, where something was run. ``folder``: the bundle, for what is in it."""
    entries, source = read_entries(ledger), ledger["source"]
    name = code(Path(str(source["path"])).name)
    made = f"{counted(source['statements'], 'statement')} and {counted(source['rows'], 'row')}"
    parts = [
        "# A bundle for Aurora DSQL",
        f"Made from {name} ({made}) for DSQL as of {target.as_of}.",
        _way_in(source),
        _verdict(ledger, verification, findings),
        "## The steps",
        _steps(entries, source["rows"]),
        _run(),
        _files(folder),
        *_person(entries, findings),
        *_refreshing(entries),
        *_left(entries),
        *_decisions(taken, target),
        *_dropped(entries),
        *_unproved(entries, verification),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _way_in(source: Mapping[str, Any]) -> str:
    """What a reader has to know of an input that was no dump of PostgreSQL."""
    if source.get("dialect") == "mysql":
        return (
            "It is a dump of MySQL, translated to PostgreSQL first. What verification compares is the translation: "
            "no MySQL has loaded the dump. Lines are those of the dump."
        )
    if "tool" in source:
        return f"{source['files']:,} migrations of {text(source['tool'])}, replayed to the schema that they leave."
    return ""


def _verdict(
    ledger: Mapping[str, Any], verification: Mapping[str, Any] | None, findings: Sequence[Mapping[str, Any]]
) -> str:
    totals = ledger["totals"]
    counts = ", ".join(f"{totals[name]:,} {name}" for name in DISPOSITIONS)
    told = f"Of {counted(sum(totals.values()), 'object')} of the source: {counts}. Each has its line in `ledger.json`."
    if verification is None:
        how = "`dsql-migrate verify .` replays source and bundle and compares them"
        return f"{told}\n\n**Nothing was run yet**: {how}."
    failed = [check for check in verification["checks"] if not check["ok"]]
    if failed:
        lines = [f"- {text(check['name'])}: {text(str(check['detail']))}" for check in failed]
        return "\n".join([f"{told}\n\n**It did not verify.** These checks failed:\n", *lines])
    what = "It verified, but a person has to look at some of it" if totals["unknown"] or findings else "It verified"
    return f"{told}\n\n**{what}**: source and bundle were run and compared ({text(str(verification['engine']))})."


def _steps(entries: Sequence[Entry], rows: int) -> str:
    def there(file: str, sorts: Iterable[str]) -> str:
        own = (e for e in entries if file in e.into and e.detail not in _MERGED and e.rule != _SERVED)
        counts = Counter(_made_as(e) for e in own)
        return ", ".join(counted_sort(counts[sort], sort) for sort in sorts if counts[sort]) or "nothing"

    tables = sum(bool(e.rows) for e in entries if e.kind == "rows" and "data.sql" in e.into)
    lines = [
        "| | file | what it does |",
        "|--:|---|---|",
        f"| 1 | `pre-data.sql` | makes the schema: {there('pre-data.sql', _SCHEMA)} |",
        f"| 2 | `data.sql` | loads {counted(rows, 'row')} of {counted(tables, 'table')} of the source |",
        f"| 3 | `post-data.sql` | makes what rests on the rows: {there('post-data.sql', _LATE)}; waits for each job |",
    ]
    return "\n".join(lines)


def _made_as(entry: Entry) -> str:
    """The sort of what the bundle makes of an entry: an enum is a domain there; a serial's sequence is no object."""
    if entry.kind == "type" and "domain" in entry.reason:
        return "domain"
    if entry.kind == "type" and "a table of its values" in entry.reason:
        return "table"
    if entry.kind == "materialized view":
        return "view"
    return "" if entry.kind == "sequence" and entry.reason == "the column's identity" else sort_of(entry)


def _run() -> str:
    return "\n".join(
        [
            "Run them against an empty database. `apply` keeps a journal, tries again after conflicts, waits for jobs,",
            "and goes on after a break when it is run again. `--jobs 4` runs side by side what may be run so.",
            "",
            "    dsql-migrate apply . --dsn 'host=… dbname=postgres user=admin sslmode=verify-full sslrootcert=system'",
            "",
            "Or with psql, file by file:",
            "",
            '    for f in pre-data.sql data.sql post-data.sql; do psql -v ON_ERROR_STOP=1 -f "$f" || break; done',
        ]
    )


_WHAT = {
    "refresh": "scripts that bring the tables of materialized views up to date",
    "quarantine.sql": "the source of what DSQL has no place for, as comments, each with the reason",
    "app": "code for what the application keeps",
    "app/patterns": "what to do instead of a few things that DSQL has no word for, where the source does them",
    "audit": "read-only queries that look for rows which break what the application keeps",
    "ledger.json": "every object of the source and what became of it",
    "decisions.yaml": "what was decided where there was a choice",
    "findings.json": "what the linter says of the source",
    "verification.json": "what was compared, and how it came out",
    "report.html": "all of this to read and to hand on",
}


def _files(folder: Path) -> str:
    lines = [f"| `{name}{'/' if (folder / name).is_dir() else ''}` | {what} |" for name, what in _WHAT.items()
             if (folder / name).exists()]  # fmt: skip
    return "\n".join(["| also here | |", "|---|---|", *lines]) if lines else ""


def _person(entries: Sequence[Entry], findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What could not be read or placed, and rows that DSQL will refuse."""
    unknown = [e for e in entries if e.disposition == "unknown"]
    count = len(unknown) + len(findings)
    if not count:
        return []
    lines = [f"- line {e.line or '?'}: {text(noun(sort_of(e), 1))} {code(e.name)}: {text(e.reason)}" for e in unknown]
    lines += [f"- line {f.get('line') or '?'}: {code(str(f['code']))} {text(str(f['message']))}" for f in findings]
    title = f"## Before anything else: {counted(count, 'trouble')}"
    return [title, _some(lines, 20, "`ledger.json` and `findings.json`")]


def _left(entries: Sequence[Entry]) -> list[str]:
    """What the application takes over, by kind, with the files that say more."""
    owed = [e for e in entries if e.disposition == "application"]
    if not owed:
        return ["## What is left to do", "Nothing: DSQL keeps every guarantee that the source had."]
    lines = ["| what | how many | where it stands | which |", "|---|--:|---|---|"]
    for sort, own in _by_sort(owed):
        files = sorted({_place(path) for e in own for path in e.into})
        where = ", ".join(f"`{file}`" for file in files) or "`ledger.json` only"
        names = ", ".join(code(e.name) for e in own[:_SOME]) + (" …" if len(own) > _SOME else "")
        lines.append(f"| {text(noun(sort, len(own)))} | {len(own):,} | {where} | {names} |")
    return [
        f"## What is left to do: {counted(len(owed), 'obligation')}",
        "The database no longer does this; the application has to. The ledger says of each why.",
        "\n".join(lines),
    ]


def _refreshing(entries: Sequence[Entry]) -> list[str]:
    """What stands in for REFRESH MATERIALIZED VIEW, in the order in which it has to be run."""
    stored = [e for e in entries if e.kind == "materialized view" and any(p.startswith("refresh/") for p in e.into)]
    if not stored:
        return []
    lines = ["| materialized view | brought up to date by |", "|---|---|"]
    for entry in sorted(stored, key=lambda e: e.line or 0):
        lines.append(f"| {code(entry.name)} | {code(next(p for p in entry.into if p.startswith('refresh/')))} |")
    told = (
        "They are tables now, and as old as their last refresh. Run these in this order, one at a time, whenever the "
        "source ran REFRESH: `psql -v ON_ERROR_STOP=1 -f` does. Each computes its query once, which has to fit into "
        "DSQL's limits for a query, and changes only rows that differ; run again after a break, it goes on."
    )
    return [f"## Refreshing {counted(len(stored), 'materialized view')}", told, "\n".join(lines)]


def _place(path: str) -> str:
    return f"{path.split('/', 1)[0]}/" if "/" in path else path


def _decisions(taken: Iterable[Taken], target: Target) -> list[str]:
    """What was chosen where there was a choice: by key, with what else could have been."""
    counts = Counter((one.key, one.option, one.by) for one in taken)
    if not counts:
        return []
    lines = ["| decision | chosen | for | by | instead |", "|---|---|--:|---|---|"]
    named = "`decisions.yaml`"
    words = {"default": "default", "option": "an option", "object": named, "file": named}
    for (key, option, by), count in sorted(counts.items()):
        choice = CHOICES[key]
        others = ", ".join(f"`{o.name}`" for o in choice.options if o.name != option and possible(o, target))
        by_whom = words.get(by, text(by))
        lines.append(f"| {text(choice.question)} `{key}` | {code(option)} | {count:,} | {by_whom} | {others} |")
    about = "Edit `decisions.yaml` and run again to choose otherwise, for all objects or for one."
    return ["## Decisions to look at", about, "\n".join(lines)]


def _dropped(entries: Sequence[Entry]) -> list[str]:
    dropped = [e for e in entries if e.disposition == "dropped"]
    if not dropped:
        return []
    counts = ", ".join(counted_sort(len(own), text(sort)) for sort, own in _by_sort(dropped))
    return ["## Left out", f"{counts}. The ledger says of each why; look whether you miss one."]


def _unproved(entries: Sequence[Entry], verification: Mapping[str, Any] | None) -> list[str]:
    """What was not run or not compared, by reason; what the application owes is told above."""
    if verification is None:
        return []
    reasons: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.proof.startswith("unproved") and entry.disposition != "application":
            reasons.setdefault(entry.proof.partition(": ")[2] or "not run", []).append(entry)
    if not reasons:
        return ["## What is unproved", "Nothing that is in the bundle: all of it was run and compared."]
    count = sum(map(len, reasons.values()))
    lines = [
        f"- {counted(len(own), 'object')}, such as {', '.join(code(e.id) for e in own[:3])}: {text(reason)}"
        for reason, own in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    return [f"## What is unproved: {counted(count, 'object')}", _some(lines, 30, "`verification.json`")]


def _by_sort(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(sort_of(entry), []).append(entry)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _some(lines: Sequence[str], most: int, rest: str) -> str:
    more = [f"- and {len(lines) - most:,} more: see {rest}"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])
