"""ALTER TABLE and its kin, RENAME, SET SCHEMA and DROP."""

from __future__ import annotations

from dsql_migrate.schema.apply.tables import add_column, add_constraint, own_sequence
from dsql_migrate.schema.catalogue import Catalogue, Trouble
from dsql_migrate.schema.model import Key, Place, Table
from dsql_migrate.source.facts import AlterAction, AlterTable, Drop, Name, Rename, SetSchema


def alter_table(catalogue: Catalogue, fact: AlterTable, statement: int, line: int) -> None:
    if fact.kind == "index":
        _attach_index(catalogue, fact)
        return
    if fact.kind == "sequence":
        return
    table = catalogue.table(fact.name)
    if table is None:
        known = catalogue.relation_key(fact.name)
        if known is None and not fact.if_exists and fact.kind == "table":
            catalogue.troubles.append(Trouble(statement, line, f'relation "{fact.name}" does not exist'))
        return
    catalogue.altered[statement] = table
    for action in fact.actions:
        _action(catalogue, table, action, Place(statement, line, action.span))


def _action(catalogue: Catalogue, table: Table, action: AlterAction, place: Place) -> None:
    column = table.columns.get(action.name or "")
    match action.kind:
        case "add column" if action.column is not None:
            if action.column.name in table.columns:
                if not action.missing_ok:
                    message = f'column "{action.column.name}" of relation "{table.key[1]}" already exists'
                    catalogue.troubles.append(Trouble(place.statement, place.line, message))
                return
            add_column(catalogue, table, action.column, place)
            table.columns[action.column.name].span = None
            for constraint in action.column.constraints:
                add_constraint(catalogue, table, constraint, place, "alter")
        case "drop column":
            if action.name in table.columns:
                _drop_column(catalogue, table, action.name)
        case "add constraint" if action.constraint is not None:
            add_constraint(catalogue, table, action.constraint, place, "alter")
        case "drop constraint":
            table.constraints.pop(action.name or "", None)
        case "validate constraint":
            if action.name in table.constraints:
                table.constraints[action.name].validated = True
        case "attach partition" if action.table is not None:
            child = catalogue.table(action.table)
            if child is not None:
                child.partition_of, child.bound, child.attach_place = table.key, action.bound, place
        case "detach partition" if action.table is not None:
            child = catalogue.table(action.table)
            if child is not None:
                child.partition_of, child.bound = None, None
        case "inherit" if action.table is not None:
            parent = catalogue.table_key(action.table)
            table.inherits = (*table.inherits, parent)
        case "no inherit" if action.table is not None:
            parent = catalogue.table_key(action.table)
            table.inherits = tuple(p for p in table.inherits if p != parent)
        case "enable row security":
            table.row_security = place
        case _ if column is not None:
            _column_action(catalogue, table, action, place)
        case _:
            pass


def _column_action(catalogue: Catalogue, table: Table, action: AlterAction, place: Place) -> None:
    column = table.columns[action.name or ""]
    match action.kind:
        case "set default":
            column.default, column.default_place = action.default, place
        case "drop default":
            column.default, column.default_place = None, place
        case "set not null":
            column.not_null = True
        case "drop not null":
            column.not_null = False
        case "set type" if action.type is not None:
            column.type, column.type_place = catalogue.pinned(action.type), place
        case "drop expression":
            column.generated = None
        case "add identity" if action.identity is not None:
            column.identity, column.identity_place = action.identity, place
            own_sequence(catalogue, table, column.name, action.identity.options, place, serial=False)
        case "drop identity":
            column.identity = None
        case _:
            pass


def _drop_column(catalogue: Catalogue, table: Table, name: str) -> None:
    del table.columns[name]
    for key in [n for n, c in table.constraints.items() if name in c.columns]:
        del table.constraints[key]
    for index in catalogue.indexes_of(table.key):
        if any(k.column == name for k in index.fact.keys):
            del catalogue.indexes[index.key]
    for sequence in [s for s in catalogue.sequences.values() if s.owned_by == (table.key, name)]:
        del catalogue.sequences[sequence.key]


def _attach_index(catalogue: Catalogue, fact: AlterTable) -> None:
    for action in fact.actions:
        if action.kind == "attach partition" and action.table is not None:
            parent = next(iter(catalogue.candidates(fact.name.schema, fact.name.name)))
            for key in catalogue.candidates(action.table.schema, action.table.name):
                if key in catalogue.indexes:
                    catalogue.indexes[key].parent = parent


def rename(catalogue: Catalogue, fact: Rename, statement: int, line: int) -> None:
    name = _name(fact.name)
    if fact.member is not None and fact.kind in ("column", "attribute", "constraint"):
        table = catalogue.table(name)
        if table is None:
            return
        if fact.kind == "constraint":
            if fact.member in table.constraints:
                found = table.constraints.pop(fact.member)
                found.name = fact.new_name
                table.constraints[fact.new_name] = found
        else:
            _rename_column(catalogue, table, fact.member, fact.new_name)
        return
    if fact.kind in ("table", "view", "materialized view", "sequence", "index", "foreign table", "type", "domain"):
        for key in catalogue.candidates(name.schema, name.name):
            if _move(catalogue, key, (key[0], fact.new_name)):
                return


def _rename_column(catalogue: Catalogue, table: Table, old: str, new: str) -> None:
    if old not in table.columns:
        return
    table.columns = {(new if n == old else n): c for n, c in table.columns.items()}
    table.columns[new].name = new
    for constraint in table.constraints.values():
        constraint.columns = tuple(new if c == old else c for c in constraint.columns)
    for other in catalogue.tables.values():
        for constraint in other.constraints.values():
            if constraint.references == table.key:
                constraint.referenced_columns = tuple(new if c == old else c for c in constraint.referenced_columns)
    for sequence in catalogue.sequences.values():
        if sequence.owned_by == (table.key, old):
            sequence.owned_by = (table.key, new)


