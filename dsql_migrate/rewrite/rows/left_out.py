"""Rows of one COPY block that are left out or need a look: told with their line, the text kept for quarantine.sql."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reading import CopyBlock
from dsql_migrate.rewrite.rows.troubles import Troubles

_KEPT = 2000  # bytes of a row that quarantine.sql shows


class LeftOut:
    """What is wrong with the rows of one block. Rows count from 1, as they stand in the source, a header aside.

    ``names``: the columns of the rows, in order.
    """

    def __init__(self, plan: Plan, block: CopyBlock, troubles: Troubles, names: Sequence[str] = ()) -> None:
        self._plan = plan
        self._block = block
        self._troubles = troubles
        self._names = names
        self._name = dotted(block.table.key) if block.table else ""
        self._rows: list[int] = []  # refused before conversion, in order
        piece = block.statement.piece
        self._line = piece.line + piece.lines + (1 if block.copy.header else 0)

    def original(self, row: int) -> int:
        """The number in the source of a row that is the ``row``-th of the sound ones."""
        at = row
        while (found := row + bisect_right(self._rows, at)) != at:
            at = found
        return at

    def row(self, number: int, lines: int, text: bytes, why: str) -> None:
        """A row that no PostgreSQL takes; ``lines``: line feeds before it in the data."""
        self._rows.append(number)
        piece = self._block.statement.piece
        self._leave(number, piece.line + piece.lines + lines, why, text)

    def value(self, error: RowError) -> None:
        """A row with a value that cannot be converted."""
        row = self.original(error.row)
        column = "" if error.column is None else f"{self.column(error.column)}: "
        self._leave(row, self._line + row - 1, f"{column}{error.message}", b"")

    def column(self, index: int) -> str:
        """A field in words, by the name of its column."""
        return f"column {self._names[index]}" if index < len(self._names) else f"column {index + 1}"

    def say(self, row: int, rule: str, what: str) -> None:
        """A row that goes into the bundle all the same."""
        self._tell(self._line + row - 1, rule, f"COPY {self._name}, row {row}: {what}")

    def all_from(self, why: str) -> None:
        """The data cannot be read from some place on."""
        self._troubles.add(self._block.statement.line, "DSQL904", f"COPY {self._name}: {why}")

    def close(self, taken: int) -> None:
        """The block is done; ``taken``: how many rows are in the bundle."""
        if self._block.truncated:
            message = f"COPY {self._name}: the input ends inside its rows; {taken:,} whole rows were taken"
            self._troubles.add(self._block.statement.line, "DSQL904", message)

    def _leave(self, row: int, line: int, why: str, text: bytes) -> None:
        if self._tell(line, "DSQL904", f"COPY {self._name}, row {row} is left out: {why}") and text:
            shown = text[:_KEPT] + (b" [cut here]" if len(text) > _KEPT else b"")
            self._plan.loose.append((shown, line, f"row {row} of {self._name}: {why}"))

    def _tell(self, line: int, rule: str, message: str) -> bool:
        file = self._block.file
        where, at = (
            (f" ({file.label}, line {line - self._line + 1})", self._block.statement.line) if file else ("", line)
        )
        return self._troubles.tell(self._name, at, rule, message + where)
