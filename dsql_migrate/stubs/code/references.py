"""What a foreign key does, in no language: the row it locks, and the statements of its checks and actions.

A statement is text with marks for the values of a key; a language writes the marks as its driver takes them. Where the
two sides of a key differ in type, a mark says which type its value has: the comparison is then the one that
PostgreSQL makes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dsql_migrate.stubs.naming import identifier, prose
from dsql_migrate.stubs.obligations import Capabilities, ForeignKey, TableShape

_NUMBERS = re.compile(r"(smallint|integer|bigint|numeric|decimal|real|double precision|int[248]?|float[48]?)\b")
_TIMES = re.compile(r"(date|time|timestamp)")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value stands: the one at ``place`` of the key, or of the new key. ``cast`` is its type, where needed."""

    of: Literal["key", "new key"]
    place: int
    cast: str | None = None


Clause: TypeAlias = "tuple[str | Mark, ...]"
Statement: TypeAlias = "tuple[Clause, ...]"


@dataclass(frozen=True, slots=True)
class Lock:
    """How the parent row is locked. ``by``: "key" finds and locks in one statement; "primary key" looks it up first
    and locks by the columns ``primary_key``; "write" writes the row unchanged, where nothing else is left."""

    by: Literal["key", "primary key", "write"]
    statement: Statement
    lookup: Statement | None = None
    primary_key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to the rows that name a changed parent.

    ``event`` is that of the parent; ``effect`` what befalls the rows: they go, they take the new key, or ``columns`` of
    them become NULL or their default. ``checks_again``: the default may be the old key itself.
    """

    event: Literal["delete", "update"]
    effect: Literal["delete", "new key", "null", "default"]
    columns: tuple[str, ...]
    what: str
    statement: Statement  # does it, and gives the rows
    finds: Statement  # the rows that it reaches, locked
    checks_again: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key with everything that code needs to keep it."""

    key: ForeignKey
    lock: Lock
    names_it: Statement  # finds a row that names the key, which came from such a row
    mixes: Statement  # the same for a key that may hold NULLs
    named: Statement  # finds a row that names the key, which came from the parent
    kept: str  # "ON DELETE and ON UPDATE NO ACTION", "" where nothing is kept that way
    restricted: str
    actions: tuple[Action, ...]

    @property
    def full(self) -> bool:
        return self.key.match == "full" and len(self.key.columns) > 1

    def action(self, event: str) -> Action | None:
        return next((action for action in self.actions if action.event == event), None)


def reference(
    key: ForeignKey, child: TableShape | None, parent: TableShape | None, target: Capabilities
) -> Reference:
    """``key`` is resolved: it has its referenced columns. ``target`` chooses the lock."""
    back = _marks("key", key.referenced_columns, parent, key.columns, child)
    name, locked = identifier(*key.table), ("FOR UPDATE",)
    found = _where(key.columns, back)
    return Reference(
        key=key,
        lock=_lock(key, parent, _marks("key", key.columns, child, key.referenced_columns, parent), target),
        names_it=((f"SELECT 1 FROM {name}",), _where(key.columns, _bare(key)), ("LIMIT 1",)),
        mixes=((f"SELECT 1 FROM {name}",), _where(key.columns, _bare(key), "IS NOT DISTINCT FROM"), ("LIMIT 1",)),
        named=((f"SELECT 1 FROM {name}",), found, ("LIMIT 1",)),
        kept=_events(key, ("no action", "set default")),
        restricted=_events(key, ("restrict",)),
        actions=tuple(_actions(key, back, ((f"SELECT * FROM {name}",), found, locked), child, parent)),
    )


def label(key: ForeignKey) -> str:
    """Its name, line and actions, for a comment."""
    parts = [f"{prose(key.name)}, line {key.line}"]
    parts += ["MATCH FULL"] if key.match == "full" else []
    parts += [f"ON DELETE {action_text(key.on_delete, key.on_delete_columns)}", f"ON UPDATE {key.on_update.upper()}"]
    return ", ".join([*parts, *(["INITIALLY DEFERRED"] if key.initially_deferred else [])])


def action_text(action: str, columns: Sequence[str] = ()) -> str:
    return f"{action.upper()} ({prose(', '.join(columns))})" if columns else action.upper()


