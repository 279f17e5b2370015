"""The indexes of a catalogue, by their names and by their tables."""

from __future__ import annotations

from typing import Any

from dsql_migrate.schema.model import Index, Key


class Indexes(dict[Key, Index]):
    """A dictionary that also knows the indexes of a table: a schema has thousands, and each new one is counted."""

    __slots__ = ("_by_table",)

    def __init__(self) -> None:
        super().__init__()
        self._by_table: dict[Key, list[Index]] | None = None

    def of(self, table: Key) -> list[Index]:
        """The indexes on a table, in the order in which they were made."""
        if self._by_table is None:
            self._by_table = {}
            for index in self.values():
                self._by_table.setdefault(index.table, []).append(index)
        return list(self._by_table.get(table, ()))

    def moved(self) -> None:
        """To be called where the table of an index was changed."""
        self._by_table = None

    def __setitem__(self, key: Key, index: Index) -> None:
        if key in self:
            self._by_table = None
        elif self._by_table is not None:
            self._by_table.setdefault(index.table, []).append(index)
        super().__setitem__(key, index)

    def __delitem__(self, key: Key) -> None:
        self._by_table = None
        super().__delitem__(key)

    def pop(self, key: Key, *default: Any) -> Any:
        """As of any dictionary."""
        self._by_table = None
        return super().pop(key, *default)
