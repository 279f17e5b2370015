"""What can run at the same time is marked in the scripts: rows, and indexes and keys of different tables.

A phase holds what may run together; a mark is written only where there is something to run together with.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import BinaryIO

from dsql_migrate.marks import mark, unmarked
from dsql_migrate.rewrite.plan import Item, Plan
from dsql_migrate.schema.model import Key
from dsql_migrate.source.scanner import skip_blanks


class Phases:
    """The phases of data.sql while it is written. The first step of a phase is held until a second one comes."""

    def __init__(self, plan: Plan, out: BinaryIO) -> None:
        self._plan = plan
        self._out = out
        self._phase = 0
        self._tables: set[Key] = set()
        self._lanes: dict[Key, int] = {}
        self._held: list[bytes] | None = None  # the first step: before and behind its mark
        self._first: int | None = None  # its lane
        self._marked = False

    def write(self, data: bytes) -> int:
        """Behind what was written last."""
        if self._held is None:
            return self._out.write(data)
        self._held.append(data)
        return len(data)

    def alone(self, data: bytes = b"") -> None:
        """What comes now runs by itself."""
        if self._held is not None:
            self._out.write(b"".join(self._held))
        self._held, self._marked, self._tables, self._lanes = None, False, set(), {}
        self._out.write(data)

    def rows_of(self, table: Key) -> None:
        """Rows of a table come: they begin a phase where a key of CREATE TABLE wants rows of this one before them."""
        parents = self._parents(table)
        if parents & self._tables - {table}:
            self.alone()
        self._tables.add(table)
        if table in parents:  # one after another: they may refer to each other
            self._lanes.setdefault(table, len(self._lanes) + 1)

    def step(self, table: Key, lead: bytes) -> None:
        """A COPY of that table follows; ``lead``: what stands above it."""
        lead, lane = unmarked(lead), self._lanes.get(table)
        if self._marked:
            self._out.write(lead + mark(self._phase, lane))
        elif self._held is None:
            self._held, self._first = [lead], lane
        else:
            self._phase += 1
            held, self._held, self._marked = self._held, None, True
            self._out.write(held[0] + mark(self._phase, self._first) + b"".join(held[1:]))
            self._out.write(lead + mark(self._phase, lane))

    def _parents(self, table: Key) -> set[Key]:
        if not self._plan.inline:
            return set()
        planned = self._plan.tables.get(table)
        keys = planned.table.constraints.values() if planned is not None else ()
        return {
            self._plan.root(key.references)
            for key in keys
            if key.references is not None and (table, key.name) in self._plan.inline
        }


def lanes(items: Iterable[Item]) -> list[tuple[Item, bytes]]:
    """The items of post-data.sql, each with its mark or nothing. Those of one table go one after another."""
    found: list[tuple[Item, bytes]] = []
    phase = 0
    for stage, group in groupby(items, lambda item: (item.lane is not None, item.rank // 10)):
        members = list(group)
        names = dict.fromkeys(item.lane for item in members)
        if not stage[0] or len(names) < 2:
            found += [(item, b"") for item in members]
            continue
        phase += 1
        number = {name: at for at, name in enumerate(names, 1)}
        found += [(item, mark(phase, number[item.lane])) for item in members]
    return found


def with_mark(sql: bytes, line: bytes) -> bytes:
    """A statement with its mark right above it, and no other."""
    at = skip_blanks(sql, 0, True) or 0
    lead = unmarked(sql[:at])
    if line and lead.rpartition(b"\n")[2].strip():  # a comment on the statement's own line
        lead = lead.rstrip() + b"\n"
    return lead + line + sql[at:]
