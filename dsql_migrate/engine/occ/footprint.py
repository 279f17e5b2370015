"""What a transaction has touched, row by row, and which two touches conflict.

DSQL decides at COMMIT whether a transaction conflicts with one that committed after it began: by the rows that both
touched and by how (AWS, "Concurrency control in Aurora DSQL", with the matrix that ``conflict`` holds). A row is known
here by the values of its unique keys, for these are what two transactions that do not see each other have in common.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from dsql_migrate.engine.occ.effects import Effect, fields
from dsql_migrate.engine.occ.shapes import Key, Shape

Entry = tuple[int, tuple[str, ...], tuple[str | None, ...]]
"""A row by one of its keys: the table's oid, the key's columns, their values. Without columns: the whole row's text."""


class Mode(IntEnum):
    """How a row was touched; where a row was touched in several ways, the greatest counts: it holds the others."""

    TOUCHED = 0
    """Says only that the transaction wrote to this table: conflicts with nothing."""
    KEY_SHARE = 1
    """FOR KEY SHARE, and what the check of a foreign key does to the row it finds."""
    CHANGE = 2
    """UPDATE of columns that are no key columns."""
    STRONG = 3
    """INSERT, DELETE, UPDATE of key columns, FOR UPDATE."""


Footprint = Mapping[Entry, Mode]

_CONFLICTS = frozenset(
    {
        (Mode.STRONG, Mode.STRONG),
        (Mode.STRONG, Mode.CHANGE),
        (Mode.STRONG, Mode.KEY_SHARE),
        (Mode.CHANGE, Mode.STRONG),
        (Mode.CHANGE, Mode.CHANGE),
        (Mode.KEY_SHARE, Mode.STRONG),
    }
)


@dataclass(frozen=True, slots=True)
class Lock:
    """A row locked and not changed: shown, its text; shared, whether FOR KEY SHARE (else FOR UPDATE)."""

    relation: int
    shown: str
    shared: bool


def conflict(one: Mode, other: Mode) -> bool:
    """Whether two concurrent transactions may not both commit, having touched one row in these ways.

    The matrix is AWS's ("Concurrency control in Aurora DSQL", section on row locks; page of 2026-08-25 or later).
    """
    return (one, other) in _CONFLICTS


def footprint(
    effects: Iterable[Effect],
    locks: Iterable[Lock],
    shapes: Mapping[int, Shape],
    locked_for_update: Collection[int] = (),
) -> dict[Entry, Mode]:
    """Everything that a transaction has touched, each row by every unique key it has.

    effects: what it changed, in order, cascades too. locks: what it locked explicitly. shapes: the tables' (a
    ``Shapes``). locked_for_update: oids of tables in which it locked rows FOR UPDATE: where it has then changed one,
    the lock cannot be seen any more, so an update of any row there counts as the stronger of the two.

    A row whose keys are all absent or NULL is known by its whole text: rows of equal text are then one row, and a new
    one is not known to anybody else. ValueError where the text of a row does not fit its table.
    """
    found: dict[Entry, Mode] = {}
    strong_updates = set(locked_for_update)
    for effect in effects:
        shape = shapes[effect.relation]
        found.setdefault((effect.relation, (), ()), Mode.TOUCHED)
        if effect.op == "I":
            for text in effect.new:
                row = _row(text, shape)
                _enter_keys(found, shape.keys, row, Mode.STRONG)
                _enter_keys(found, shape.references, row, Mode.KEY_SHARE)
        elif effect.op == "D":
            for text in effect.old:
                _enter_row(found, shape, text, Mode.STRONG)
        else:
            weakest = Mode.STRONG if effect.relation in strong_updates else Mode.CHANGE
            for old, new in zip(effect.old, effect.new, strict=True):
                _enter_update(found, shape, old, new, weakest)
    for lock in locks:
        shape = shapes[lock.relation]
        _enter_row(found, shape, lock.shown, Mode.KEY_SHARE if lock.shared else Mode.STRONG)
    return found


def removes_keys(effect: Effect, shapes: Mapping[int, Shape]) -> bool:
    """Whether rows were deleted, or lost the value of a key: what rows of other tables may have referenced."""
    if effect.op != "U":
        return effect.op == "D"
    shape = shapes[effect.relation]
    for old_text, new_text in zip(effect.old, effect.new, strict=True):
        old, new = _row(old_text, shape), _row(new_text, shape)
        if any(old[place] != new[place] for place in shape.key_places):
            return True
    return False


def _enter_update(found: dict[Entry, Mode], shape: Shape, old_text: str, new_text: str, weakest: Mode) -> None:
    old, new = _row(old_text, shape), _row(new_text, shape)
    changed = any(old[place] != new[place] for place in shape.key_places)
    _enter_row(found, shape, old_text, Mode.STRONG if changed else weakest, old)
    if changed:
        _enter_keys(found, shape.keys, new, Mode.STRONG)
    for reference in shape.references:
        # As PostgreSQL: a reference that did not change is not checked again.
        if any(old[place] != new[place] for place in reference.places()):
            _enter_keys(found, (reference,), new, Mode.KEY_SHARE)


def _enter_row(
    found: dict[Entry, Mode], shape: Shape, text: str, mode: Mode, row: list[str | None] | None = None
) -> None:
    if not _enter_keys(found, shape.keys, _row(text, shape) if row is None else row, mode):
        entry: Entry = (shape.relation, (), (text,))
        if found.get(entry, Mode.TOUCHED) < mode:
            found[entry] = mode


def _enter_keys(found: dict[Entry, Mode], keys: Iterable[Key], row: list[str | None], mode: Mode) -> bool:
    """Enters the row by each of these keys that it has; a key with a NULL is none, and a reference with one neither.

    That holds for MATCH SIMPLE and for MATCH FULL: FULL differs where only some are NULL, which PostgreSQL refuses.
    """
    entered = False
    for key in keys:
        values = []
        for place, steps in key.parts:
            value = row[place]
            if value is None:
                if not key.nulls_equal:
                    break
            else:
                for step in steps:
                    value = step(value)
            values.append(value)
        else:
            entry = (key.relation, key.columns, tuple(values))
            if found.get(entry, Mode.TOUCHED) < mode:
                found[entry] = mode
            entered = True
    return entered


def _row(text: str, shape: Shape) -> list[str | None]:
    if not shape.keys and not shape.references:
        return []
    row = fields(text)
    if len(row) != len(shape.columns):
        raise ValueError(f"a row of {len(row)} columns in table {shape.relation}, which has {len(shape.columns)}")
    return row
