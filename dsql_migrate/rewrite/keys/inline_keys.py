"""Foreign keys in CREATE TABLE: those that stay or come in, and those that go behind the load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsql_migrate.rewrite.keys.foreign_keys import body_of, keep_inline
from dsql_migrate.rewrite.plan import dotted
from dsql_migrate.rewrite.quoting import identifier
from dsql_migrate.rewrite.tables.author_comments import above_key
from dsql_migrate.schema.model import TableConstraint

if TYPE_CHECKING:
    from dsql_migrate.rewrite.tables.create_table import TableWriter


def write_foreign_key(writer: TableWriter, constraint: TableConstraint, *, here: bool) -> None:
    """A foreign key stays or comes in where it is placed in CREATE TABLE, else it goes; its entry is made later."""
    id = f"constraint:{dotted(writer.table.key)}.{constraint.name}"
    if (writer.table.key, constraint.name) not in writer.plan.inline:
        if here and constraint.origin == "table":
            writer.elements.remove(constraint.fact.span)
        if here:
            writer.tells.append(id)
        return
    writer.ids.append(id)
    writer.needs.add(f"relation:{dotted(writer.plan.root(constraint.references or writer.table.key))}")
    if here and not writer.anew:
        keep_inline(writer.plan, writer.table, constraint, writer.edits, writer.text)
        return
    sql = above_key(writer.plan, constraint)
    sql += f"CONSTRAINT {identifier(constraint.name)} {body_of(writer.plan, writer.table, constraint)}"
    where = writer.plan.where(writer.statements[constraint.place.statement].line)
    writer.elements.add(sql, [f"DSQL204: from ALTER TABLE, {where}"])