def _lock(key: ForeignKey, parent: TableShape | None, marks: list[Mark], target: Capabilities) -> Lock:
    """FOR KEY SHARE where the target has it: it lets the parent's other columns change meanwhile, as PostgreSQL does.

    Else FOR UPDATE; and before the capability for-update-any-predicate that takes nothing but equality on the whole
    primary key of one table. A parent without one is written instead: a write conflicts with a delete as well.
    """
    primary = parent.primary_key if parent else ()
    name, where = identifier(*key.references), _where(key.referenced_columns, marks)
    if target.has("for-key-share"):
        return Lock("key", ((f"SELECT 1 FROM {name}",), where, ("FOR KEY SHARE",)))
    if target.has("for-update-any-predicate") or (primary and set(primary) == set(key.referenced_columns)):
        return Lock("key", ((f"SELECT 1 FROM {name}",), where, ("FOR UPDATE",)))
    if primary:
        by_key = _where(primary, [Mark("key", place) for place in range(len(primary))])
        names = ", ".join(map(identifier, primary))
        return Lock(
            "primary key",
            ((f"SELECT 1 FROM {name}",), by_key, ("FOR UPDATE",)),
            ((f"SELECT {names} FROM {name}",), where),
            primary,
        )
    column = identifier(key.referenced_columns[0])
    return Lock("write", ((f"UPDATE {name}",), (f"SET {column} = {column}",), where, ("RETURNING 1",)))


def _actions(
    key: ForeignKey, back: list[Mark], finds: Statement, child: TableShape | None, parent: TableShape | None
) -> list[Action]:
    name, where, returned = identifier(*key.table), _where(key.columns, back), ("RETURNING *",)
    found = []
    if key.on_delete == "cascade":
        statement: Statement = ((f"DELETE FROM {name}",), where, returned)
        found.append(Action("delete", "delete", (), "ON DELETE CASCADE", statement, finds, checks_again=False))
    elif key.on_delete in ("set null", "set default"):
        columns = key.on_delete_columns or key.columns
        what = f"ON DELETE {action_text(key.on_delete, key.on_delete_columns)}"
        found.append(_setting(key, "delete", key.on_delete, columns, what, where, finds))
    if key.on_update == "cascade":
        news = _marks("new key", key.referenced_columns, parent, key.columns, child)
        pairs = _pairs(key.columns, news, ", ", "=")
        statement = ((f"UPDATE {name}",), ("SET ", *pairs), where, returned)
        found.append(
            Action("update", "new key", key.columns, "ON UPDATE CASCADE", statement, finds, checks_again=False)
        )
    elif key.on_update in ("set null", "set default"):
        what = f"ON UPDATE {key.on_update.upper()}"
        found.append(_setting(key, "update", key.on_update, key.columns, what, where, finds))
    return found


def _setting(
    key: ForeignKey, event: Literal["delete", "update"], action: str, columns: tuple[str, ...], what: str,
    where: Clause, finds: Statement,
) -> Action:  # fmt: skip
    default = action == "set default"
    pairs = ", ".join(f"{identifier(column)} = {'DEFAULT' if default else 'NULL'}" for column in columns)
    statement: Statement = ((f"UPDATE {identifier(*key.table)}",), (f"SET {pairs}",), where, ("RETURNING *",))
    return Action(event, "default" if default else "null", columns, what, statement, finds, checks_again=default)


def _bare(key: ForeignKey) -> list[Mark]:
    return [Mark("key", place) for place in range(len(key.columns))]


def _where(columns: Sequence[str], marks: Sequence[Mark], operator: str = "=") -> Clause:
    return ("WHERE ", *_pairs(columns, marks, " AND ", operator))


def _pairs(columns: Sequence[str], marks: Sequence[Mark], joint: str, operator: str) -> list[str | Mark]:
    found: list[str | Mark] = []
    for number, (column, mark) in enumerate(zip(columns, marks, strict=True)):
        found += [f"{joint if number else ''}{identifier(column)} {operator} ", mark]
    return found


def _marks(
    of: Literal["key", "new key"],
    source: Sequence[str], from_table: TableShape | None, into: Sequence[str], to_table: TableShape | None,
) -> list[Mark]:  # fmt: skip
    """Values of the columns ``source`` that meet the columns ``into``: with their type where the two differ in kind."""
    found = []
    for place, (given, met) in enumerate(zip(source, into, strict=True)):
        one, other = _type(from_table, given), _type(to_table, met)
        kinds = one and other and one != other and any(kind.match(one) and kind.match(other) for kind in _KINDS)
        found.append(Mark(of, place, one if kinds else None))
    return found


_KINDS = (_NUMBERS, _TIMES)


def _type(table: TableShape | None, column: str) -> str | None:
    shape = table.column(column) if table else None
    return shape.type_sql.lower() if shape else None


def _events(key: ForeignKey, actions: Sequence[str]) -> str:
    when = {"DELETE": key.on_delete, "UPDATE": key.on_update}
    return " and ".join(f"ON {event} {action.upper()}" for event, action in when.items() if action in actions)
