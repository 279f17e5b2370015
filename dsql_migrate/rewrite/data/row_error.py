"""What goes wrong with one row of data, told with the row and the column."""

from __future__ import annotations


class RowError(ValueError):
    """A row that cannot be carried over.

    ``row`` counts from 1 within the COPY block or the INSERT statement (a CSV header is no row), ``column`` counts
    from 0 within the fields (None: the row as a whole).
    """

    def __init__(self, row: int, column: int | None, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.column = column
        self.message = message

    def __str__(self) -> str:
        where = f"row {self.row}" if self.column is None else f"row {self.row}, column {self.column + 1}"
        return f"{where}: {self.message}"
