"""The registry of commits, against the plainest way to say what it must answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dsql_migrate.engine.occ import Entry, Mode, Registry, Snapshot, conflict
from dsql_migrate.engine.occ.registry import UNSEEN

ENTRIES = st.builds(lambda relation, value: (relation, ("id",), (value,)), st.integers(1, 2), st.sampled_from("abc"))
FOOTPRINTS = st.dictionaries(ENTRIES, st.sampled_from(Mode), max_size=3)


def row(value: str, relation: int = 1) -> Entry:
    return (relation, ("id",), (value,))


def test_only_what_was_recorded_after_the_mark_counts() -> None:
    registry = Registry()
    registry.record(1, {row("a"): Mode.STRONG})
    mark = registry.begin()
    registry.record(2, {row("a"): Mode.STRONG})
    registry.record(3, {row("b"): Mode.STRONG})
    assert registry.suspects({row("a"): Mode.CHANGE}, mark) == {2}


def test_modes_that_go_together_are_not_suspect() -> None:
    registry = Registry()
    mark = registry.begin()
    registry.record(1, {row("a"): Mode.KEY_SHARE})
    assert registry.suspects({row("a"): Mode.CHANGE}, mark) == set()
    assert registry.suspects({row("a"): Mode.STRONG}, mark) == {1}


def test_a_transaction_that_only_read_conflicts_with_nothing() -> None:
    registry = Registry()
    mark = registry.begin()
    registry.record(1, {row("a"): Mode.STRONG})
    registry.record(2, {})
    assert registry.suspects({}, mark) == set()
    assert registry.since(registry.begin()) == frozenset()


def test_since_names_the_tables_also_of_commits_that_conflict_with_nothing() -> None:
    registry = Registry()
    registry.record(1, {row("a", 7): Mode.STRONG})
    mark = registry.begin()
    registry.record(2, {(8, (), ()): Mode.TOUCHED})
    assert registry.since(mark) == {8}
    assert registry.suspects({(8, (), ()): Mode.STRONG}, mark) == set()


def test_memory_is_bounded_and_what_fades_conflicts_with_its_whole_table() -> None:
    registry = Registry(entries=10)
    mark = registry.begin()
    for number in range(100):
        registry.record(number, {row(str(number)): Mode.CHANGE})
    assert len(registry) <= 10
    assert registry.suspects({row("99"): Mode.CHANGE}, mark) >= {99}
    assert registry.suspects({row("5"): Mode.CHANGE}, mark) == {89}, "the last one that is remembered by table only"
    assert registry.suspects({row("not touched"): Mode.KEY_SHARE}, mark) == set()
    assert registry.suspects({row("5", relation=2): Mode.STRONG}, mark) == set()
    assert registry.suspects({row("5"): Mode.CHANGE}, registry.begin()) == set()


def test_one_commit_larger_than_the_bound_is_remembered_by_table() -> None:
    registry = Registry(entries=2)
    mark = registry.begin()
    registry.record(1, {row(value): Mode.STRONG for value in "abc"})
    assert len(registry) == 0
    assert registry.suspects({row("z"): Mode.CHANGE}, mark) == {1}


@pytest.mark.parametrize(
    ("text", "seen", "unseen"),
    [
        ("5:5:", {1, 4}, {5, 6}),
        ("5:9:6,7", {4, 5, 8}, {6, 7, 9}),
        ("3:4294967299:4294967298", {2, 3, 4294967297}, {4294967298}),
    ],
)
def test_a_snapshot_sees_what_was_committed_before_it(text: str, seen: set[int], unseen: set[int]) -> None:
    snapshot = Snapshot.parse(text)
    assert all(snapshot.sees(xid) for xid in seen)
    assert not any(snapshot.sees(xid) for xid in unseen)


@pytest.mark.parametrize("text", ["", "1:2", "1:2:3:4", "a:b:c", "1:2:x"])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the text of a snapshot"):
        Snapshot.parse(text)


def test_what_is_announced_comes_after_whoever_begins_before_it_is_settled() -> None:
    registry = Registry()
    before = registry.begin()
    first = registry.announce(1, {row("a"): Mode.STRONG})
    second = registry.announce(2, {row("b"): Mode.STRONG})
    between = registry.begin()
    registry.settle(first)
    late = registry.begin()
    registry.settle(second)
    touched = {row("a"): Mode.CHANGE, row("b"): Mode.CHANGE}
    assert [registry.suspects(touched, mark) for mark in (before, between, late)] == [{1, 2}, {1, 2}, {2}]
    assert registry.suspects(touched, registry.begin()) == set()


def test_a_commit_known_by_its_tables_alone_is_one_that_no_snapshot_sees() -> None:
    registry = Registry()
    mark = registry.begin()
    registry.record_tables({1: Mode.STRONG, 2: Mode.KEY_SHARE})
    assert registry.suspects({row("a"): Mode.CHANGE}, mark) == {UNSEEN}
    assert registry.suspects({row("a", relation=2): Mode.CHANGE}, mark) == set()
    assert registry.suspects({row("a", relation=2): Mode.STRONG}, mark) == {UNSEEN}
    assert registry.since(mark) == {1, 2}
    assert not Snapshot.parse("900:950:").sees(UNSEEN)
    assert registry.suspects({row("a"): Mode.CHANGE}, registry.begin()) == set()


class Commits(RuleBasedStateMachine):
    """Transactions begin, commit and end in any order; a plain list knows the answers."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = Registry()
        self.history: list[tuple[int, dict[Entry, Mode]]] = []
        self.open: list[tuple[int, int]] = []

    @rule()
    def begin(self) -> None:
        self.open.append((self.registry.begin(), len(self.history)))

    @rule(footprint=FOOTPRINTS)
    def commit(self, footprint: dict[Entry, Mode]) -> None:
        self.history.append((len(self.history), footprint))
        self.registry.record(len(self.history) - 1, footprint)

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0))
    def end(self, which: int) -> None:
        self.open.pop(which % len(self.open))
        self.registry.prune(min((mark for mark, _ in self.open), default=None))

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0), footprint=FOOTPRINTS)
    def ask(self, which: int, footprint: dict[Entry, Mode]) -> None:
        mark, length = self.open[which % len(self.open)]
        since = self.history[length:]
        assert self.registry.since(mark) == {entry[0] for _, touched in since for entry in touched}
        assert self.registry.suspects(footprint, mark) == {
            xid
            for xid, touched in since
            if any(conflict(mode, footprint[entry]) for entry, mode in touched.items() if entry in footprint)
        }

    @invariant()
    def nothing_is_held_that_nobody_needs(self) -> None:
        if not self.open:
            self.registry.prune(None)
            assert len(self.registry) == 0


TestCommits = Commits.TestCase


@settings(max_examples=50)
@given(st.lists(FOOTPRINTS, max_size=20), st.integers(0, 20), FOOTPRINTS, st.integers(0, 8))
def test_a_small_memory_never_misses_a_conflict(
    commits: list[dict[Entry, Mode]], begun: int, footprint: dict[Entry, Mode], entries: int
) -> None:
    large, small = Registry(), Registry(entries)
    marks = (0, 0)
    for number, touched in enumerate(commits):
        if number == begun:
            marks = (large.begin(), small.begin())
        large.record(number, touched)
        small.record(number, touched)
    if begun >= len(commits):
        marks = (large.begin(), small.begin())
    exact, bounded = large.suspects(footprint, marks[0]), small.suspects(footprint, marks[1])
    assert bool(bounded) >= bool(exact)
    assert max(exact, default=-1) <= max(bounded, default=-1), "the last one that conflicts is the least often seen"
    assert large.since(marks[0]) == small.since(marks[1])
