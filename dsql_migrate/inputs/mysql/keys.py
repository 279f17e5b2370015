"""Indexes, unique keys and foreign keys: said behind the rows, when all tables and their names are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dsql_migrate.inputs.mysql.expressions import Untranslatable, immutable
from dsql_migrate.inputs.mysql.meaning.kinds import UNKNOWN, Kind, Relation
from dsql_migrate.inputs.mysql.names import Names
from dsql_migrate.inputs.mysql.table import Index, Part, Reference
from dsql_migrate.inputs.mysql.types import Form
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.schema.model import Key
from dsql_migrate.schema.naming import cut
from dsql_migrate.source.untranslated import Untranslated

_WHOLE = 255  # characters of a column that is indexed whole, though MySQL has but a prefix of it


@dataclass(slots=True)
class Known:
    """A table of the dump as it is in PostgreSQL."""

    key: Key
    line: int
    columns: dict[str, str] = field(default_factory=dict)  # in small letters -> as declared, and cut
    forms: dict[str, Form] = field(default_factory=dict)  # by declared name
    kinds: dict[str, Kind] = field(default_factory=dict)  # by declared name
    not_null: set[str] = field(default_factory=set)
    primary: tuple[str, ...] = ()
    generated: set[str] = field(default_factory=set)
    unique: list[frozenset[str]] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    ignoring_case: list[str] = field(default_factory=list)  # columns
    collation: str = ""  # of these, in words
    identity: str | None = None

    def column(self, name: str) -> str:
        """The declared name: MySQL does not look at case."""
        return self.columns.get(name.lower(), cut(name))

    @property
    def relation(self) -> Relation:
        """What an expression sees of it."""
        named = {lower: (declared, self.kinds.get(declared, UNKNOWN)) for lower, declared in self.columns.items()}
        return Relation(named)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of PostgreSQL, and the line of the dump that it comes from."""

    line: int
    sql: str


def unique_columns(table: Known, index: Index) -> frozenset[str] | None:
    """The columns of a unique key that is one of PostgreSQL's constraints; None where it needs an index."""
    if any(part.column is None or _cut_off(table, part) for part in index.parts):
        return None
    return frozenset(table.column(part.column or "") for part in index.parts)


def _cut_off(table: Known, part: Part) -> bool:
    """Whether the prefix of a part leaves something out."""
    if part.length is None or part.column is None:
        return False
    form = table.forms.get(table.column(part.column))
    size = form.sql.partition("(")[2].rstrip(")") if form is not None and form.kind == "text" else ""
    return not (size.isdigit() and int(size) <= part.length)


def keys_of(file: str, table: Known, names: Names) -> Iterator[Said | Untranslated]:
    """The unique keys and indexes of a table."""
    schema, own = table.key
    for index in table.indexes:
        wanted = index.name or "_".join(part.column or "expression" for part in index.parts)
        id = f"{schema}.{cut(wanted)}"
        if index.kind == "spatial":
            reason = "a spatial index: the column is well-known binary, which no index of DSQL looks into"
            yield Untranslated("index", id, file, index.line, "application", reason, "DSQL303", index.text)
            continue
        try:
            yield _key(table, index, names.relation(schema, own, wanted))
        except Untranslatable as error:
            yield Untranslated("index", id, file, index.line, "application", str(error), None, index.text)


def _key(table: Known, index: Index, name: str) -> Said:
    on = qualified(table.key)
    columns = unique_columns(table, index) if index.kind == "unique" else None
    if columns is not None:
        listed = ", ".join(identifier(table.column(part.column or "")) for part in index.parts)
        sql = f"ALTER TABLE ONLY {on}\n    ADD CONSTRAINT {identifier(name)} UNIQUE ({listed})"
        return Said(index.line, sql)
    if index.kind == "fulltext":
        texts = [f"coalesce({identifier(table.column(p.column))}::text, '')" for p in index.parts if p.column]
        document = " || ' ' || ".join(texts)
        sql = f"CREATE INDEX {identifier(name)} ON {on} USING gin (to_tsvector('simple'::regconfig, {document}))"
        return Said(index.line, sql)
    parts = ", ".join(_part(table, part, index.kind == "unique") for part in index.parts)
    unique = "UNIQUE " if index.kind == "unique" else ""
    return Said(index.line, f"CREATE {unique}INDEX {identifier(name)} ON {on} USING btree ({parts})")


def _part(table: Known, part: Part, unique: bool) -> str:
    way = " DESC" if part.descending else ""
    if part.column is None:
        return f"({immutable(part.expression or '', table.relation.columns)[0]}){way}"
    column = table.column(part.column)
    shown = identifier(column)
    form = table.forms.get(column)
    if not _cut_off(table, part) or form is None or part.length is None:
        return f"{shown}{way}"
    size = form.sql.partition("(")[2].rstrip(")")
    if not unique and size.isdigit() and int(size) <= _WHOLE:
        return f"{shown}{way}"
    if form.kind == "bytes":
        return f"substring({shown}, 1, {part.length}){way}"
    return f'"left"(({shown})::text, {part.length}){way}'


def references_of(file: str, table: Known, tables: dict[Key, Known], names: Names) -> Iterator[Said | Untranslated]:
    """The foreign keys of a table."""
    for number, reference in enumerate(table.references, 1):
        parent = tables.get(names.key(reference.table))
        wanted = reference.name or f"{table.key[1]}_ibfk_{number}"
        referenced = frozenset(parent.column(c) for c in reference.referenced) if parent else frozenset()
        why = None
        if parent is None:
            why = f"the dump makes no table {'.'.join(part for part in reference.table if part)}"
        elif referenced != frozenset(parent.primary) and referenced not in parent.unique:
            why = f"MySQL lets it refer to columns of {'.'.join(parent.key)} that are no key; PostgreSQL does not"
        if why is not None or parent is None:
            id = f"{'.'.join(table.key)}.{cut(wanted)}"
            reason = why or ""
            yield Untranslated("constraint", id, file, reference.line, "application", reason, "DSQL203", reference.text)
            continue
        name = names.relation(f"{table.key[0]}\0{table.key[1]}", table.key[1], wanted)
        columns = ", ".join(identifier(table.column(c)) for c in reference.columns)
        theirs = ", ".join(identifier(parent.column(c)) for c in reference.referenced)
        actions = "".join(
            f" ON {event} {action.upper()}"
            for event, action in (("UPDATE", reference.on_update), ("DELETE", reference.on_delete))
            if action not in (None, "no action", "restrict")  # RESTRICT and NO ACTION are one in InnoDB
        )
        sql = (
            f"ALTER TABLE ONLY {qualified(table.key)}\n    ADD CONSTRAINT {identifier(name)} FOREIGN KEY ({columns}) "
            f"REFERENCES {qualified(parent.key)}({theirs}){actions}"
        )
        yield Said(reference.line, sql)
