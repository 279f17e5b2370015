"""INSERT statements put together to transactions of a bounded size."""

from __future__ import annotations

from dsql_migrate.rewrite.writing.side_by_side import Phases


class Groups:
    """INSERT statements in transactions of a bounded size."""

    def __init__(self, out: Phases, max_rows: int, max_bytes: int) -> None:
        self._out = out
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._held: list[bytes] = []
        self._statements = self._rows = self._size = 0

    def takes(self, rows: int, size: int) -> bool:
        """Whether so much more goes into the transaction that is open."""
        return self._rows + rows <= self._max_rows and self._size + size <= self._max_bytes

    def add(self, sql: bytes, rows: int, statements: int = 1) -> None:
        if self._held and not self.takes(rows, len(sql)):
            self.flush()
        self._held.append(sql)
        self._statements += statements
        self._rows += rows
        self._size += len(sql)

    def flush(self) -> None:
        if self._statements > 1:
            self._out.alone(b"\nBEGIN;\n" + b"".join(self._held).strip() + b"\nCOMMIT;\n")
        elif self._held:
            self._out.alone(b"\n" + self._held[0].strip() + b"\n")
        self._held = []
        self._statements = self._rows = self._size = 0
