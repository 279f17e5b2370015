"""CREATE TABLE, CREATE INDEX, and which tables get rows."""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.schema.catalogue import Catalogue, Trouble
from dsql_migrate.schema.model import Index, Key, Place, Sequence, Table, TableColumn, TableConstraint
from dsql_migrate.schema.naming import choose, columns_part
from dsql_migrate.source.facts import (
    Column,
    Constraint,
    Copy,
    CreateIndex,
    CreateTable,
    CreateTableAs,
    Insert,
    LikeClause,
    SequenceOptions,
)

_SERIAL = ("serial", "bigserial", "smallserial")


def create_table(catalogue: Catalogue, fact: CreateTable, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    if key in catalogue.tables or key in catalogue.views:
        if not fact.if_not_exists:
            catalogue.troubles.append(Trouble(statement, line, f'relation "{fact.name}" already exists'))
        return
    place = Place(statement, line, fact.span)
    table = Table(key, place, fact, created_as=key, foreign=fact.foreign_server is not None, partition_by=fact.partition_by)
    catalogue.tables[key] = table
    _inherit(catalogue, table, fact, place)
    for clause in fact.likes:
        _like(catalogue, table, clause, place)
    for column in fact.columns:
        add_column(catalogue, table, column, place)
    found = [(c, "column") for column in fact.columns for c in column.constraints]
    found += [(c, "table") for c in fact.constraints]
    for constraint, origin in sorted(found, key=lambda c: c[0].kind == "foreign"):  # which may refer to the table's own key
        add_constraint(catalogue, table, constraint, place, origin)


def _inherit(catalogue: Catalogue, table: Table, fact: CreateTable, place: Place) -> None:
    if fact.partition_of is not None:
        table.partition_of = catalogue.table_key(fact.partition_of)
        table.bound = fact.partition_bound
        table.attach_place = place
    table.inherits = tuple(catalogue.table_key(n) for n in fact.inherits)
    for parent in (table.partition_of, *table.inherits):
        source = catalogue.tables.get(parent) if parent else None
        if source is None:
            continue
        for column in source.columns.values():
            table.columns.setdefault(column.name, replace(column, inherited=True, span=None, place=place))


def _like(catalogue: Catalogue, table: Table, clause: LikeClause, place: Place) -> None:
    source = catalogue.table(clause.source)
    if source is None:
        return
    table.like = (*table.like, source.key)
    options = set(clause.options)
    everything = "including all" in options
    for column in source.columns.values():
        table.columns[column.name] = replace(
            column,
            place=place,
            span=None,
            default=column.default if everything or "including defaults" in options else None,
            identity=column.identity if everything or "including identity" in options else None,
            generated=column.generated if everything or "including generated" in options else None,
        )
    for constraint in source.constraints.values():
        wanted = "including constraints" if constraint.kind == "check" else "including indexes"
        if constraint.kind in ("foreign", "exclude") or not (everything or wanted in options):
            continue
        name = constraint.name if constraint.kind == "check" else None
        add_constraint(catalogue, table, replace(constraint.fact, name=name), constraint.place, "inherited")


def add_column(catalogue: Catalogue, table: Table, fact: Column, place: Place) -> None:
    """Add a column as CREATE TABLE or ADD COLUMN says; serial makes its sequence."""
    column = TableColumn(
        name=fact.name,
        type=catalogue.pinned(fact.type),
        place=place,
        type_place=place,
        created_as=fact.name,
        span=fact.span,
        fact=fact,
        not_null=fact.not_null or fact.identity is not None or any(c.kind == "primary" for c in fact.constraints),
        default=fact.default,
        default_place=place,
        generated=fact.generated,
        virtual=fact.virtual,
        identity=fact.identity,
        identity_place=place,
        collation=fact.collation,
    )
    table.columns[fact.name] = column
    serial = fact.type.schema is None and fact.type.name in _SERIAL
    if serial or fact.identity is not None:
        options = fact.identity.options if fact.identity else SequenceOptions()
        own_sequence(catalogue, table, fact.name, options, place, serial=serial)
        column.not_null = True


def own_sequence(
    catalogue: Catalogue, table: Table, column: str, options: SequenceOptions, place: Place, *, serial: bool
) -> Sequence:
    """The implicit sequence of a serial or identity column."""
    schema = table.key[0]
    if options.sequence_name is not None:
        key: Key = (options.sequence_name.schema or schema, options.sequence_name.name)
    else:
        key = (schema, choose(table.key[1], column, "seq", catalogue.taken_names(schema)))
    sequence = Sequence(key, place, options, (table.key, column), place, "serial" if serial else "identity")
    return catalogue.sequences.setdefault(key, sequence)


def add_constraint(catalogue: Catalogue, table: Table, fact: Constraint, place: Place, origin: str) -> TableConstraint | None:
    """Add a constraint under its own name or the one PostgreSQL would choose."""
    columns = fact.columns
    if fact.kind == "not null":
        for name in columns:
            if name in table.columns:
                table.columns[name].not_null = True
        return None
    if fact.using_index is not None:
        index = catalogue.indexes.pop((table.key[0], fact.using_index), None)
        if index is not None:
            columns = tuple(k.column or "" for k in index.fact.keys)
    name = fact.name or _name(catalogue, table, fact, columns)
    if name in table.constraints:
        catalogue.troubles.append(
            Trouble(place.statement, place.line, f'constraint "{name}" for relation "{table.key[1]}" already exists')
        )
        return None
    found = TableConstraint(name, fact, place, columns, origin=origin, validated=not fact.not_valid)  # type: ignore[arg-type]
    if fact.kind == "foreign" and fact.references is not None:
        found.references = catalogue.table_key(fact.references)
        found.referenced_columns = fact.referenced_columns or _primary_columns(catalogue, found.references)
    if fact.kind == "primary":
        for column in columns:
            if column in table.columns:
                table.columns[column].not_null = True
    table.constraints[name] = found
    return found


def _primary_columns(catalogue: Catalogue, key: Key) -> tuple[str, ...]:
    table = catalogue.tables.get(key)
    primary = table.primary_key if table else None
    return primary.columns if primary else ()


def _name(catalogue: Catalogue, table: Table, fact: Constraint, columns: tuple[str, ...]) -> str:
    if fact.kind in ("primary", "unique", "exclude"):
        taken = catalogue.taken_names(table.key[0]) | set(table.constraints)
        if fact.kind == "primary":
            return choose(table.key[1], None, "pkey", taken)
        if fact.kind == "unique":
            return choose(table.key[1], columns_part(columns), "key", taken)
        return choose(table.key[1], columns_part(tuple(c for c, _ in fact.operators)), "excl", taken)
    if fact.kind == "foreign":
        return choose(table.key[1], columns_part(columns), "fkey", set(table.constraints))
    named = [c for c in dict.fromkeys(parts[-1] for parts in fact.expression.columns)] if fact.expression else []
    return choose(table.key[1], named[0] if len(named) == 1 else None, "check", set(table.constraints))


def create_table_as(catalogue: Catalogue, fact: CreateTableAs, statement: int, line: int) -> None:
    key = catalogue.new_key(fact.name)
    catalogue.tables.setdefault(key, Table(key, Place(statement, line, fact.span), None, created_as=key))


def create_index(catalogue: Catalogue, fact: CreateIndex, statement: int, line: int) -> None:
    table = catalogue.table(fact.table)
    key_of_table = table.key if table else catalogue.new_key(fact.table)
    schema = key_of_table[0]
    for view in catalogue.candidates(fact.table.schema, fact.table.name):
        if table is None and view in catalogue.views:
            key_of_table, schema = view, view[0]
            break
    name = fact.name or choose(
        key_of_table[1],
        columns_part(tuple(_key_name(k.column, k.expression) for k in fact.keys)),
        "idx",
        catalogue.taken_names(schema),
    )
    key = (schema, name)
    if key in catalogue.indexes or key in catalogue.tables:
        if not fact.if_not_exists:
            catalogue.troubles.append(Trouble(statement, line, f'relation "{name}" already exists'))
        return
    catalogue.indexes[key] = Index(key, key_of_table, fact, Place(statement, line, fact.span))


def _key_name(column: str | None, expression: object) -> str:
    if column is not None:
        return column
    functions = getattr(expression, "functions", ())
    text = getattr(expression, "text", "")
    return functions[0].name if len(functions) >= 1 and text.rstrip().endswith(")") and not text.startswith("(") else "expr"


def copy(catalogue: Catalogue, fact: Copy, statement: int, line: int) -> None:
    if fact.table is not None and not fact.to:
        _data(catalogue, catalogue.table(fact.table), statement)


def insert(catalogue: Catalogue, fact: Insert, statement: int, line: int) -> None:
    _data(catalogue, catalogue.table(fact.table), statement)


def _data(catalogue: Catalogue, table: Table | None, statement: int) -> None:
    if table is not None and table.first_data is None:
        table.first_data = statement


