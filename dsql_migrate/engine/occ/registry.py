"""Which transactions have committed lately, and what they touched: the judge of a COMMIT."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from dsql_migrate.engine.occ.footprint import Entry, Footprint, Mode, conflict

ENTRIES = 500_000
"""How many entries are kept row by row: some 100 MB. A transaction may be open for minutes while others load rows."""

UNSEEN = 1 << 64
"""The id of a transaction whose own is not known: no snapshot sees it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a transaction sees: PostgreSQL's ``pg_current_snapshot()``."""

    xmin: int
    xmax: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Snapshot:
        """Reads ``xmin:xmax:xip,…`` (64-bit ids of transactions). ValueError where it is not that."""
        try:
            xmin, xmax, running = text.split(":")
            return cls(int(xmin), int(xmax), frozenset(int(each) for each in running.split(",") if each))
        except ValueError:
            raise ValueError(f"not the text of a snapshot: {text!r}") from None

    def sees(self, xid: int) -> bool:
        """Whether the effects of a transaction that has committed by now are in this snapshot."""
        return xid < self.xmin or (xid < self.xmax and xid not in self.running)


@dataclass(frozen=True, slots=True)
class _Commit:
    number: int
    xid: int
    footprint: Footprint


_Seen = tuple[int, int, Mode]
"""A commit's number, its transaction's id, and how it touched the entry."""


class Registry:
    """Recent commits in their order. Not for use from several threads.

    Each open transaction holds a mark; what was recorded before the oldest mark is of no use to anybody (``prune``).
    Memory is bounded: beyond ``entries`` rows the oldest commits are remembered by table only, as if they had touched
    every row of it, which can only refuse more than it must.
    """

    def __init__(self, entries: int = ENTRIES) -> None:
        self._limit = entries
        self._number = 0
        self._held = 0
        self._commits: deque[_Commit] = deque()
        self._by_entry: dict[Entry, deque[_Seen]] = {}
        self._tables: dict[int, int] = {}
        self._faded: dict[tuple[int, Mode], _Seen] = {}
        self._coming: set[int] = set()  # numbers of those announced that are not committed yet

    def __len__(self) -> int:
        """How many entries are held row by row."""
        return self._held

    @property
    def latest(self) -> int:
        """The number of the last commit; a mark that is as high has nothing behind it."""
        return self._number

    def begin(self) -> int:
        """The mark of a transaction that begins now: every commit that its snapshot may not see comes after it."""
        return min(self._coming) - 1 if self._coming else self._number

    def announce(self, xid: int, footprint: Mapping[Entry, Mode]) -> int:
        """Remembers a transaction that is about to commit, and will not fail; ``settle`` wants the number it gives.

        Until then it comes after whatever begins: the snapshots of those may still be without it.
        """
        self.record(xid, footprint)
        self._coming.add(self._number)
        return self._number

    def settle(self, number: int) -> None:
        """What was announced under this number is committed: whoever begins now sees it."""
        self._coming.discard(number)

    def passed(self) -> None:
        """Something was committed that concerns nobody: no transaction is open that might not see it."""
        self._number += 1

    def record_tables(self, modes: Mapping[int, Mode]) -> None:
        """Remembers a commit of which only the tables are known, as one that no snapshot sees."""
        self._number += 1
        for relation, mode in modes.items():
            self._tables[relation] = self._number
            self._faded[relation, mode] = (self._number, UNSEEN, mode)

    def record(self, xid: int, footprint: Mapping[Entry, Mode]) -> None:
        """Remembers that the transaction xid has committed, having touched this."""
        self._number += 1
        if not footprint:
            return
        self._commits.append(_Commit(self._number, xid, footprint))
        self._held += len(footprint)
        for entry, mode in footprint.items():
            self._tables[entry[0]] = self._number
            if mode is not Mode.TOUCHED:
                self._by_entry.setdefault(entry, deque()).append((self._number, xid, mode))
        while self._held > self._limit:
            self._fade(self._forget_oldest())

    def suspects(self, footprint: Mapping[Entry, Mode], mark: int) -> set[int]:
        """Ids of the transactions recorded after the mark that conflict with this footprint.

        The caller leaves out those that its snapshot sees: a mark may be older than the snapshot. Of the commits
        remembered by table only, it names the last of each kind: whoever sees that one sees those before it.
        """
        found: set[int] = set()
        for entry, mode in footprint.items():
            for number, xid, other in reversed(self._by_entry.get(entry, ())):
                if number <= mark:
                    break
                if conflict(mode, other):
                    found.add(xid)
        if self._faded:
            for relation, mode in {(entry[0], mode) for entry, mode in footprint.items()}:
                for other in Mode:
                    number, xid, _ = self._faded.get((relation, other), (0, 0, other))
                    if number > mark and conflict(mode, other):
                        found.add(xid)
        return found

    def since(self, mark: int) -> frozenset[int]:
        """The tables that commits recorded after the mark wrote to, locked rows of, or checked references against."""
        return frozenset(relation for relation, number in self._tables.items() if number > mark)

    def prune(self, oldest: int | None) -> None:
        """Forgets what no open transaction needs. oldest: the smallest mark still held; None where none is."""
        until = self._number if oldest is None else oldest
        while self._commits and self._commits[0].number <= until:
            self._forget_oldest()
        if self._faded:
            self._faded = {kind: seen for kind, seen in self._faded.items() if seen[0] > until}
        if oldest is None:
            self._tables.clear()

    def _forget_oldest(self) -> _Commit:
        commit = self._commits.popleft()
        self._held -= len(commit.footprint)
        for entry, mode in commit.footprint.items():
            if mode is Mode.TOUCHED:
                continue
            seen = self._by_entry[entry]
            seen.popleft()
            if not seen:
                del self._by_entry[entry]
        return commit

    def _fade(self, commit: _Commit) -> None:
        for relation, mode in {(entry[0], mode) for entry, mode in commit.footprint.items()}:
            self._faded[relation, mode] = (commit.number, commit.xid, mode)
