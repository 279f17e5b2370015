"""What a name meant where it stood: search_path, renames and drops change it later in the script.

The catalogue is read when the script has ended. What must be known as of a statement is remembered while it passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dsql_migrate.schema import Catalogue
from dsql_migrate.schema.model import Table, TableColumn
from dsql_migrate.source.facts import AlterTable, CommentOn, CreateTable, Fact, Name, Span, TypeName


@dataclass(slots=True)
class Scope:
    """By number of the statement: the table that ALTER TABLE changes; which LIKE brought a column into CREATE TABLE;
    the table that a COMMENT is about, and its column."""

    altered: dict[int, Table] = field(default_factory=dict)
    commented: dict[int, tuple[Table, TableColumn | None]] = field(default_factory=dict)
    copied: dict[int, dict[str, Span]] = field(default_factory=dict)

    def before(self, catalogue: Catalogue, fact: Fact, statement: int) -> None:
        """To be called before the catalogue takes the fact in."""
        if isinstance(fact, AlterTable):
            table = catalogue.table(fact.name)
            if table is not None:
                self.altered[statement] = table
        elif isinstance(fact, CommentOn) and fact.kind in ("table", "column"):
            parts = fact.name[:-1] if fact.kind == "column" else fact.name
            table = catalogue.table(Name(parts[-2] if len(parts) > 1 else None, parts[-1])) if parts else None
            if table is not None:
                column = table.columns.get(fact.name[-1]) if fact.kind == "column" else None
                self.commented[statement] = (table, column)
        elif isinstance(fact, CreateTable):
            for clause in fact.likes:
                source = catalogue.table(clause.source)
                for name in source.columns if source else ():
                    self.copied.setdefault(statement, {})[name] = clause.span

    def after(self, catalogue: Catalogue, fact: Fact, statement: int) -> None:
        """To be called when it has: types get the schema that their names mean here."""
        if isinstance(fact, CreateTable | AlterTable):
            table = self.altered.get(statement) or catalogue.table(fact.name)
            for column in table.columns.values() if table else ():
                if column.type_place.statement == statement:
                    column.type = pinned(catalogue, column.type)
        for user in catalogue.types.values():
            if user.place.statement == statement and user.base is not None:
                user.base = pinned(catalogue, user.base)


def pinned(catalogue: Catalogue, type: TypeName) -> TypeName:
    """The type with the schema of the user-defined type or table it names, if it names one."""
    if type.schema is not None:
        return type
    user = catalogue.user_type(None, type.name)
    row = catalogue.row_of(type) if user is None else None
    schema = user.key[0] if user is not None else row[0] if row is not None and row in catalogue.tables else None
    return replace(type, schema=schema) if schema is not None else type
