"""CREATE TABLE in all its forms, its columns, and which tables get rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.schema.apply.constraints import add_constraint
from dsql_migrate.schema.catalogue import Catalogue
from dsql_migrate.schema.model import Index, Key, Place, Sequence, Table, TableColumn
from dsql_migrate.schema.naming import choose, columns_part, distinct
from dsql_migrate.source import regex
from dsql_migrate.source.facts import NOWHERE as NO_SPAN
from dsql_migrate.source.facts import (
    Column,
    Constraint,
    Copy,
    CreateTable,
    CreateTableAs,
    Expression,
    Insert,
    LikeClause,
    Name,
    SequenceOptions,
    TypeName,
)

_BARE = regex.compile(r"[a-z_][a-z0-9_]*")
_SERIAL = ("serial", "bigserial", "smallserial")
# PostgreSQL adds what a CREATE TABLE says in this order, and makes up names in it: CHECK with the table itself, then
# the primary key, the other keys, and at last the foreign keys (parse_utilcmd.c, transformCreateStmt).
_ORDER = {"not null": 0, "check": 0, "primary": 1, "unique": 2, "exclude": 2, "foreign": 3}


def create_table(catalogue: Catalogue, fact: CreateTable, statement: int, line: int) -> None:
    """Add a table with its columns and constraints, those it gets from parents, a type or LIKE included."""
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    if not catalogue.is_free(key, place, quiet=fact.if_not_exists):
        return
    table = Table(key, place, fact, created_as=key, foreign=fact.foreign_server is not None)
    table.partition_by = fact.partition_by
    catalogue.tables[key] = table
    _inherit(catalogue, table, fact, place)
    if fact.of_type is not None:
        _of_type(catalogue, table, fact.of_type, place)
    elements: list[Column | LikeClause] = [*fact.columns, *fact.likes]
    elements.sort(key=lambda e: e.span.start)
    for element in elements:
        if isinstance(element, LikeClause):
            _like_columns(catalogue, table, element, place)
        elif element.name in table.columns:
            _merge(table.columns[element.name], element, place)
        else:
            add_column(catalogue, table, element, place)
    own = [(c, True) for e in fact.columns for c in e.constraints] + [(c, False) for c in fact.constraints]
    for constraint, behind in sorted(own, key=lambda c: (_ORDER[c[0].kind], c[0].span.start)):
        if not _repeats(table, constraint):
            add_constraint(catalogue, table, constraint, place, "column" if behind else "table")
    for clause in fact.likes:
        _like_constraints(catalogue, table, clause, place)


def _repeats(table: Table, fact: Constraint) -> bool:
    """Whether a UNIQUE has the columns of a key before it: of the two PostgreSQL makes one index and one constraint.

    (parse_utilcmd.c, transformIndexConstraints)
    """
    return fact.kind == "unique" and any(
        key.columns == fact.columns
        and (key.fact.include, key.fact.nulls_not_distinct) == (fact.include, fact.nulls_not_distinct)
        and (key.fact.deferrable, key.fact.initially_deferred) == (fact.deferrable, fact.initially_deferred)
        for key in table.unique_keys()
    )


def _inherit(catalogue: Catalogue, table: Table, fact: CreateTable, place: Place) -> None:
    """Take over the parents' columns. Their constraints and indexes are not repeated: they stand on the parent."""
    if fact.partition_of is not None:
        table.partition_of = catalogue.table_key(fact.partition_of)
        table.bound = fact.partition_bound
        table.attach_place = place
    table.inherits = tuple(catalogue.table_key(n) for n in fact.inherits)
    for parent in (table.partition_of, *table.inherits):
        source = catalogue.tables.get(parent) if parent else None
        for column in source.columns.values() if source else ():
            copied = replace(column, type=_plain(column.type), inherited=True, span=None, place=place)
            copied.default = _default(catalogue, source, column) if source else None
            if parent != table.partition_of:
                copied.identity = None  # only partitions share it
            table.columns.setdefault(column.name, copied)


def _of_type(catalogue: Catalogue, table: Table, name: Name, place: Place) -> None:
    found = catalogue.user_type(name.schema, name.name)
    for column in found.columns if found else ():
        add_column(catalogue, table, column, place)
        table.columns[column.name].span = None


def _merge(column: TableColumn, fact: Column, place: Place) -> None:
    """A column that the table has already: PARTITION OF p (a DEFAULT 3), OF t (a NOT NULL), or a parent's once more."""
    if fact.type.span.end > fact.type.span.start:  # with a type: a column of its own, in the parent's place
        column.fact, column.span = fact, fact.span
        column.inherited = False
    column.not_null = column.not_null or fact.not_null or any(c.kind == "primary" for c in fact.constraints)
    if fact.default is not None:
        column.default, column.default_place = fact.default, place


