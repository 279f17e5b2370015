"""Rows of one COPY block that are left out or need a look: told with their line, the text kept for quarantine.sql."""

from __future__ import annotations

from bisect import bisect_right

from dsql_migrate.rewrite.data.row_error import RowError
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.quoting import one_line
from dsql_migrate.rewrite.reading import CopyBlock

_MOST = 20  # rows told one by one in a block; the rest is counted
_KEPT = 2000  # bytes of a row that quarantine.sql shows

Trouble = tuple[int, str, str]  # line, rule, message


class LeftOut:
    """What is wrong with the rows of one block. Rows count from 1, as they stand in the source, a header aside."""

    def __init__(self, plan: Plan, block: CopyBlock, troubles: list[Trouble]) -> None:
        self._plan = plan
        self._block = block
        self._troubles = troubles
        self._name = dotted(block.table.key) if block.table else ""
        self._rows: list[int] = []  # refused before conversion, in order
        self._told = self._untold = 0
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
        column = "" if error.column is None else f"column {error.column + 1}: "
        self._leave(row, self._line + row - 1, f"{column}{error.message}", b"")

    def say(self, row: int, rule: str, what: str) -> None:
        """A row that goes into the bundle all the same."""
        self._tell(self._line + row - 1, rule, f"COPY {self._name}, row {row}: {what}")

    def all_from(self, why: str) -> None:
        """The data cannot be read from some place on."""
        self._troubles.append((self._block.statement.line, "DSQL904", one_line(f"COPY {self._name}: {why}")))

    def close(self, taken: int) -> None:
        """The block is done; ``taken``: how many rows are in the bundle."""
        line = self._block.statement.line
        if self._untold:
            self._troubles.append((line, "DSQL904", f"COPY {self._name}: {self._untold:,} more rows like these"))
        if self._block.truncated:
            message = f"COPY {self._name}: the input ends inside its rows; {taken:,} whole rows were taken"
            self._troubles.append((line, "DSQL904", message))

    def _leave(self, row: int, line: int, why: str, text: bytes) -> None:
        if self._tell(line, "DSQL904", f"COPY {self._name}, row {row} is left out: {why}") and text:
            shown = text[:_KEPT] + (b" [cut here]" if len(text) > _KEPT else b"")
            self._plan.loose.append((shown, line, f"row {row} of {self._name}: {why}"))

    def _tell(self, line: int, rule: str, message: str) -> bool:
        if self._told >= _MOST:
            self._untold += 1
            return False
        self._told += 1
        file = self._block.file
        where, at = (
            (f" ({file.label}, line {line - self._line + 1})", self._block.statement.line) if file else ("", line)
        )
        self._troubles.append((at, rule, one_line(message + where)))
        return True
