"""Numbers that a sequence gave in the source, written out; and where each sequence goes on behind the load.

DSQL gives unique numbers, not always increasing ones (user guide, sequences). A script that leaves a serial column
out and later refers to 1, 2, 3 … would load other numbers than it means; so the rows get the numbers PostgreSQL would
have given.

A sequence of the bundle goes on behind the greatest number in use (of a descending one, the least): behind what the
rows hold in its columns, and behind where the script's own setval and RESTART leave it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dsql_migrate.rewrite.edits import Edits
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, literal, one_line, qualified
from dsql_migrate.rewrite.reach import with_path
from dsql_migrate.rewrite.reading import Statement
from dsql_migrate.rewrite.sequences.sequence_calls import sequence_calls
from dsql_migrate.schema.model import Key, Sequence, TableColumn
from dsql_migrate.source.facts import AlterSequence, AlterTable, Change, Insert, Select

_MOST = {"int2": 32767, "int4": 2147483647, "int8": 9223372036854775807}  # what a column of the source holds
_SET = re.compile(rb"\bset\b.*?(?:\bwhere\b|\Z)", re.I | re.S)


@dataclass(slots=True)
class State:
    """Where a sequence stands. ``next``: the number the source would give; ``there``: the one the target would.

    ``used``: the greatest number in its columns, in its own direction. ``asked``: rows came that nobody looked at, so
    that the table has to be asked. ``last``: what it gave last.
    """

    next: int
    there: int | None
    used: int | None = None
    asked: bool = False
    last: int | None = None
    why: str = ""


class Numbers:
    """The sequences of a script while its rows are passed, in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._states: dict[Key, State] = {}
        self._columns: dict[Key, list[tuple[Key, str]]] = {}  # of each sequence, on the target
        self._feeds: dict[tuple[Key, str], Sequence] = {}
        self._last: Key | None = None  # drawn from last of all: what lastval means
        self._held: dict[Key, list[int]] = {}  # drawn before their turn
        self._alone: dict[int, Sequence] = {}  # by id of the column: of those that nothing numbers on DSQL's day
        for key, planned in plan.tables.items():
            for column in [*planned.columns.values(), *(c for c, _ in planned.extra)]:
                sequence = column.identity or self._by_default(column) or self._owned(key, column.column)
                if sequence is not None and sequence.implicit is not None and not plan.target.has("sequences"):
                    self._alone[id(column)] = sequence
                if sequence is not None and column.choice.internal in _MOST:
                    self._feeds[key, column.column.name] = sequence
                    self._columns.setdefault(sequence.key, []).append((key, column.column.name))

    # -- columns ------------------------------------------------------------------------------------------------------

    def supply(self, column: ColumnPlan) -> Callable[[], str] | None:
        """What gives the next number of the column's sequence; None where the column has none."""
        sequence = self._source(column)
        if sequence is None:
            return None
        conversion = column.choice.conversion
        if column.drawn is None or conversion is None:
            return lambda: str(self._supplied(sequence))
        return lambda: conversion.convert(str(self._supplied(sequence)).encode()).decode()

    def watched(self, table: Key, names: Iterable[str]) -> list[tuple[int, Sequence]]:
        """Which of the columns ``names`` of a source table hold numbers of a sequence."""
        root = self._plan.root(table)
        return [(i, self._feeds[root, name]) for i, name in enumerate(names) if (root, name) in self._feeds]

    def used(self, sequence: Sequence, value: int) -> None:
        """Rows hold this number."""
        state = self._state(sequence)
        if state.used is None or (value - state.used) * step(sequence) > 0:
            state.used = value

    def unseen(self, sequence: Sequence) -> None:
        """Rows hold numbers that nobody has read."""
        self._state(sequence).asked = True

    def _source(self, column: ColumnPlan) -> Sequence | None:
        """The sequence that gives the column's numbers where a row has none."""
        return column.identity or column.drawn or self._by_default(column) or self._alone.get(id(column))

    def _by_default(self, column: ColumnPlan) -> Sequence | None:
        default = column.column.default
        if default is None or len(default.sequences) != 1 or len(default.functions) != 1 or not column.keep_default:
            return None
        key = self._plan.catalogue.sequence_key(default.sequences[0])
        return self._plan.catalogue.sequences.get(key) if key else None

    def _owned(self, table: Key, column: TableColumn) -> Sequence | None:
        found = (s for s in self._plan.catalogue.sequences.values() if s.owned_by == (table, column.name))
        return next(found, None)

    # -- drawing ------------------------------------------------------------------------------------------------------

    def _state(self, sequence: Sequence) -> State:
        found = self._states.get(sequence.key)
        if found is None:
            start = first(sequence)
            found = self._states[sequence.key] = State(start, start)
        return found

    def _supplied(self, sequence: Sequence) -> int:
        held = self._held.get(sequence.key)
        return held.pop(0) if held else self.draw(sequence)

    def draw(self, sequence: Sequence) -> int:
        """The next number, as nextval gives it in PostgreSQL; CYCLE goes back to the other end."""
        state = self._state(sequence)
        value, after = state.next, state.next + step(sequence)
        low, high = _ends(sequence)
        if sequence.options.cycle and not low <= after <= high:
            after = low if step(sequence) > 0 else high
        state.next, state.last, state.why = after, value, "drawn"
        self._last = sequence.key
        return value

    def before_row(self, columns: Iterable[ColumnPlan]) -> None:
        """Draw for columns that PostgreSQL fills before it looks at the row's own expressions."""
        for column in columns:
            sequence = self._source(column)
            if sequence is not None:
                self._held.setdefault(sequence.key, []).append(self.draw(sequence))

    def spelled(self, value: bytes, *, drawing: bool = True) -> bytes:
        """An expression with the numbers in place of nextval, currval and lastval, where they are known."""
        edits = Edits()
        taken = -1
        for call in sequence_calls(self._plan, value):
            if call.span.start < taken:
                continue
            number = None
            if call.function == "nextval" and call.sequence is not None and drawing:
                number = self.draw(call.sequence)
            elif call.function == "currval" and call.sequence is not None:
                number = self._state(call.sequence).last
            elif call.function == "lastval" and self._last is not None:
                number = self._states[self._last].last
            if number is not None:
                edits.replace(call.span, str(number))
                taken = call.span.end
        return edits.apply(value)

    # -- statements among the rows ------------------------------------------------------------------------------------

    def restarts(self) -> dict[int, list[tuple[Sequence, int]]]:
        """ALTER SEQUENCE … RESTART and ALTER COLUMN … RESTART, by statement: where each sequence goes on."""
        found: dict[int, list[tuple[Sequence, int]]] = {}
        for statement in self._plan.script.statements:
            for sequence, restart in self._restarted(statement):
                value = first(sequence) if restart == "start" else int(restart)
                found.setdefault(statement.number, []).append((sequence, value))
        return found

    def _restarted(self, statement: Statement) -> Iterator[tuple[Sequence, int | str]]:
        fact = statement.fact
        if isinstance(fact, AlterSequence) and fact.options.restart is not None:
            with_path(self._plan, statement.number)
            text = f"{identifier(fact.name.schema)}." if fact.name.schema else ""
            key = self._plan.catalogue.sequence_key(text + identifier(fact.name.name))
            if key is not None:
                yield self._plan.catalogue.sequences[key], fact.options.restart
        elif isinstance(fact, AlterTable):
            table = self._plan.script.scope.altered.get(statement.number)
            for action in fact.actions:
                restart = action.identity.options.restart if action.identity is not None else None
                if table is None or restart is None:
                    continue
                names = {action.name} | {c.name for c in table.columns.values() if c.created_as == action.name}
                for sequence in self._plan.catalogue.sequences.values():
                    owner = sequence.owned_by
                    if owner is not None and owner[0] == table.key and owner[1] in names:
                        yield sequence, restart

    def restart(self, sequence: Sequence, value: int) -> None:
        """The script says where the sequence goes on; DSQL is told behind the rows."""
        state = self._state(sequence)
        state.next, state.why, state.used = value, "restarted", None

    def before(self, statement: Statement) -> Iterator[bytes]:
        """What has to be said before a statement that may draw numbers itself."""
        fact = statement.fact
        if isinstance(fact, Select):
            return
        for sequence in self._touched(statement):
            yield from self._moved(sequence, ask=False)

    def follow(self, statement: Statement) -> None:
        """A statement among the rows moves sequences, or brings numbers that are not to be seen."""
        fact = statement.fact
        if not isinstance(fact, Select):
            for sequence in self._touched(statement):
                self._state(sequence).asked = True
            return
        with_path(self._plan, statement.number)
        for call in sequence_calls(self._plan, statement.piece.sql[statement.piece.body :]):
            if call.sequence is None:
                continue
            state = self._state(call.sequence)
            if call.function == "nextval":
                on_target = state.there
                self.draw(call.sequence)
                state.there = None if on_target is None else on_target + step(call.sequence)
            elif call.function == "setval" and call.value is not None:
                state.next = call.value + (step(call.sequence) if call.called else 0)
                state.there, state.why = state.next, ""
                state.last = call.value if call.called else state.last
            elif call.function == "setval":  # it reads the tables itself
                state.there, state.used, state.asked, state.why = None, None, False, ""

    def _touched(self, statement: Statement) -> list[Sequence]:
        fact = statement.fact
        if not isinstance(fact, Insert | Change):
            return []
        with_path(self._plan, statement.number)
        table = self._plan.catalogue.table_called(fact.table.schema, fact.table.name)
        root = self._plan.root(table.key) if table is not None else None
        text = statement.piece.sql[statement.piece.body :]
        found = {s.key: s for (key, name), s in self._feeds.items() if key == root and _writes(fact, text, name)}
        for call in sequence_calls(self._plan, text):
            if call.sequence is not None and call.function == "nextval":
                found[call.sequence.key] = call.sequence
        return [found[key] for key in sorted(found)]

    # -- behind the rows ----------------------------------------------------------------------------------------------

    def closing(self) -> Iterator[bytes]:
        """A setval for every sequence that would otherwise give a number that is there, or one the script left."""
        for key in sorted(self._states):
            sequence = self._plan.catalogue.sequences.get(key)
            if sequence is not None:
                yield from self._moved(sequence, ask=True)

    def _moved(self, sequence: Sequence, *, ask: bool) -> Iterator[bytes]:
        state = self._state(sequence)
        entry = self._plan.ledger.get(f"sequence:{dotted(sequence.key)}")
        if entry is None or entry.disposition not in ("kept", "rewritten"):
            return
        name = literal(qualified(self._plan.place(sequence.key))).strip()
        by, (low, high) = step(sequence), _ends(sequence)
        wanted, note, shown = state.next, _NOTES.get(state.why, ""), one_line(dotted(sequence.key))
        behind = state.used is not None and (state.used - wanted) * by >= 0 and self._room(sequence, state.used + by)
        if behind and state.used is not None:
            wanted, note = state.used + by, _BEHIND
        if (state.there is not None or behind or state.why) and wanted != state.there:
            last = wanted - by
            plain = state.why == "restarted" and not behind
            said = f"{wanted}, false" if plain or not low <= last <= high else f"{last}, true"
            yield self._told(note.format(shown), f"SELECT setval({name}, {said});")
            state.next = state.there = wanted
            state.why = ""
        if ask and state.asked:
            greatest, sign = ("max", ">=") if by > 0 else ("min", "<=")
            known = f" HAVING {greatest}(n) {sign} {wanted}"
            used = " UNION ALL ".join(
                f"SELECT {greatest}({identifier(column)}) AS n FROM {qualified(self._plan.place(table))}"
                for table, column in self._columns.get(sequence.key, [])
            )
            if used:
                yield self._told(
                    _BEHIND.format(shown),
                    f"SELECT setval({name}, {greatest}(n), true) FROM ({used}) AS used{known};",
                )

    def _told(self, note: str, sql: str) -> bytes:
        remark = f"-- {note}\n" if self._plan.decisions.remarks else ""
        return f"\n{remark}{sql}\n".encode("utf-8", "surrogateescape")

    def _room(self, sequence: Sequence, value: int) -> bool:
        """Whether the sequence can stand there, and its columns can hold it."""
        low, high = _ends(sequence)
        if not low <= value - step(sequence) <= high:
            return False
        for table, name in self._columns.get(sequence.key, []):
            planned = self._plan.tables[table]
            column = planned.columns.get(name) or next(c for c, _ in planned.extra if c.column.name == name)
            if abs(value) > _MOST.get(column.choice.internal, 0):
                return False
        return True


