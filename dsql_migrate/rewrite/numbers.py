"""Numbers that a sequence gave in the source, written out.

DSQL gives unique numbers, not always increasing ones (user guide, sequences). A script that leaves a serial column
out and
later refers to 1, 2, 3 … would load other numbers than it means; so the rows get the numbers PostgreSQL would have
given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dsql_migrate.rewrite.plan import ColumnPlan, Plan, dotted
from dsql_migrate.rewrite.quoting import literal, one_line, qualified
from dsql_migrate.schema.model import Key, Sequence
from dsql_migrate.source.facts import AnyFact, Select


class Numbers:
    """The sequences of a script while its rows are passed, in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._next: dict[Key, int] = {}
        self._drawn: set[Key] = set()

    def supply(self, column: ColumnPlan) -> Callable[[], str] | None:
        """What gives the next number of the column's sequence; None where the column has none."""
        sequence = column.identity or self._by_default(column)
        if sequence is None:
            return None
        return lambda: str(self._draw(sequence))

    def _draw(self, sequence: Sequence) -> int:
        value = self._next.setdefault(sequence.key, self._start(sequence))
        self._next[sequence.key] = value + (sequence.options.increment or 1)
        self._drawn.add(sequence.key)
        return value

    def _draw_from(self, key: Key | None) -> None:
        sequence = self._plan.catalogue.sequences.get(key) if key is not None else None
        if sequence is not None:
            self._draw(sequence)

    def _by_default(self, column: ColumnPlan) -> Sequence | None:
        default = column.column.default
        if default is None or len(default.sequences) != 1 or len(default.functions) != 1 or not column.keep_default:
            return None
        key = self._plan.catalogue.sequence_key(default.sequences[0])
        return self._plan.catalogue.sequences.get(key) if key else None

    @staticmethod
    def _start(sequence: Sequence) -> int:
        options = sequence.options
        if options.start is not None:
            return options.start
        if options.increment is not None and options.increment < 0:
            return options.maxvalue if isinstance(options.maxvalue, int) else -1
        return options.minvalue if isinstance(options.minvalue, int) else 1

    def follow(self, fact: AnyFact) -> None:
        """A setval or nextval among the rows moves its sequence."""
        for call in fact.calls if isinstance(fact, Select) else ():
            if call.name.name == "nextval" and call.arguments and call.arguments[0]:
                self._draw_from(self._plan.catalogue.sequence_key(call.arguments[0]))
            if call.name.name == "setval" and len(call.arguments) >= 2 and call.arguments[0] and call.arguments[1]:
                key = self._plan.catalogue.sequence_key(call.arguments[0])
                if key is None or not call.arguments[1].lstrip("-").isdigit():
                    continue
                step = self._plan.catalogue.sequences[key].options.increment or 1
                called = call.arguments[2:3] != ("false",)
                self._next[key] = int(call.arguments[1]) + (step if called else 0)
                self._drawn.discard(key)

    def closing(self) -> Iterator[bytes]:
        """A setval for every sequence whose numbers were written out, so that the next one is new."""
        for key in sorted(self._drawn):
            step = self._plan.catalogue.sequences[key].options.increment or 1
            name = literal(qualified(self._plan.place(key))).strip()
            note = f"\n-- The rows above hold numbers of the sequence {one_line(dotted(key))}.\n"
            yield f"{note}SELECT setval({name}, {self._next[key] - step}, true);\n".encode("utf-8", "surrogateescape")