def _like_columns(catalogue: Catalogue, table: Table, clause: LikeClause, place: Place) -> None:
    source = catalogue.table(clause.source)
    if source is None:
        catalogue.note(place, f'relation "{clause.source}" does not exist')
        return
    table.like = (*table.like, source.key)
    for column in source.columns.values():
        if column.name in table.columns:
            continue
        identity = column.identity if _includes(clause, "identity") else None
        table.columns[column.name] = replace(
            column,
            type=_plain(column.type),
            place=place,
            span=None,
            inherited=False,
            default=_default(catalogue, source, column) if _includes(clause, "defaults") else None,
            identity=identity,
            generated=column.generated if _includes(clause, "generated") else None,
        )
        if identity is not None:
            options = replace(identity.options, sequence_name=None)
            own_sequence(catalogue, table, column.name, options, place, serial=False)


def _plain(type: TypeName) -> TypeName:
    """A serial column is an integer column to whoever copies it."""
    whole = (
        {"serial": "int4", "bigserial": "int8", "smallserial": "int2"}.get(type.name) if type.schema is None else None
    )
    return TypeName("pg_catalog", whole) if whole is not None else type


def _default(catalogue: Catalogue, source: Table, column: TableColumn) -> Expression | None:
    """A column's default; that of a serial column draws on the sequence that was made for it."""
    if column.default is not None or column.type.name not in _SERIAL:
        return column.default
    owned = (s.key for s in catalogue.sequences.values() if s.owned_by == (source.key, column.name))
    key = next(owned, None)
    if key is None:
        return None
    text = ".".join(part if _BARE.fullmatch(part) else '"' + part.replace('"', '""') + '"' for part in key)
    call = "nextval('" + text.replace("'", "''") + "'::regclass)"
    return Expression(NO_SPAN, call, functions=(Name("pg_catalog", "nextval"),), sequences=(text,))


def _like_constraints(catalogue: Catalogue, table: Table, clause: LikeClause, place: Place) -> None:
    """CHECK constraints keep their names; keys and indexes get new ones; foreign keys are not copied."""
    source = catalogue.table(clause.source)
    for constraint in list(source.constraints.values()) if source else ():
        wanted = "constraints" if constraint.kind == "check" else "indexes"
        if constraint.kind == "foreign" or not _includes(clause, wanted):
            continue
        name = constraint.name if constraint.kind == "check" else None
        copied = replace(constraint.fact, name=name, columns=constraint.columns, using_index=None)
        add_constraint(catalogue, table, copied, place, "inherited")
    if source is not None and _includes(clause, "indexes"):
        for index in catalogue.indexes_of(source.key):
            _copy_index(catalogue, table, index, place)


def _copy_index(catalogue: Catalogue, table: Table, index: Index, place: Place) -> None:
    fact = replace(index.fact, name=None, name_span=None, table=Name(*table.key))
    called = distinct([*(k.called or "expr" for k in fact.keys), *fact.include])
    schema, stem = table.key
    key = (schema, choose(stem, columns_part(called), "idx", lambda made: catalogue.is_relation(schema, made)))
    catalogue.indexes[key] = Index(key, table.key, fact, place, columns=index.columns)


def _includes(clause: LikeClause, what: str) -> bool:
    """Whether LIKE copies this; the last INCLUDING or EXCLUDING that names it counts."""
    found = False
    for option in clause.options:
        word, _, named = option.partition(" ")
        if named in (what, "all"):
            found = word == "including"
    return found


def add_column(catalogue: Catalogue, table: Table, fact: Column, place: Place) -> None:
    """Add a column as CREATE TABLE or ADD COLUMN says; serial and identity make their sequence."""
    column = TableColumn(
        name=fact.name,
        type=fact.type,
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
        not_null_name=fact.not_null_name,
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
        own = table.key[1] if table.place == place else None

        def taken(made: str) -> bool:
            return made != own and catalogue.is_relation(schema, made)

        key = (schema, choose(table.key[1], column, "seq", taken))
    sequence = Sequence(key, place, options, (table.key, column), place, "serial" if serial else "identity")
    return catalogue.sequences.setdefault(key, sequence)


def create_table_as(catalogue: Catalogue, fact: CreateTableAs, statement: int, line: int) -> None:
    """Add a table whose columns nobody wrote down: their types come from running the query."""
    key = catalogue.new_key(fact.name)
    place = Place(statement, line, fact.span)
    if catalogue.is_free(key, place, quiet=fact.if_not_exists):
        catalogue.tables[key] = Table(key, place, None, created_as=key)


def copy(catalogue: Catalogue, fact: Copy, statement: int, line: int) -> None:
    """COPY … FROM gives a table rows."""
    if fact.table is not None and not fact.to:
        _data(catalogue.table(fact.table), statement)


def insert(catalogue: Catalogue, fact: Insert, statement: int, line: int) -> None:
    """INSERT gives a table rows."""
    table = catalogue.table(fact.table)
    _data(table, statement)
    if table is not None:
        table.rows += fact.rows or fact.generated or 0


def _data(table: Table | None, statement: int) -> None:
    if table is not None and table.first_data is None:
        table.first_data = statement


def heirs(catalogue: Catalogue, table: Table) -> Iterator[Table]:
    """Partitions and inheritance children, and theirs; each once."""
    seen = {table.key}
    waiting = catalogue.children(table.key)
    while waiting:
        child = waiting.pop(0)
        if child.key not in seen:
            seen.add(child.key)
            yield child
            waiting += catalogue.children(child.key)
