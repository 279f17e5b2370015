"""What is wrong with rows: told with its line, some of it for each table and rule, the rest counted."""

from __future__ import annotations

from dsql_migrate.rewrite.quoting import one_line

Trouble = tuple[int, str, str]  # line, rule, message

_MOST = 10  # told one by one for a table and a rule


class Troubles:
    """Collects them, in the order in which they are met."""

    def __init__(self) -> None:
        self._found: list[Trouble] = []
        self._told: dict[tuple[str, str], int] = {}
        self._lines: dict[tuple[str, str], int] = {}  # of the first one

    def add(self, line: int, rule: str, message: str) -> None:
        """One that is told in any case."""
        self._found.append((line, rule, one_line(message)))

    def tell(self, table: str, line: int, rule: str, message: str) -> bool:
        """One of a row or a value; False where it is only counted."""
        told = self._told[table, rule] = self._told.get((table, rule), 0) + 1
        self._lines.setdefault((table, rule), line)
        if told <= _MOST:
            self.add(line, rule, message)
        return told <= _MOST

    def all(self) -> list[Trouble]:
        """All of them, those that were only counted in one line for each table and rule."""
        more = [
            (self._lines[key], key[1], f"{key[0]}: {told - _MOST:,} more like these")
            for key, told in self._told.items()
            if told > _MOST
        ]
        return [*self._found, *more]
