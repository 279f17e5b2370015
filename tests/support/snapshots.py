"""A model of DSQL's transactions in plain Python: snapshots, and the first to commit wins.

Written from the documentation alone (snapshot isolation; the conflict matrix; checks of foreign keys on the snapshot),
and apart from the engine's own code, so that each can catch the other's mistakes. Rows have an identity here, which
the engine has to make out from their values.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Row = dict[str, object]
Where = Callable[[Row], bool]
SHARE, CHANGE, STRONG = 1, 2, 3
CONFLICTING = {(STRONG, STRONG), (STRONG, CHANGE), (STRONG, SHARE), (CHANGE, STRONG), (CHANGE, CHANGE), (SHARE, STRONG)}


@dataclass(frozen=True)
class ForeignKey:
    """column references the key of a parent; action is what becomes of it when the parent's row goes or moves."""

    column: str
    parent: str
    key: str
    action: str = "NO ACTION"
    deferred: bool = False
    default: object = None


@dataclass(frozen=True)
class Table:
    """A table: its columns in order, columns that are unique each by itself, foreign keys."""

    name: str
    columns: tuple[str, ...]
    unique: tuple[str, ...] = ()
    not_null: tuple[str, ...] = ()
    references: tuple[ForeignKey, ...] = ()


class Fails(Exception):
    """The statement fails on the transaction's own snapshot: an error with this SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


Touch = tuple[object, ...]
State = dict[str, dict[int, Row]]


class Database:
    """The committed rows, and what each commit has touched."""

    def __init__(self, *tables: Table) -> None:
        self.tables = {table.name: table for table in tables}
        self.state: State = {table.name: {} for table in tables}
        self.commits: list[dict[Touch, int]] = []
        self.identities = itertools.count()

    def rows(self, table: str) -> list[tuple[object, ...]]:
        """The committed rows of a table, in order."""
        return _listed(self.tables[table], self.state[table].values())


@dataclass
class Transaction:
    """One transaction on the model. Its snapshot is that of its first statement, not that of BEGIN."""

    database: Database
    state: State | None = None
    begun: int = 0
    touched: dict[Touch, int] = field(default_factory=dict)
    written: set[tuple[str, int]] = field(default_factory=set)

    def commit(self) -> str | None:
        """None where it commits, else the SQLSTATE: 40001 for a conflict, 23503 for a deferred check that fails."""
        if self.state is None:
            return None
        for table in self.database.tables.values():
            for key in table.references:
                rows = self.state[table.name].values()
                if key.deferred and any(row[key.column] not in {None, *self._values(key)} for row in rows):
                    return "23503"
        for commit in self.database.commits[self.begun :]:
            if any((mode, commit[touch]) in CONFLICTING for touch, mode in self.touched.items() if touch in commit):
                return "40001"
        # Only what this transaction has written goes into the newest state; all else there stays.
        for name, identity in self.written:
            if identity in self.state[name]:
                self.database.state[name][identity] = self.state[name][identity]
            else:
                self.database.state[name].pop(identity, None)
        if self.touched:
            self.database.commits.append(self.touched)
        return None

    def select(self, table: str, where: Where = lambda row: True) -> list[tuple[object, ...]]:
        """The rows that the transaction sees."""
        return _listed(self.database.tables[table], (row for _, row in self._found(table, where)))

    def lock(self, table: str, where: Where, shared: bool) -> list[tuple[object, ...]]:
        """SELECT … FOR UPDATE, or FOR KEY SHARE."""
        found = list(self._found(table, where))
        for identity, row in found:
            self._touch(table, identity, row, SHARE if shared else STRONG)
        return _listed(self.database.tables[table], (row for _, row in found))

    def insert(self, table: str, row: Row, on_conflict: str = "", arbiter: str = "") -> int:
        """INSERT; on_conflict is "", "nothing" or "update" (of all other columns). Gives back how many rows changed."""
        rows = self._rows(table)
        for key in self.database.tables[table].unique:
            value = row[key]
            if value is None or all(other[key] != value for other in rows.values()):
                continue
            if on_conflict == "nothing":
                return 0
            if on_conflict == "update" and key == arbiter:
                return self.update(table, lambda other: other[arbiter] == row[arbiter], lambda _: row)
            raise Fails("23505")
        for column in self.database.tables[table].not_null:
            if row[column] is None:
                raise Fails("23502")
        identity = next(self.database.identities)
        rows[identity] = dict(row)
        self._write(table, identity, row, STRONG)
        for key in self.database.tables[table].references:
            self._reference(table, key, row)
        return 1

    def update(self, table: str, where: Where, change: Callable[[Row], Row]) -> int:
        """UPDATE: change gives the new values of some columns."""
        definition = self.database.tables[table]
        found = list(self._found(table, where))
        for identity, old in found:
            new = {**old, **change(old)}
            keys = [key for key in definition.unique if new[key] != old[key]]
            self._rows(table)[identity] = new
            for key in keys:
                others = (row for other, row in self._rows(table).items() if other != identity)
                if new[key] is not None and any(row[key] == new[key] for row in others):
                    raise Fails("23505")
            self._write(table, identity, old, STRONG if keys else CHANGE)
            if keys:
                self._write(table, identity, new, STRONG)
            for reference in definition.references:
                if new[reference.column] != old[reference.column]:
                    self._reference(table, reference, new)
            self._act(table, old, new)
        return len(found)

    def delete(self, table: str, where: Where) -> int:
        """DELETE."""
        found = list(self._found(table, where))
        for identity, old in found:
            del self._rows(table)[identity]
            self._write(table, identity, old, STRONG)
        for _, old in found:
            self._act(table, old, None)
        return len(found)

    def _act(self, parent: str, old: Row, new: Row | None) -> None:
        """What foreign keys do to the children of a row that went, or whose key changed."""
        for child in self.database.tables.values():
            for key in child.references:
                value = old[key.key] if key.parent == parent else None
                if value is None or (new is not None and new[key.key] == value):
                    continue

                def refers(row: Row, column: str = key.column, value: object = value) -> bool:
                    return row[column] == value

                if key.action == "CASCADE" and new is None:
                    self.delete(child.name, refers)
                elif key.action in ("CASCADE", "SET NULL", "SET DEFAULT"):
                    values = {"CASCADE": new and new[key.key], "SET NULL": None, "SET DEFAULT": key.default}
                    self.update(child.name, refers, lambda _, key=key, values=values: {key.column: values[key.action]})
                elif key.action == "RESTRICT" or not key.deferred:
                    if key.action != "RESTRICT" and value in self._values(key):
                        continue
                    if any(self._found(child.name, refers)):
                        raise Fails("23503")

    def _reference(self, table: str, key: ForeignKey, row: Row) -> None:
        if row[key.column] is not None:
            self._enter(("key", key.parent, key.key, row[key.column]), SHARE)
            if not key.deferred and row[key.column] not in self._values(key):
                raise Fails("23503")

    def _values(self, key: ForeignKey) -> set[object]:
        return {row[key.key] for row in self._rows(key.parent).values()}

    def _write(self, table: str, identity: int, row: Row, mode: int) -> None:
        self._touch(table, identity, row, mode)
        self.written.add((table, identity))

    def _touch(self, table: str, identity: int, row: Row, mode: int) -> None:
        self._enter(("row", table, identity), mode)
        for key in self.database.tables[table].unique:
            if row[key] is not None:
                self._enter(("key", table, key, row[key]), mode)

    def _enter(self, touch: Touch, mode: int) -> None:
        self.touched[touch] = max(mode, self.touched.get(touch, 0))

    def _rows(self, table: str) -> dict[int, Row]:
        if self.state is None:
            self.state = {name: dict(rows) for name, rows in self.database.state.items()}
            self.begun = len(self.database.commits)
        return self.state[table]

    def _found(self, table: str, where: Where) -> Iterator[tuple[int, Row]]:
        yield from [(identity, row) for identity, row in self._rows(table).items() if where(row)]


def _listed(table: Table, rows: object) -> list[tuple[object, ...]]:
    assert hasattr(rows, "__iter__")
    listed = [tuple(row[column] for column in table.columns) for row in rows]
    return sorted(listed, key=lambda row: tuple((value is None, value) for value in row))
