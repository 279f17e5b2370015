"""Waits for background jobs by polling: CALL sys.wait_for_job would sit in one transaction, and those end at 300 s."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from dsql_migrate.apply.retry import Retry
from dsql_migrate.engine.databases.catalog import dotted, literal
from dsql_migrate.engine.endpoint import DsqlError, Result
from dsql_migrate.engine.policy.verdict import relation
from dsql_migrate.source.parse import Unparsable, parse

_RUNNING = ("submitted", "processing")
_LONGEST_PAUSE = 5.0
_UNSEEN = 5  # polls


class Outcome(Enum):
    """How a job ended."""

    DONE = "done"
    FORGOTTEN = "forgotten"  # sys.jobs has no row: those of finished jobs go after a while


def wait_for_job(ask: Callable[[str], Result], job: str, retry: Retry) -> Outcome:
    """Wait until the job is finished. Raises DsqlError where it failed, with the job's details."""
    pause, unseen = 0.004, 0
    while True:
        rows = ask(f"SELECT status, details FROM sys.jobs WHERE job_id = {literal(job)}").rows
        if not rows:
            unseen += 1
            if unseen >= _UNSEEN:
                return Outcome.FORGOTTEN
        elif rows[0][0] == "completed":
            return Outcome.DONE
        elif rows[0][0] not in _RUNNING:
            details = rows[0][1] or "sys.jobs has no details"
            raise DsqlError("P0001", f"the job {rows[0][0]}: {details}")
        retry.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def wait_for_index(ask: Callable[[str], Result], statement: bytes, retry: Retry) -> None:
    """Wait until an index that is already there is built. Raises DsqlError where nobody builds it any more.

    Does nothing for a statement that makes no index, or one without a name.
    """
    try:
        parsed = parse(statement)
    except Unparsable:
        return
    if parsed.kind != "IndexStmt" or not parsed.node.get("idxname"):
        return
    name = (*relation(parsed.node["relation"])[:-1], str(parsed.node["idxname"]))  # in its table's schema
    pause = 0.004
    while True:
        # In this order: a job that ends between the two has made the index valid by then.
        running = ask("SELECT 1 FROM sys.jobs WHERE job_type = 'INDEX_BUILD' AND status IN ('submitted', 'processing')")
        valid = ask(f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass({literal(dotted(name))})").rows
        if not valid or valid[0][0] == "t":
            return
        if not running.rows:
            raise DsqlError("55000", f"index {'.'.join(name)} is INVALID: drop it, then run again")
        retry.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