_BEHIND = "Rows hold numbers of the sequence {}: it goes on behind them."
_NOTES = {
    "drawn": "The rows above hold numbers of the sequence {}.",
    "restarted": "The script restarts the sequence {} here.",
    "": "The sequence {} stands here in the script.",
}


def _writes(fact: Insert | Change, text: bytes, column: str) -> bool:
    """Whether a statement may put numbers into a column: an UPDATE that does not set it, or a DELETE, does not."""
    if isinstance(fact, Insert) or fact.kind != "update":
        return isinstance(fact, Insert)
    assigned = _SET.search(text)
    word = rb"(?<!\w)" + re.escape(column.encode("utf-8", "surrogateescape")) + rb"(?!\w)"
    return assigned is None or re.search(word, assigned.group(), re.I) is not None


def step(sequence: Sequence) -> int:
    """INCREMENT."""
    return sequence.options.increment or 1


def first(sequence: Sequence) -> int:
    """The number a sequence gives first: START, else its MINVALUE, or MAXVALUE where it descends."""
    options = sequence.options
    if options.start is not None:
        return options.start
    low, high = _ends(sequence)
    return low if step(sequence) > 0 else high


def _ends(sequence: Sequence) -> tuple[int, int]:
    """MINVALUE and MAXVALUE (PostgreSQL's defaults: 1 and the type's greatest, descending its least and -1)."""
    options = sequence.options
    most = _MOST.get(options.type.name if options.type is not None else "int8", _MOST["int8"])
    low, high = (1, most) if step(sequence) > 0 else (-most - 1, -1)
    return (
        options.minvalue if isinstance(options.minvalue, int) else low,
        options.maxvalue if isinstance(options.maxvalue, int) else high,
    )
