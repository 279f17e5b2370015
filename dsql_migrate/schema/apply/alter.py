"""ALTER TABLE and its kin."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.schema.apply.constraints import add_constraint
from dsql_migrate.schema.apply.objects import changed_options
from dsql_migrate.schema.apply.tables import add_column, heirs, own_sequence
from dsql_migrate.schema.catalogue import Catalogue
from dsql_migrate.schema.model import Place, Sequence, Table, TableColumn
from dsql_migrate.source.facts import AlterAction, AlterTable, Identity

# What ALTER TABLE does to a column of a parent it does to that column of every child (tablecmds.c, ATPrepCmd).
_PASSED_ON = frozenset({"set default", "drop default", "set not null", "drop not null", "set type"})

# One ALTER TABLE with several actions drops first, whatever the order they are written in: ADD b int, DROP b gives the
# table a new b (tablecmds.c, AlterTablePass).
_DROPS = frozenset(f"drop {what}" for what in ("column", "constraint", "not null", "identity", "expression", "default"))
_TURNS = {"set type": 1, "add column": 2}

# Whether a trigger fires in a session whose session_replication_role is not replica.
_FIRES = {
    "enable trigger": True, "enable always trigger": True, "enable replica trigger": False, "disable trigger": False,
}  # fmt: skip


def _turn(action: AlterAction) -> int:
    if action.constraint is not None:
        return 4 if action.constraint.kind in ("primary", "unique", "exclude") else 5
    return 0 if action.kind in _DROPS else _TURNS.get(action.kind, 3)


def alter_table(catalogue: Catalogue, fact: AlterTable, statement: int, line: int) -> None:
    """Change a table, or attach a partition's index."""
    if fact.kind == "index":
        _attach_index(catalogue, fact)
        return
    if fact.kind in ("sequence", "type"):
        return
    table = catalogue.table(fact.name)
    if table is None:
        if catalogue.relation_key(fact.name) is None and not fact.if_exists and fact.kind == "table":
            catalogue.note(Place(statement, line, fact.span), f'relation "{fact.name}" does not exist')
        return
    for action in sorted(fact.actions, key=_turn):
        _action(catalogue, table, action, Place(statement, line, action.span), only=fact.only)


def _action(catalogue: Catalogue, table: Table, action: AlterAction, place: Place, *, only: bool) -> None:
    match action.kind:
        case "add column" if action.column is not None:
            _add_column(catalogue, table, action, place, only=only)
        case "drop column" if action.name in table.columns:
            for child in heirs(catalogue, table):
                if action.name in child.columns and child.columns[action.name].inherited and not only:
                    drop_column(catalogue, child, action.name)
            drop_column(catalogue, table, action.name)
        case "drop column" if not action.missing_ok:
            catalogue.note(place, f'column "{action.name}" of relation "{table.key[1]}" does not exist')
        case "add constraint" if action.constraint is not None:
            add_constraint(catalogue, table, action.constraint, place, "alter")
        case "drop constraint":
            _drop_constraint(catalogue, table, action, place)
        case "validate constraint" if action.name in table.constraints:
            table.constraints[action.name].validated = True
        case "attach partition" | "detach partition" if action.table is not None:
            part = catalogue.table(action.table)
            if part is not None:
                attached = action.kind == "attach partition"
                part.partition_of, part.bound = (table.key, action.bound) if attached else (None, None)
                part.attach_place = place if attached else part.attach_place
        case "inherit" if action.table is not None:
            table.inherits = (*table.inherits, catalogue.table_key(action.table))
        case "no inherit" if action.table is not None:
            parent = catalogue.table_key(action.table)
            table.inherits = tuple(p for p in table.inherits if p != parent)
        case "enable row security":
            table.row_security = place
        case "disable row security":
            table.row_security = None
        case _ if action.kind in _FIRES:
            _switch_triggers(catalogue, table, action)
        case _ if action.name in table.columns:
            _column_action(catalogue, table, table.columns[action.name], action, place)
            if action.kind in _PASSED_ON and not only:
                for child in heirs(catalogue, table):
                    if action.name in child.columns:
                        _column_action(catalogue, child, child.columns[action.name], action, place)
        case _:
            pass


def _switch_triggers(catalogue: Catalogue, table: Table, action: AlterAction) -> None:
    """ENABLE and DISABLE TRIGGER name, ALL or USER. A trigger that is itself called "all" is switched by its name."""
    named = catalogue.triggers.get((table.key, action.name or ""))
    every = named is None and action.name in ("all", "user")
    for (key, _), trigger in catalogue.triggers.items():
        if key == table.key and (every or trigger is named):
            trigger.enabled = _FIRES[action.kind]


