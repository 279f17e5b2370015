"""Constraints on tables that are there already: added for new rows at once, for old rows by a job."""

from __future__ import annotations

from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix
from dsql_migrate.lint.mending.names import constraint_name, quoted
from dsql_migrate.lint.mending.statements import alone, behind
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import AlterTable, Constraint


def validated(table: AlterTable, constraint: str, context: Context) -> str:
    """The statement that has the rows checked which are there, to be put behind another one."""
    return f";\nALTER TABLE ASYNC {table.name.span.of(context.text)} VALIDATE CONSTRAINT {constraint}"


def not_valid(subject: Subject, context: Context) -> Fix | None:
    """NOT VALID, and the validation behind it: together they are what was there, but that the job may still fail.

    Inside a transaction there is no place for the validation, and old rows stay unchecked: unsafe.
    """
    constraint: Constraint = subject.part
    table: AlterTable = subject.owner
    end = constraint.span.end
    name = quoted(constraint.name) if constraint.name else constraint_name(table.name, constraint, context)
    if name is None or not alone(context) or not context.target.has("validate-constraint-async"):
        return Fix("unsafe", (Edit(end, end, " NOT VALID"),))
    edits = []
    if not constraint.name:
        edits.append(Edit(constraint.span.start, constraint.span.start, f"CONSTRAINT {name} "))
    tail = validated(table, name, context)
    if end == table.span.end:
        edits.append(Edit(end, end, f" NOT VALID{tail}"))
    else:
        edits += [Edit(end, end, " NOT VALID"), Edit(table.span.end, table.span.end, tail)]
    return Fix("safe", tuple(edits))


def validate_async(subject: Subject, context: Context) -> Fix | None:
    """ALTER TABLE ASYNC, which takes a single action."""
    table = context.find("alter table")
    if len(subject.owner.actions) != 1 or table is None or not context.target.has("validate-constraint-async"):
        return None
    return Fix("safe", (Edit(table.end, table.end, " ASYNC"),))


def unique_index(subject: Subject, context: Context) -> Fix | None:
    """UNIQUE as an index: as strict, but no constraint that could be dropped or referred to by its name."""
    constraint: Constraint = subject.part
    table: AlterTable = subject.owner
    if len(table.actions) != 1 or constraint.deferrable or not constraint.columns or constraint.without_overlaps:
        return None
    if context.terminator not in (b";", b""):
        return None
    name = quoted(constraint.name) if constraint.name else constraint_name(table.name, constraint, context)
    if name is None:
        return None
    keys = ", ".join(map(quoted, constraint.columns))
    made = f"CREATE UNIQUE INDEX ASYNC {name} ON {table.name.span.of(context.text)} ({keys})"
    if constraint.include:
        made += f" INCLUDE ({', '.join(map(quoted, constraint.include))})"
    if constraint.nulls_not_distinct:
        made += " NULLS NOT DISTINCT"
    end = behind(context.fact.span, context)
    return Fix("unsafe", (Edit(context.fact.span.start, end, made + (";" if context.terminator else "")),))