def set_schema(catalogue: Catalogue, fact: SetSchema, statement: int, line: int) -> None:
    name = _name(fact.name)
    for key in catalogue.candidates(name.schema, name.name):
        if _move(catalogue, key, (fact.new_schema, key[1])):
            return


def _move(catalogue: Catalogue, old: Key, new: Key) -> bool:
    """Give whatever is called ``old`` the key ``new``; everything that points at it follows."""
    if old in catalogue.tables:
        table = catalogue.tables.pop(old)
        table.key = new
        catalogue.tables[new] = table
        _follow(catalogue, old, new)
        if old[0] != new[0]:
            for key in [i.key for i in catalogue.indexes_of(new)] + [
                s.key for s in catalogue.sequences.values() if s.owned_by and s.owned_by[0] == new
            ]:
                _move(catalogue, key, (new[0], key[1]))
        return True
    for space in (catalogue.indexes, catalogue.sequences, catalogue.views, catalogue.types):
        if old in space:
            found = space.pop(old)  # type: ignore[attr-defined]
            found.key = new
            space[new] = found  # type: ignore[index]
            return True
    return False


def _follow(catalogue: Catalogue, old: Key, new: Key) -> None:
    for other in catalogue.tables.values():
        if other.partition_of == old:
            other.partition_of = new
        other.inherits = tuple(new if p == old else p for p in other.inherits)
        for constraint in other.constraints.values():
            if constraint.references == old:
                constraint.references = new
    for index in catalogue.indexes.values():
        if index.table == old:
            index.table = new
    for sequence in catalogue.sequences.values():
        if sequence.owned_by and sequence.owned_by[0] == old:
            sequence.owned_by = (new, sequence.owned_by[1])
    for (table, name), trigger in list(catalogue.triggers.items()):
        if table == old:
            del catalogue.triggers[(table, name)]
            trigger.table = new
            catalogue.triggers[(new, name)] = trigger


def drop(catalogue: Catalogue, fact: Drop, statement: int, line: int) -> None:
    for parts in fact.names:
        dotted = ".".join(parts)
        if _drop_one(catalogue, fact.kind, parts):
            catalogue.gone.append((fact.kind, dotted, statement))
        elif not fact.if_exists and fact.kind in ("table", "view", "sequence", "index", "type", "domain"):
            catalogue.troubles.append(Trouble(statement, line, f'{fact.kind} "{dotted}" does not exist'))


def _drop_one(catalogue: Catalogue, kind: str, parts: tuple[str, ...]) -> bool:
    name = _name(parts)
    if kind == "schema":
        return _drop_schema(catalogue, parts[-1])
    if kind == "extension":
        return catalogue.extensions.pop(parts[-1], None) is not None
    if kind in ("function", "procedure", "routine", "aggregate"):
        return _drop_routine(catalogue, parts)
    if kind == "trigger" and len(parts) > 1:
        table = catalogue.table(_name(parts[:-1]))
        return table is not None and catalogue.triggers.pop((table.key, parts[-1]), None) is not None
    for key in catalogue.candidates(name.schema, name.name):
        if kind in ("table", "foreign table") and key in catalogue.tables:
            _drop_table(catalogue, key)
            return True
        spaces = {"view": catalogue.views, "materialized view": catalogue.views, "sequence": catalogue.sequences}
        space = spaces.get(kind) or {"index": catalogue.indexes, "type": catalogue.types, "domain": catalogue.types}.get(kind)
        if space is not None and key in space:
            del space[key]  # type: ignore[attr-defined]
            return True
    return False


def _drop_table(catalogue: Catalogue, key: Key) -> None:
    for child in catalogue.children(key):
        if child.partition_of == key and child.key in catalogue.tables:
            _drop_table(catalogue, child.key)
    for index in catalogue.indexes_of(key):
        del catalogue.indexes[index.key]
    for sequence in [s for s in catalogue.sequences.values() if s.owned_by and s.owned_by[0] == key]:
        del catalogue.sequences[sequence.key]
    for pair in [p for p in catalogue.triggers if p[0] == key]:
        del catalogue.triggers[pair]
    for other in catalogue.tables.values():
        for name in [n for n, c in other.constraints.items() if c.references == key]:
            del other.constraints[name]
    catalogue.tables.pop(key, None)


def _drop_schema(catalogue: Catalogue, schema: str) -> bool:
    for key in [k for k in catalogue.tables if k[0] == schema]:
        _drop_table(catalogue, key)
    for space in (catalogue.views, catalogue.sequences, catalogue.types, catalogue.indexes):
        for key in [k for k in space if k[0] == schema]:
            del space[key]  # type: ignore[attr-defined]
    for pair in [p for p in catalogue.routines if p[0] == schema]:
        del catalogue.routines[pair]
    return catalogue.schemas.pop(schema, None) is not None


def _drop_routine(catalogue: Catalogue, parts: tuple[str, ...]) -> bool:
    schema = parts[-2] if len(parts) > 1 else None
    for candidate, signature in catalogue.candidates(schema, parts[-1]):
        if catalogue.routines.pop((candidate, signature), None) is not None:
            return True
        if "(" not in signature:
            for pair in [p for p, r in catalogue.routines.items() if r.key == (candidate, signature)]:
                del catalogue.routines[pair]
                return True
    return False


def _name(parts: tuple[str, ...]) -> Name:
    return Name(parts[-2] if len(parts) > 1 else None, parts[-1] if parts else "")


