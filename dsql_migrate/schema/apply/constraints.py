"""ADD CONSTRAINT in any form and CREATE INDEX: what they are called, and what they mean for columns."""

from __future__ import annotations

from dsql_migrate.schema.catalogue import Catalogue
from dsql_migrate.schema.model import Index, Key, Origin, Place, Table, TableConstraint
from dsql_migrate.schema.naming import choose, columns_part, distinct
from dsql_migrate.source.facts import Constraint, CreateIndex

_INDEXED = ("primary", "unique", "exclude")


def add_constraint(
    catalogue: Catalogue, table: Table, fact: Constraint, place: Place, origin: Origin
) -> TableConstraint | None:
    """Add a constraint under its own name or the one PostgreSQL would choose; None where nothing was added."""
    if fact.kind == "not null":
        for name in fact.columns:
            if name in table.columns:
                table.columns[name].not_null = True
                table.columns[name].not_null_name = fact.name
        return None
    columns = fact.columns
    if fact.using_index is not None:
        index = catalogue.indexes.pop((table.key[0], fact.using_index), None)
        if index is not None:
            columns = index.columns
    name = fact.name or (fact.using_index if fact.using_index is not None else _name(catalogue, table, fact, columns))
    if name in table.constraints:
        catalogue.note(place, f'constraint "{name}" for relation "{table.key[1]}" already exists')
        return None
    if fact.kind == "primary" and table.primary_key is not None:
        catalogue.note(place, f'multiple primary keys for table "{table.key[1]}" are not allowed')
        return None
    if fact.kind in _INDEXED and not catalogue.is_free((table.key[0], name), place):
        return None
    found = TableConstraint(name, fact, place, columns, origin=origin, validated=not fact.not_valid)
    if fact.kind == "foreign" and fact.references is not None:
        found.references = catalogue.table_key(fact.references)
        found.referenced_columns = fact.referenced_columns or _primary_columns(catalogue, found.references)
    if fact.kind == "primary":
        for column in columns:
            if column in table.columns:
                table.columns[column].not_null = True
    if fact.kind in _INDEXED:
        catalogue.backed.add((table.key[0], name))
    catalogue.constrained.add((table.key[0], name))
    table.constraints[name] = found
    return found


def _primary_columns(catalogue: Catalogue, key: Key) -> tuple[str, ...]:
    table = catalogue.tables.get(key)
    primary = table.primary_key if table else None
    return primary.columns if primary else ()


def _name(catalogue: Catalogue, table: Table, fact: Constraint, columns: tuple[str, ...]) -> str:
    schema, name = table.key

    def taken(made: str) -> bool:
        indexed = fact.kind in _INDEXED
        return catalogue.is_constraint(schema, made) or (indexed and catalogue.is_relation(schema, made))

    if fact.kind in _INDEXED:
        if fact.kind == "primary":
            return choose(name, None, "pkey", taken)
        if fact.kind == "unique":
            return choose(name, columns_part(distinct((*columns, *fact.include))), "key", taken)
        return choose(name, columns_part(distinct(fact.called)), "excl", taken)
    if fact.kind == "foreign":
        return choose(name, columns_part(columns), "fkey", taken)
    # A CHECK takes the column's name where it refers to one only, whether it is written behind a column or not.
    named = {parts[-1] for parts in fact.expression.columns} if fact.expression else set()
    return choose(name, named.pop() if len(named) == 1 else None, "check", taken)


def create_index(catalogue: Catalogue, fact: CreateIndex, statement: int, line: int) -> None:
    """Add an index to its table or materialized view; it stands in their schema."""
    place = Place(statement, line, fact.span)
    table = _indexed(catalogue, fact)
    if table is None:
        catalogue.note(place, f'relation "{fact.table}" does not exist')
        table = catalogue.new_key(fact.table)
    schema = table[0]
    called = distinct([*(k.called or "expr" for k in fact.keys), *fact.include])
    name = fact.name
    if name is None:
        name = choose(table[1], columns_part(called), "idx", lambda made: catalogue.is_relation(schema, made))
    key = (schema, name)
    if catalogue.is_free(key, place, quiet=fact.if_not_exists):
        columns = tuple(k.column or "" for k in fact.keys)
        catalogue.indexes[key] = Index(key, table, fact, place, columns=columns)


def _indexed(catalogue: Catalogue, fact: CreateIndex) -> Key | None:
    for key in catalogue.candidates(fact.table.schema, fact.table.name):
        if key in catalogue.tables or key in catalogue.views:
            return key
    return None
