"""What a process holds: descriptors, memory, children; and what the engine's server holds for its clients."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest

PROC = Path("/proc/self/fd")


def needs_proc() -> None:
    """Skip where the system does not say what a process holds."""
    if not PROC.is_dir():
        pytest.skip("no /proc here")


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(os.listdir(PROC))


def resident() -> int:
    """Bytes of memory that this process occupies."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> set[int]:
    """All processes below one, at any depth."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def backends(superuser: str, database: str) -> list[int]:
    """The processes that serve clients of one database."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = %s AND usename = 'admin' AND backend_type = 'client backend'"
    )
    with psycopg.connect(superuser, autocommit=True) as connection:
        return [pid for (pid,) in connection.execute(query, [database])]
