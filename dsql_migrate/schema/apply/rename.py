"""RENAME and SET SCHEMA: everything that points at what moves follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from dsql_migrate.schema.apply.tables import heirs
from dsql_migrate.schema.catalogue import Catalogue
from dsql_migrate.schema.model import Index, Key, Place, Sequence, Table, UserType, View
from dsql_migrate.source.facts import Name, Rename, SetSchema

_Held = TypeVar("_Held", Index, Sequence, View, UserType)
_RELATIONS = frozenset({"table", "view", "materialized view", "sequence", "index", "foreign table"})
_TYPES = frozenset({"type", "domain"})
_ROUTINES = frozenset({"function", "procedure", "routine", "aggregate"})


def rename(catalogue: Catalogue, fact: Rename, statement: int, line: int) -> None:
    """Give a relation, column, constraint, type, routine, trigger or schema another name."""
    place = Place(statement, line, fact.span)
    name = named(fact.name)
    if fact.kind == "schema":
        _rename_schema(catalogue, name.name, fact.new_name)
    elif fact.kind in _RELATIONS | _TYPES:
        _move_first(catalogue, name, lambda key: (key[0], fact.new_name), place, types=fact.kind in _TYPES, fact=fact)
    elif fact.kind in _ROUTINES:
        _move_routine(catalogue, name, lambda key: (key[0], fact.new_name))
    elif fact.member is not None:
        _rename_member(catalogue, name, fact, place)


def set_schema(catalogue: Catalogue, fact: SetSchema, statement: int, line: int) -> None:
    """Move a relation, type or routine to another schema."""
    place = Place(statement, line, fact.span)
    name = named(fact.name)
    if fact.kind in _RELATIONS | _TYPES:
        _move_first(catalogue, name, lambda key: (fact.new_schema, key[1]), place, types=fact.kind in _TYPES)
    elif fact.kind in _ROUTINES:
        _move_routine(catalogue, name, lambda key: (fact.new_schema, key[1]))


def named(parts: tuple[str, ...]) -> Name:
    """Dotted parts as a name; a database in front is left out."""
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1] if parts else "")


def _move_first(
    catalogue: Catalogue, name: Name, to: Callable[[Key], Key], place: Place, *, types: bool, fact: Rename | None = None
) -> None:
    for key in catalogue.candidates(name.schema, name.name):
        found = key in catalogue.types if types else _is_relation(catalogue, key)
        if found or _backing(catalogue, key) is not None:
            new = to(key)
            if types:
                _rehouse_type(catalogue, key, new)
            elif catalogue.is_free(new, place):
                move(catalogue, key, new)
            return
    if fact is not None and not fact.missing_ok and fact.kind in ("table", "sequence", "view"):
        catalogue.note(place, f'relation "{name}" does not exist')


def _is_relation(catalogue: Catalogue, key: Key) -> bool:
    return any(key in space for space in (catalogue.tables, catalogue.indexes, catalogue.sequences, catalogue.views))


def _backing(catalogue: Catalogue, key: Key) -> Table | None:
    """The table of which a PRIMARY KEY, UNIQUE or EXCLUDE constraint has an index of this name."""
    if key not in catalogue.backed:
        return None
    tables = (t for t in catalogue.tables.values() if t.key[0] == key[0] and key[1] in t.constraints)
    return next((t for t in tables if t.constraints[key[1]].kind in ("primary", "unique", "exclude")), None)


def move(catalogue: Catalogue, old: Key, new: Key) -> None:
    """Give whatever relation is called ``old`` the key ``new``; everything that points at it follows."""
    if old in catalogue.tables:
        table = catalogue.tables.pop(old)
        table.key = new
        catalogue.tables[new] = table
        catalogue.former[old] = table
        _follow(catalogue, old, new)
        if old[0] != new[0]:  # indexes and owned sequences live in the schema of their table
            names = {(new[0], name) for name in table.constraints}
            catalogue.backed |= names
            catalogue.constrained |= names
            owned = [s.key for s in catalogue.sequences.values() if s.owned_by and s.owned_by[0] == new]
            for key in [i.key for i in catalogue.indexes_of(new)] + owned:
                move(catalogue, key, (new[0], key[1]))
        return
    if old in catalogue.views:
        _follow(catalogue, old, new)
    _rehouse(catalogue.indexes, old, new)
    if old in catalogue.sequences:
        catalogue.former[old] = catalogue.sequences[old]
    _rehouse(catalogue.sequences, old, new)
    _rehouse(catalogue.views, old, new)
    for index in catalogue.indexes.values():
        if index.parent == old:
            index.parent = new
    backing = _backing(catalogue, old)  # ALTER INDEX … RENAME of a constraint's index renames the constraint
    if backing is not None:
        _rename_constraint(catalogue, backing, old[1], new[1])


def _rehouse_type(catalogue: Catalogue, old: Key, new: Key) -> None:
    _rehouse(catalogue.types, old, new)
    catalogue.constrained |= {(new[0], check.name) for check in catalogue.types[new].checks}


def _rehouse(space: dict[Key, _Held], old: Key, new: Key) -> None:
    if old in space:
        found = space.pop(old)
        found.key = new
        space[new] = found


def _follow(catalogue: Catalogue, old: Key, new: Key) -> None:
    for other in catalogue.tables.values():
        if other.partition_of == old:
            other.partition_of = new
        other.inherits = tuple(new if p == old else p for p in other.inherits)
        other.like = tuple(new if p == old else p for p in other.like)
        for constraint in other.constraints.values():
            if constraint.references == old:
                constraint.references = new
    for index in catalogue.indexes.values():
        if index.table == old:
            index.table = new
    catalogue.indexes.moved()
    for sequence in catalogue.sequences.values():
        if sequence.owned_by and sequence.owned_by[0] == old:
            sequence.owned_by = (new, sequence.owned_by[1])
    for (table, name), trigger in list(catalogue.triggers.items()):
        if table == old:
            del catalogue.triggers[(table, name)]
            trigger.table = new
            catalogue.triggers[(new, name)] = trigger
    catalogue.things[:] = [replace(t, table=new) if t.table == old else t for t in catalogue.things]


def _move_routine(catalogue: Catalogue, name: Name, to: Callable[[Key], Key]) -> None:
    found = catalogue.routines_named(name.schema, name.name)
    if len(found) != 1:  # overloads: the fact holds no argument types
        return
    routine = found[0]
    catalogue.routines.pop((routine.key[0], routine.signature), None)
    routine.key = to(routine.key)
    routine.signature = routine.key[1] + routine.signature[routine.signature.index("(") :]
    catalogue.routines[(routine.key[0], routine.signature)] = routine


def _rename_schema(catalogue: Catalogue, old: str, new: str) -> None:
    if old not in catalogue.schemas:
        return
    catalogue.schemas[new] = catalogue.schemas.pop(old)
    for key in [k for k in catalogue.tables if k[0] == old]:
        move(catalogue, key, (new, key[1]))
    for space in (catalogue.views, catalogue.sequences, catalogue.indexes):
        for key in [k for k in space if k[0] == old]:
            move(catalogue, key, (new, key[1]))
    for key in [k for k in catalogue.types if k[0] == old]:
        _rehouse_type(catalogue, key, (new, key[1]))
    for routine in [r for r in catalogue.routines.values() if r.key[0] == old]:
        del catalogue.routines[(old, routine.signature)]
        routine.key = (new, routine.key[1])
        catalogue.routines[(new, routine.signature)] = routine


def _rename_member(catalogue: Catalogue, name: Name, fact: Rename, place: Place) -> None:
    member = fact.member or ""
    if fact.kind == "trigger":
        key = catalogue.relation_key(name)
        trigger = catalogue.triggers.pop((key, member), None) if key else None
        if key is not None and trigger is not None:
            trigger.name = fact.new_name
            catalogue.triggers[(key, fact.new_name)] = trigger
        return
    if fact.kind == "domain constraint":
        domain = catalogue.user_type(name.schema, name.name)
        for check in domain.checks if domain else ():
            check.name = fact.new_name if check.name == member else check.name
        if domain is not None:
            catalogue.constrained.add((domain.key[0], fact.new_name))
        return
    table = catalogue.table(name)
    if table is None:
        return
    if fact.kind == "constraint":
        _rename_constraint(catalogue, table, member, fact.new_name)
    elif fact.kind in ("column", "attribute"):
        if fact.new_name in table.columns:
            catalogue.note(place, f'column "{fact.new_name}" of relation "{table.key[1]}" already exists')
            return
        children = [t for t in heirs(catalogue, table) if member in t.columns and t.columns[member].inherited]
        for one in (table, *children):
            _rename_column(catalogue, one, member, fact.new_name)


def _rename_constraint(catalogue: Catalogue, table: Table, old: str, new: str) -> None:
    if old not in table.constraints or new in table.constraints:
        return
    table.constraints = {(new if n == old else n): c for n, c in table.constraints.items()}
    table.constraints[new].name = new
    catalogue.backed.add((table.key[0], new))
    catalogue.constrained.add((table.key[0], new))


def _rename_column(catalogue: Catalogue, table: Table, old: str, new: str) -> None:
    if old not in table.columns:
        return

    def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if n == old else n for n in names)

    table.columns = {(new if n == old else n): c for n, c in table.columns.items()}
    table.columns[new].name = new
    if table.partition_by is not None:
        table.partition_by = (table.partition_by[0], *renamed(table.partition_by[1:]))
    for constraint in table.constraints.values():
        constraint.columns = renamed(constraint.columns)
    for index in catalogue.indexes_of(table.key):
        index.columns = renamed(index.columns)
    for (key, _), trigger in catalogue.triggers.items():
        if key == table.key:
            trigger.columns = renamed(trigger.columns)
    for other in catalogue.tables.values():
        for constraint in other.constraints.values():
            if constraint.references == table.key:
                constraint.referenced_columns = renamed(constraint.referenced_columns)
    for sequence in catalogue.sequences.values():
        if sequence.owned_by == (table.key, old):
            sequence.owned_by = (table.key, new)
