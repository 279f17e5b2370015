"""DROP: the object, what belongs to it, and with CASCADE what needs it, as far as the catalogue knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dsql_migrate.schema.apply.alter import drop_column
from dsql_migrate.schema.apply.rename import named
from dsql_migrate.schema.catalogue import Catalogue, split_qualified
from dsql_migrate.schema.model import Key, Place
from dsql_migrate.source.facts import Drop, Name

_NOTED = ("table", "view", "materialized view", "sequence", "index", "type", "domain", "schema")
_ROUTINES = ("function", "procedure", "routine", "aggregate")


def drop(catalogue: Catalogue, fact: Drop, statement: int, line: int) -> None:
    """Take out everything a DROP names; what is not there is a trouble, except for IF EXISTS."""
    for parts in fact.names:
        dotted = ".".join(parts)
        if _drop_one(catalogue, fact.kind, parts, cascade=fact.cascade):
            catalogue.gone.append((fact.kind, dotted, statement))
        elif not fact.if_exists and fact.kind in _NOTED:
            catalogue.note(Place(statement, line, fact.span), f'{fact.kind} "{dotted}" does not exist')


def _drop_one(catalogue: Catalogue, kind: str, parts: tuple[str, ...], *, cascade: bool) -> bool:
    if not parts:
        return False
    if kind == "schema":
        return _drop_schema(catalogue, parts[-1])
    if kind == "extension":
        return catalogue.extensions.pop(parts[-1], None) is not None
    if kind in _ROUTINES:
        return _drop_routine(catalogue, parts, cascade=cascade)
    if kind in ("trigger", "rule", "policy") and len(parts) > 1:
        return _drop_member(catalogue, kind, named(parts[:-1]), parts[-1])
    name = named(parts)
    if kind == "statistics":
        return _drop_statistics(catalogue, name)
    space = _space(catalogue, kind)
    for key in catalogue.candidates(name.schema, name.name):
        if space is not None and key in space:
            _drop_key(catalogue, kind, key, cascade=cascade)
            return True
    return False


def _drop_statistics(catalogue: Catalogue, name: Name) -> bool:
    called = {".".join(key) for key in catalogue.candidates(name.schema, name.name)}
    found = next((t for t in catalogue.things if t.kind == "statistics" and t.name in called), None)
    if found is not None:
        catalogue.things.remove(found)
    return found is not None


def _space(catalogue: Catalogue, kind: str) -> Mapping[Key, Any] | None:
    match kind:
        case "table" | "foreign table":
            return catalogue.tables
        case "view" | "materialized view":
            return catalogue.views
        case "sequence":
            return catalogue.sequences
        case "index":
            return catalogue.indexes
        case "type" | "domain":
            return catalogue.types
        case _:
            return None


def _drop_key(catalogue: Catalogue, kind: str, key: Key, *, cascade: bool) -> None:
    match kind:
        case "table" | "foreign table":
            _drop_table(catalogue, key)
        case "view" | "materialized view":
            _drop_view(catalogue, key)
        case "sequence":
            del catalogue.sequences[key]
            if cascade:
                _forget_sequence(catalogue, key)
        case "index":
            del catalogue.indexes[key]
        case _:
            if cascade:
                _drop_columns_of(catalogue, key)
            del catalogue.types[key]


def _drop_table(catalogue: Catalogue, key: Key) -> None:
    for child in catalogue.children(key):
        if child.key in catalogue.tables and child.key != key:
            _drop_table(catalogue, child.key)
    for index in catalogue.indexes_of(key):
        del catalogue.indexes[index.key]
    for sequence in [s for s in catalogue.sequences.values() if s.owned_by and s.owned_by[0] == key]:
        del catalogue.sequences[sequence.key]
    _drop_members(catalogue, key)
    for other in catalogue.tables.values():
        for name in [n for n, c in other.constraints.items() if c.references == key and other.key != key]:
            del other.constraints[name]
    catalogue.tables.pop(key, None)
    _drop_readers(catalogue, key)


def _drop_view(catalogue: Catalogue, key: Key) -> None:
    catalogue.views.pop(key, None)
    for index in catalogue.indexes_of(key):
        del catalogue.indexes[index.key]
    _drop_members(catalogue, key)
    _drop_readers(catalogue, key)


def _drop_members(catalogue: Catalogue, key: Key) -> None:
    """Triggers, rules and policies go with their relation."""
    for pair in [p for p in catalogue.triggers if p[0] == key]:
        del catalogue.triggers[pair]
    catalogue.things[:] = [t for t in catalogue.things if t.table != key]


def _drop_readers(catalogue: Catalogue, key: Key) -> None:
    """Views that read from what is gone. PostgreSQL drops the relation with CASCADE only where there are any."""
    for view in list(catalogue.views.values()):
        reads = any(key in catalogue.candidates(n.schema, n.name) for n in view.query.relations if n.name == key[1])
        elsewhere = any(catalogue.relation_key(n) not in (None, key) for n in view.query.relations if n.name == key[1])
        if reads and not elsewhere and view.key in catalogue.views:
            _drop_view(catalogue, view.key)


def _drop_member(catalogue: Catalogue, kind: str, table: Name, name: str) -> bool:
    key = catalogue.relation_key(table)
    if key is None:
        return False
    if kind == "trigger":
        return catalogue.triggers.pop((key, name), None) is not None
    before = len(catalogue.things)
    catalogue.things[:] = [t for t in catalogue.things if (t.kind, t.table, t.name) != (kind, key, name)]
    return len(catalogue.things) < before


def _forget_sequence(catalogue: Catalogue, key: Key) -> None:
    """DROP SEQUENCE … CASCADE takes the defaults that draw from it."""
    for table in catalogue.tables.values():
        for column in table.columns.values():
            texts = column.default.sequences if column.default else ()
            if any(_means(catalogue, text, key) for text in texts):
                column.default = None


def _means(catalogue: Catalogue, text: str, key: Key) -> bool:
    parts = tuple(split_qualified(text))
    return bool(parts) and key in catalogue.candidates(named(parts).schema, parts[-1])


def _drop_columns_of(catalogue: Catalogue, type: Key) -> None:
    """DROP TYPE … CASCADE takes the columns of the type."""
    for table in catalogue.tables.values():
        for column in list(table.columns.values()):
            user = catalogue.user_type(column.type.schema, column.type.name)
            if user is not None and user.key == type and column.type.schema != "pg_catalog":
                drop_column(catalogue, table, column.name)


def _drop_schema(catalogue: Catalogue, schema: str) -> bool:
    for key in [k for k in catalogue.tables if k[0] == schema]:
        _drop_table(catalogue, key)
    for key in [k for k in catalogue.views if k[0] == schema]:
        _drop_view(catalogue, key)
    spaces: tuple[dict[Key, Any], ...] = (catalogue.sequences, catalogue.types, catalogue.indexes)
    for space in spaces:
        for key in [k for k in space if k[0] == schema]:
            del space[key]
    for pair in [p for p in catalogue.routines if p[0] == schema]:
        del catalogue.routines[pair]
    return catalogue.schemas.pop(schema, None) is not None


def _drop_routine(catalogue: Catalogue, parts: tuple[str, ...], *, cascade: bool) -> bool:
    schema = parts[-2] if len(parts) > 1 else None
    for candidate, signature in catalogue.candidates(schema, parts[-1]):
        found = catalogue.routines.get((candidate, signature))
        if found is None and "(" not in signature:
            found = next((r for r in catalogue.routines.values() if r.key == (candidate, signature)), None)
        if found is None:
            continue
        del catalogue.routines[(candidate, found.signature)]
        for pair, trigger in list(catalogue.triggers.items()) if cascade else ():
            if trigger.function[1] == found.key[1] and trigger.function[0] in (None, candidate):
                del catalogue.triggers[pair]
        return True
    return False
