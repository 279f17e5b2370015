"""Checks on keys and constraints."""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.lint.checks.registry import check
from dsql_migrate.lint.checks.types import key_word
from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Match
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.schema import Catalogue
from dsql_migrate.source.facts import (
    AlterAction,
    AlterTable,
    Column,
    Constraint,
    CreateIndex,
    CreateTable,
    IndexKey,
    TypeName,
    display,
)


@check
def key_type(subject: Subject, context: Context) -> Iterator[Match]:
    """A primary key, unique constraint or index over a type that DSQL cannot put in a key."""
    part = subject.part
    keys = (part.column,) if isinstance(part, IndexKey) else part.columns if part.kind in ("primary", "unique") else ()
    for name in keys:
        if name is None:
            continue
        type_ = column_type_of(name, subject, context)
        if type_ is None or type_.dimensions:
            continue
        base = context.schema.resolve_type(type_).base
        known = context.target.types.get(base.name)
        if known is not None and not known.key and base.kind == "base":
            shown = known.display or display(type_)
            at = part.span if part.span and getattr(part, "inline", False) else key_word(name, part.span, context)
            yield Match(at, {"type": shown, "column": name}, message=f"datatype {shown} is not supported in a key")


def column_type_of(name: str, subject: Subject, context: Context) -> TypeName | None:
    """The type of a column of the table that a key or an index is on; None where nothing here says it."""
    owner = subject.owner
    if isinstance(subject.parent, Column):
        return subject.parent.type
    if isinstance(owner, CreateTable):
        return next((column.type for column in owner.columns if column.name == name), None)
    table = owner.table if isinstance(owner, CreateIndex) else owner.name
    found = context.schema.table(table)
    column = found.columns.get(name) if found else None
    return column.type if column else None


@check
def key_columns(subject: Subject, context: Context) -> Iterator[Match]:
    """More columns in a key or index than DSQL takes; INCLUDE columns do not count."""
    part = subject.part
    keyed = isinstance(part, CreateIndex) or part.kind in ("primary", "unique")
    count = len(part.keys if isinstance(part, CreateIndex) else part.columns)
    if keyed and count > context.target.limit("key-columns"):
        at = part.table.span if isinstance(part, CreateIndex) else part.span
        yield Match(at, {"count": str(count)})


@check
def missing_primary_key(subject: Subject, context: Context) -> Iterator[Match]:
    """A table that has no primary key when the script ends."""
    fact: CreateTable = subject.part
    if fact.foreign_server or fact.inherits or fact.partition_of or fact.persistence != "permanent":
        return
    key = context.schema.new_key(fact.name)

    def has_key_or_is_gone(catalogue: Catalogue) -> bool:
        table = catalogue.made_by(fact, key)
        return table is None or table.primary_key is not None

    yield Match(fact.name.span, {"table": str(fact.name)}, unless=has_key_or_is_gone)


@check
def primary_key_dropped(subject: Subject, context: Context) -> Iterator[Match]:
    """DROP CONSTRAINT of the primary key: the key orders the table's storage and cannot go."""
    action: AlterAction = subject.part
    table = context.schema.table(subject.owner.name)
    key = table.primary_key if table else None
    if key is not None and key.name == action.name:
        yield Match(action.span, {"constraint": action.name or "", "table": str(subject.owner.name)})


@check
def key_column_dropped(subject: Subject, context: Context) -> Iterator[Match]:
    """DROP COLUMN of a column of the primary key."""
    action: AlterAction = subject.part
    table = context.schema.table(subject.owner.name)
    key = table.primary_key if table else None
    if key is not None and action.name in key.columns:
        yield Match(action.span, {"column": action.name or ""}, message=f"cannot drop primary key column {action.name}")


@check
def unvalidated_at_once(subject: Subject, context: Context) -> Iterator[Match]:
    """CHECK or FOREIGN KEY added to an existing table without NOT VALID."""
    constraint: Constraint = subject.part
    if isinstance(subject.owner, AlterTable) and isinstance(subject.parent, AlterAction) and not constraint.not_valid:
        yield Match(constraint.span, {"kind": "CHECK" if constraint.kind == "check" else "FOREIGN KEY"})