def _add_column(catalogue: Catalogue, table: Table, action: AlterAction, place: Place, *, only: bool) -> None:
    fact = action.column
    if fact is None:
        return
    if fact.name in table.columns:
        if not action.missing_ok:
            catalogue.note(place, f'column "{fact.name}" of relation "{table.key[1]}" already exists')
        return
    add_column(catalogue, table, fact, place)
    added = table.columns[fact.name]
    added.span = None
    for child in heirs(catalogue, table) if not only else ():
        child.columns.setdefault(fact.name, replace(added, inherited=True))
    for constraint in fact.constraints:
        add_constraint(catalogue, table, constraint, place, "alter")


def _drop_constraint(catalogue: Catalogue, table: Table, action: AlterAction, place: Place) -> None:
    gone = table.constraints.pop(action.name or "", None)
    if gone is not None:
        if action.cascade and gone.kind in ("primary", "unique"):
            _drop_references(catalogue, table, gone.columns)
        return
    for column in table.columns.values():  # PostgreSQL 18: NOT NULL is a constraint with a name
        if action.name in (column.not_null_name, f"{table.key[1]}_{column.name}_not_null") and column.not_null:
            column.not_null, column.not_null_name = False, None
            return
    if not action.missing_ok:
        catalogue.note(place, f'constraint "{action.name}" of relation "{table.key[1]}" does not exist')


def _drop_references(catalogue: Catalogue, table: Table, columns: tuple[str, ...]) -> None:
    """The foreign keys that need a key which goes with CASCADE."""
    for other in catalogue.tables.values():
        for name, constraint in list(other.constraints.items()):
            if constraint.references == table.key and set(constraint.referenced_columns) == set(columns):
                del other.constraints[name]


def _column_action(catalogue: Catalogue, table: Table, column: TableColumn, action: AlterAction, place: Place) -> None:
    match action.kind:
        case "set default":
            column.default, column.default_place = action.default, place
        case "drop default":
            column.default, column.default_place = None, place
        case "set not null":
            column.not_null = True
        case "drop not null":
            column.not_null, column.not_null_name = False, None
        case "set type" if action.type is not None:
            column.type, column.type_place = action.type, place
        case "set expression":
            column.generated = action.default
        case "drop expression":
            column.expression_dropped = place if column.generated is not None else None  # old rows have its values
        case "add identity" if action.identity is not None:
            column.identity, column.identity_place = action.identity, place
            column.not_null = True
            own_sequence(catalogue, table, column.name, action.identity.options, place, serial=False)
        case "set identity" if action.identity is not None and column.identity is not None:
            _set_identity(catalogue, table, column, column.identity, action.identity)
        case "drop identity":
            column.identity = None
            for sequence in _owned(catalogue, table, column.name):
                if sequence.implicit == "identity":
                    del catalogue.sequences[sequence.key]
        case _:
            pass


def _set_identity(catalogue: Catalogue, table: Table, column: TableColumn, old: Identity, new: Identity) -> None:
    said = new.options.span_of("generated") is not None
    options = old.options
    for sequence in _owned(catalogue, table, column.name):
        changed_options(sequence, new.options)
        options = sequence.options
    column.identity = replace(old, always=new.always if said else old.always, options=options)


def _owned(catalogue: Catalogue, table: Table, column: str) -> list[Sequence]:
    return [s for s in catalogue.sequences.values() if s.owned_by == (table.key, column)]


def drop_column(catalogue: Catalogue, table: Table, name: str) -> None:
    """Take out a column with the constraints, indexes and sequences that involve it, and the foreign keys to it."""
    del table.columns[name]
    for label, constraint in list(table.constraints.items()):
        checked = constraint.fact.expression.columns if constraint.fact.expression else ()
        if name in (*constraint.columns, *constraint.fact.include) or any(parts[-1] == name for parts in checked):
            del table.constraints[label]
    for index in catalogue.indexes_of(table.key):
        parts = [k.expression for k in index.fact.keys] + [index.fact.where]
        used = {c[-1] for e in parts if e is not None for c in e.columns}
        if name in index.columns or name in index.fact.include or name in used:
            del catalogue.indexes[index.key]
    for sequence in _owned(catalogue, table, name):
        del catalogue.sequences[sequence.key]
    for other in catalogue.tables.values():
        for label, constraint in list(other.constraints.items()):
            if constraint.references == table.key and name in constraint.referenced_columns:
                del other.constraints[label]


def _attach_index(catalogue: Catalogue, fact: AlterTable) -> None:
    for action in fact.actions:
        if action.kind == "attach partition" and action.table is not None:
            parents = list(catalogue.candidates(fact.name.schema, fact.name.name))
            parent = next((k for k in parents if k in catalogue.indexes), parents[0])
            for key in catalogue.candidates(action.table.schema, action.table.name):
                if key in catalogue.indexes:
                    catalogue.indexes[key].parent = parent
                    break
