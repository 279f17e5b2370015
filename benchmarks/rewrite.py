"""Measure `dsql-migrate rewrite` on generated dumps, beside dsql-lint, and write docs/benchmarks.md.

On the smaller dumps the two run in turns, so that a slow spell of the machine meets both. The 1 GB dump is for
dsql-migrate alone: its memory must not grow with the input. A run that fails is shown as failed, with its exit code.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from make_dump import size_in_bytes, write, write_inserts, write_typed
from measure import Run, machine, megabytes, put_section, run, tool

Program = Callable[[Path, Path], Run]

EXPLAINED = """\
Wall time is the median of {runs} runs ({few} on the small file; `dsql-lint` ran once on the INSERT dump), with the
fastest and the slowest; memory is the largest resident set of any run.
1 MB is 10^6 bytes. Where two programs are shown on one dump, they ran in turns. `dsql-lint --fix` ends with 3 where its
changes want a review, with 1 where something is left that it cannot mend. The two do not do the same: `rewrite` writes
the rows in blocks that fit a transaction of DSQL, converts them, and writes a ledger; `dsql-lint` mends statements.
"""

SLOWER = """\
`dsql-migrate` is written in Python and has to start an interpreter and load PostgreSQL's grammar each time. On a small
file `dsql-lint` has long ended by then: see the last lines of the table. Rows that need no conversion are passed on as
they came. *COPY, converted* is a table of ten columns of which seven are converted: an enum, three arrays, a range that
becomes three columns, a composite that becomes three, and money.

To run it: `make bench`, or `python benchmarks/rewrite.py --help` for other sizes. It takes some minutes and 2 GB of
disk, in TMPDIR.
"""


def make(folder: Path, size: int, writer: Callable[[BinaryIO, int], int] = write) -> Path:
    path = folder / f"dump-{size}.sql"
    print(f"Making a dump of {megabytes(size)}", file=sys.stderr)
    with path.open("wb") as out:
        writer(out, size)
    return path


def ours(dump: Path, folder: Path) -> Run:
    out = folder / "bundle"
    shutil.rmtree(out, ignore_errors=True)
    return run([tool("dsql-migrate"), "rewrite", dump, "-o", out, "--force"])


def theirs(dump: Path, folder: Path) -> Run:
    out = folder / "fixed.sql"
    out.unlink(missing_ok=True)
    return run([tool("dsql-lint"), "--fix", "-o", out, dump])


def lint(dump: Path, folder: Path) -> Run:
    return run([tool("dsql-migrate"), "lint", dump])


def their_lint(dump: Path, folder: Path) -> Run:
    return run([tool("dsql-lint"), dump])


def in_turns(dump: Path, folder: Path, times: int, *programs: Program) -> list[list[Run]]:
    """The runs of each program."""
    found: list[list[Run]] = [[] for _ in programs]
    for number in range(times):
        for runs, program in zip(found, programs, strict=True):
            runs.append(program(dump, folder))
        print(f"{number + 1}: " + ", ".join(f"{runs[-1].seconds:.2f} s" for runs in found), file=sys.stderr)
    return found


def row(program: str, what: str, size: int, runs: Sequence[Run], good: Sequence[int]) -> str:
    """One line of the table; a run that did not do the job is said to have failed."""
    times = sorted(one.seconds for one in runs)
    median = statistics.median(times)
    spread = f"{median:.2f} s ({times[0]:.2f} – {times[-1]:.2f})"
    codes = ", ".join(str(code) for code in sorted({one.code for one in runs}))
    failed = "" if all(one.code in good for one in runs) else " – failed"
    peak = megabytes(max(one.peak for one in runs))
    rate = f"{size / 1e6 / median:,.1f} MB/s" if size >= 10**6 else ""
    shown = megabytes(size) if size >= 10**6 else f"{size / 1e3:.0f} KB"
    return f"| {program} | {what} | {shown} | {spread} | {rate} | {peak} | {codes}{failed} |"


def document(lines: Sequence[str], runs: int, where: str) -> str:
    head = [
        "# How fast `rewrite` is, and how much memory it takes",
        "",
        "Made by `make bench`, which generates the dumps (`benchmarks/make_dump.py`): four tables with ids, text,",
        "numbers, timestamps, NULLs and escaped characters, as pg_dump writes them.",
        "",
        where + ".",
        "",
        EXPLAINED.format(runs=runs, few=max(runs, 5)),
        "| program | rows | size | wall time | rate | peak memory | exit |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    return "\n".join([*head, *lines, "", SLOWER])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", type=size_in_bytes, default=size_in_bytes("50MB"), help="for both programs")
    parser.add_argument(
        "--large", type=size_in_bytes, default=size_in_bytes("1GB"), help="for dsql-migrate; 0: leave out"
    )
    parser.add_argument(
        "--typed", type=size_in_bytes, default=size_in_bytes("250MB"), help="of rows that are converted; 0: leave out"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--output", type=Path, help="Markdown file; default: standard output")
    options = parser.parse_args()
    where = machine()
    lines, mine = [], []
    with tempfile.TemporaryDirectory(prefix="dsql-migrate-bench-") as name:
        folder = Path(name)
        for what, writer in (("COPY", write), ("INSERT", write_inserts)):
            dump = make(folder, options.small, writer)
            size = dump.stat().st_size
            ours(dump, folder)  # the first run compiles modules and rules: not what is measured
            mine_now, other = in_turns(dump, folder, options.runs if what == "COPY" else 1, ours, theirs)
            if what == "INSERT":
                mine_now += in_turns(dump, folder, options.runs - 1, ours)[0]
            lines.append(row("dsql-migrate rewrite", what, size, mine_now, (0,)))
            lines.append(row("dsql-lint --fix", what, size, other, (0, 1, 3)))
            mine += mine_now
            dump.unlink()
        if options.large:
            dump = make(folder, options.large)
            (large,) = in_turns(dump, folder, options.runs, ours)
            lines.insert(2, row("dsql-migrate rewrite", "COPY", dump.stat().st_size, large, (0,)))
            mine += large
            dump.unlink()
        for size in (options.small, options.typed) if options.typed else ():
            dump = make(folder, size, write_typed)
            (typed,) = in_turns(dump, folder, options.runs, ours)
            lines.append(row("dsql-migrate rewrite", "COPY, converted", dump.stat().st_size, typed, (0,)))
            mine += typed
            dump.unlink()
        dump = make(folder, 0)
        small = in_turns(dump, folder, max(options.runs, 5), ours, lint, their_lint)
        names = ("dsql-migrate rewrite", "dsql-migrate lint", "dsql-lint")
        lines += [
            row(name, "few", dump.stat().st_size, runs, (0, 1)) for name, runs in zip(names, small, strict=True)
        ]
    text = document(lines, options.runs, where)
    if options.output:
        put_section(options.output, text)
    print(text)
    failures = [one for one in mine if one.code]
    if failures:
        print(failures[0].error, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
