"""What the gateway costs: pgbench through it against pgbench on the PostgreSQL behind it, in turns, as ratios.

Both databases are on the same embedded server. pgbench's tables have 100,000 accounts; they are made here, since
`pgbench -i` needs what DSQL does not have. The direct runs use the server's Unix socket, its only door.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from measure import machine, put_between

from dsql_migrate.engine.local import LocalDsql
from dsql_migrate.engine.postgres.binaries import find_client
from dsql_migrate.errors import Failure

PROJECT = Path(__file__).resolve().parent.parent
ACCOUNTS = 100_000
TABLES = (
    "CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88))",
    "CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84))",
    "CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84))",
    "CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
)
ROWS = (
    "INSERT INTO pgbench_branches SELECT 1, 0",
    "INSERT INTO pgbench_tellers SELECT n, 1, 0 FROM generate_series(1, 10) n",
    f"INSERT INTO pgbench_accounts SELECT n, 1, 0, '' FROM generate_series(1, {ACCOUNTS}) n",
)
UPDATE = f"\\set aid random(1, {ACCOUNTS})\nUPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = :aid;\n"
LOADS = {"select-only": ["-S"], "simple update (-N)": ["-N"], "one update, autocommit": []}


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table."""

    load: str
    protocol: str
    clients: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where pgbench connects to."""

    environment: dict[str, str]

    def run(self, program: Path, case: Case, seconds: float, script: Path) -> tuple[float, int]:
        """Transactions a second, and how many were tried again. Raises SystemExit where pgbench fails."""
        load = LOADS[case.load] or ["-f", str(script)]
        command = [
            str(program), "-n", *load, "-M", case.protocol, "-c", str(case.clients), "-j", str(min(case.clients, 2)),
            "-T", f"{seconds:.0f}", "--max-tries=100",
        ]  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        done = subprocess.run(
            command, env=environment | self.environment, capture_output=True, text=True, check=False, timeout=600
        )
        rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.M)
        if done.returncode != 0 or rate is None:
            raise SystemExit(f"pgbench failed: {done.stderr[-400:]}")
        retried = re.search(r"^total number of retries: (\d+)", done.stdout, re.M)
        return float(rate[1]), int(retried[1]) if retried else 0


def pgbench() -> Path:
    """The program. Raises SystemExit where it is not there: the wheel's PostgreSQL may come without it."""
    try:
        return find_client("pgbench")
    except Failure as error:
        raise SystemExit(f"{error}; Debian has it in postgresql-contrib") from None


def prepared(engine: LocalDsql) -> tuple[Place, Place]:
    """The gateway's database and a plain one, both filled."""
    through = engine.new_database()
    with psycopg.connect(engine.dsn(through), autocommit=True) as connection:
        for table in TABLES:
            connection.execute(table)
    plain = engine.server.create_database("plain")
    with psycopg.connect(plain, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(table)
    for dsn in (engine.server.dsn(through), plain):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")  # rows that no client has written
            for rows in ROWS:
                connection.execute(rows)
            connection.execute("VACUUM ANALYZE")
    parts = psycopg.conninfo.conninfo_to_dict(plain)
    direct = {"PGHOST": str(parts["host"]), "PGPORT": str(parts["port"]), "PGUSER": "postgres", "PGDATABASE": "plain"}
    return Place(direct), Place(engine.environment(through) | {"PGGSSENCMODE": "disable"})


def measure(rounds: int, seconds: float) -> Iterator[tuple[Case, list[float], list[float], int]]:
    """For each case the rates of both, and the retries through the gateway."""
    program = pgbench()
    cases = [Case(load, protocol, n) for load in LOADS for protocol in ("prepared", "simple") for n in (1, 8)]
    with LocalDsql() as engine, tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "update.sql"
        script.write_text(UPDATE)
        direct, through = prepared(engine)
        for case in cases:
            ours, theirs, retried = [], [], 0
            for place in (direct, through):
                place.run(program, case, 1, script)  # warms caches up
            for _ in range(rounds):
                theirs.append(direct.run(program, case, seconds, script)[0])
                rate, again = through.run(program, case, seconds, script)
                ours.append(rate)
                retried += again
            print(f"{case}: {statistics.median(ours):.0f} of {statistics.median(theirs):.0f}", file=sys.stderr)
            yield case, ours, theirs, retried


def table(found: list[tuple[Case, list[float], list[float], int]], rounds: int, seconds: float) -> str:
    """The section's text in Markdown."""
    lines = [
        f"`pgbench` through the gateway and on the PostgreSQL behind it, in turns: {rounds} runs of {seconds:.0f} s "
        "each, the median. pgbench, the gateway and the server share the processors. A transaction that loses a "
        "conflict is tried again.",
        "",
        f"{machine()}.",
        "",
        "| load | protocol | clients | direct, per second | gateway, per second | ratio | retried |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for case, ours, theirs, retried in found:
        one, other = statistics.median(ours), statistics.median(theirs)
        lines.append(
            f"| {case.load} | {case.protocol} | {case.clients} | {other:,.0f} | {one:,.0f} | {one / other:.2f} "
            f"| {retried} |"
        )
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=4)
    arguments.add_argument("--output", type=Path, help="the page whose section is written; without it, it is printed")
    given = arguments.parse_args()
    text = table(list(measure(given.rounds, given.seconds)), given.rounds, given.seconds)
    if given.output is None:
        print(text)
    else:
        page = put_between(given.output.read_text("utf-8"), "What it costs", text, "make bench")
        given.output.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
