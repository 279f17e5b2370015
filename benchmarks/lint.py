"""Measure `dsql-migrate lint` beside dsql-lint and squawk, and write a part of docs/benchmarks.md.

The programs run in turns, so that a slow spell of the machine meets all of them. Each writes JSON, to nowhere.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from make_lint_input import source, write_migrations, write_one, write_schema
from measure import Run, machine, megabytes, put_section, run, tool, version_of

PROJECT = Path(__file__).resolve().parent.parent
Program = Callable[[list[Path]], Run]

EXPLAINED = """\
`make bench` makes the files (`benchmarks/make_lint_input.py`) of {source}; what they create has another
name each time round, so that no statement is there twice. The programs ran in turns, {runs} times each ({few} on the
schema), and wrote JSON to nowhere. Wall time is the median, with the fastest and the slowest; processor time is the
median; memory is the largest resident set of any run, and never less than that of the script that started it.
*cached* is a second run over files that have not changed.

They do not look for the same: squawk knows what is dangerous on a live PostgreSQL, dsql-lint and `lint` know what DSQL
refuses. dsql-lint takes each file for itself; `lint` carries the schema from file to file, looks into the bodies of
functions, and tells what is behind each finding.
"""
SLOWER = """\
`dsql-migrate` is written in Python: before the first line is read it has started an interpreter and loaded the parser
and the rules. The two others are written in Rust. What is read costs it some tenths of a millisecond a statement, half
of that for the facts and half for the rules; only what has changed since the last run is read again.
"""


def dsql_migrate(*arguments: str | Path, **settings: str) -> Run:
    """The command of the environment that runs this script; where there is none, that of the checkout it lies in."""
    installed = Path(sys.executable).parent / "dsql-migrate"
    if installed.exists():
        return run([installed, *arguments], **settings)
    started = [sys.executable, "-c", "from dsql_migrate.cli import main; main()"]
    return run([*started, *arguments], PYTHONPATH=str(PROJECT), **settings)


def ours(*arguments: str, cache: Path) -> Program:
    """`lint` with a cache of its own; many files are named by their folder."""

    def program(paths: list[Path]) -> Run:
        where = [paths[0].parent] if len(paths) > 1 else paths
        return dsql_migrate("lint", "--format", "json", *arguments, *where, XDG_CACHE_HOME=str(cache))

    return program


def programs(cache: Path) -> dict[str, Program]:
    """Those that are installed, by what the table calls them."""
    lint, squawk = tool("dsql-lint"), Path(sys.executable).parent / "squawk"
    found: dict[str, Program] = {"dsql-lint": lambda paths: run([lint, "--format", "json", *paths])}
    if squawk.exists():
        found["squawk"] = lambda paths: run([squawk, "--reporter", "json", *paths])
    else:
        print("squawk is not installed (`make install-dev`): left out", file=sys.stderr)
    found["dsql-migrate lint"] = ours("--no-cache", cache=cache)
    found["dsql-migrate lint, cached"] = ours(cache=cache)
    return found


def in_turns(paths: list[Path], times: int, found: Mapping[str, Program]) -> dict[str, list[Run]]:
    """The runs of each program, after one of each that does not count: it fills caches, theirs and the system's."""
    for program in found.values():
        program(paths)
    runs: dict[str, list[Run]] = {name: [] for name in found}
    for _ in range(times):
        for name, program in found.items():
            runs[name].append(program(paths))
    return runs


def rows(what: str, runs: Mapping[str, list[Run]]) -> list[str]:
    """The lines of the table for one input; a run that could not do the job is said to have failed."""
    lines = []
    other = statistics.median(one.seconds for one in runs["dsql-lint"]) if "dsql-lint" in runs else None
    for name, found in runs.items():
        times = sorted(one.seconds for one in found)
        median = statistics.median(times)
        cpu = statistics.median(one.cpu for one in found)
        failed = "" if all(one.code in (0, 1) for one in found) else " – failed"
        wall = f"{median * 1e3:,.0f} ms ({times[0] * 1e3:,.0f} – {times[-1] * 1e3:,.0f})"
        peak = megabytes(max(one.peak for one in found))
        ratio = f"{median / other:.2f}" if other else ""
        lines.append(f"| {what} | {name}{failed} | {wall} | {ratio} | {cpu * 1e3:,.0f} ms | {peak} |")
    return lines


def help_row(times: int) -> str:
    """`dsql-migrate --help`, which should be there at once."""
    dsql_migrate("--help")  # compiles modules
    (line,) = rows("–", {"dsql-migrate --help": [dsql_migrate("--help") for _ in range(times)]})
    return line


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=11, help="of each program on the small inputs")
    parser.add_argument("--few", type=int, default=7, help="of each program on the schema")
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--output", type=Path, help="Markdown file; default: standard output")
    options = parser.parse_args()
    where = machine()
    with tempfile.TemporaryDirectory(prefix="dsql-migrate-bench-") as name:
        folder = Path(name)
        found = programs(folder / "cache")
        print("Making the files", file=sys.stderr)
        one = write_one(folder / "one.sql")
        size = one.read_bytes().count(b"\n")
        inputs = [
            (f"one file, {size} lines", [one], options.runs),
            (f"{options.files} migrations", write_migrations(folder / "db", options.files), options.runs),
            (f"schema of {options.lines:,} lines", [write_schema(folder / "s.sql", options.lines)], options.few),
        ]
        lines = [help_row(options.runs)]
        for what, paths, times in inputs:
            print(f"Linting: {what}", file=sys.stderr)
            lines += rows(what, in_turns(paths, times, found))
    versions = f"squawk {version_of('squawk-cli')}" if "squawk" in found else "no squawk"
    text = "\n".join(
        [
            "# How fast `lint` is",
            "",
            f"{where}; {versions}.",
            "",
            EXPLAINED.format(source=source(), runs=options.runs, few=options.few),
            "| input | program | wall time | dsql-lint = 1 | processor time | peak memory |",
            "|---|---|--:|--:|--:|--:|",
            *lines,
            "",
            SLOWER,
        ]
    )
    if options.output:
        put_section(options.output, text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
