"""Measure `dsql-migrate rewrite` on generated dumps, beside dsql-lint, and write docs/benchmarks.md.

On the 50 MB dump the two run in turns, so that a slow spell of the machine meets both. The 1 GB dump is for
dsql-migrate alone: its memory must not grow with the input. A run that fails is shown as failed, with its exit code.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from make_dump import size_in_bytes, write
from measure import Run, machine, megabytes, run, tool

EXPLAINED = """\
Wall time is the median of {runs} runs, with the fastest and the slowest; memory is the largest resident set of any run.
On the smaller dump the two programs ran in turns. `dsql-lint --fix` ends with 3 where its changes want a review, with 1
where something is left that it cannot mend.
"""


def make(folder: Path, size: int) -> Path:
    path = folder / f"dump-{size}.sql"
    print(f"Making a dump of {megabytes(size)}", file=sys.stderr)
    with path.open("wb") as out:
        write(out, size)
    return path


def ours(dump: Path, folder: Path) -> Run:
    out = folder / "bundle"
    shutil.rmtree(out, ignore_errors=True)
    return run([tool("dsql-migrate"), "rewrite", dump, "-o", out, "--force"])


def theirs(dump: Path, folder: Path) -> Run:
    out = folder / "fixed.sql"
    out.unlink(missing_ok=True)
    return run([tool("dsql-lint"), "--fix", "-o", out, dump])


def row(program: str, size: int, runs: Sequence[Run], good: Sequence[int]) -> str:
    """One line of the table: rate and memory only where the program did its job in every run."""
    times = sorted(one.seconds for one in runs)
    median = statistics.median(times)
    spread = f"{median:.2f} s ({times[0]:.2f} – {times[-1]:.2f})"
    codes = ", ".join(str(code) for code in sorted({one.code for one in runs}))
    failed = "" if all(one.code in good for one in runs) else " – failed"
    peak = megabytes(max(one.peak for one in runs))
    return f"| {program} | {megabytes(size)} | {spread} | {size / 1e6 / median:,.0f} MB/s | {peak} | {codes}{failed} |"


def document(lines: Sequence[str], runs: int) -> str:
    head = [
        "# How fast `rewrite` is, and how much memory it takes",
        "",
        "Made by `make bench`, which generates the dumps (`benchmarks/make_dump.py`): four tables with ids, text,",
        "numbers, timestamps, NULLs and escaped characters, as pg_dump writes them.",
        "",
        machine() + ".",
        "",
        EXPLAINED.format(runs=runs),
        "| program | dump | wall time | rate | peak memory | exit |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    return "\n".join([*head, *lines]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", type=size_in_bytes, default=size_in_bytes("50MB"), help="for both programs")
    parser.add_argument(
        "--large", type=size_in_bytes, default=size_in_bytes("1GB"), help="for dsql-migrate; 0: leave out"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--output", type=Path, help="Markdown file; default: standard output")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dsql-migrate-bench-") as name:
        folder = Path(name)
        dump = make(folder, options.small)
        ours(dump, folder)  # the first run compiles modules and rules: not what is measured
        mine, other = [], []
        for number in range(options.runs):
            mine.append(ours(dump, folder))
            other.append(theirs(dump, folder))
            print(f"{number + 1}: {mine[-1].seconds:.2f} s, dsql-lint {other[-1].seconds:.2f} s", file=sys.stderr)
        lines = [row("dsql-migrate rewrite", dump.stat().st_size, mine, (0,))]
        lines.append(row("dsql-lint --fix", dump.stat().st_size, other, (0, 1, 3)))
        if options.large:
            dump.unlink()
            dump = make(folder, options.large)
            large = [ours(dump, folder) for _ in range(options.runs)]
            lines.append(row("dsql-migrate rewrite", dump.stat().st_size, large, (0,)))
            mine += large
    text = document(lines, options.runs)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    print(text)
    failures = [one for one in mine if one.code]
    if failures:
        print(failures[0].error, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
