"""Columns that are added or made NOT NULL: bare first, then what belongs to them, one accepted step at a time."""

from __future__ import annotations

from dsql_migrate.lint.context import Context
from dsql_migrate.lint.finding import Edit, Fix
from dsql_migrate.lint.mending.keys import validated
from dsql_migrate.lint.mending.names import constraint_name, free_name, quoted
from dsql_migrate.lint.mending.statements import alone
from dsql_migrate.lint.rewriting import deletion
from dsql_migrate.lint.subjects import Subject
from dsql_migrate.source.facts import AlterAction, AlterTable, Column, Constraint, Span


def check_not_null(subject: Subject, context: Context) -> Fix | None:
    """SET NOT NULL as a CHECK that new rows must pass at once, and old ones when it is validated."""
    action: AlterAction = subject.part
    table: AlterTable = subject.owner
    if action.name is None or table.if_exists:
        return None
    name = free_name(table.name, context, action.name, "not_null")
    if name is None:
        return None
    made = f"ADD CONSTRAINT {name} CHECK ({quoted(action.name)} IS NOT NULL) NOT VALID"
    return Fix("unsafe", _with_validation(Edit(action.span.start, action.span.end, made), table, name, context))


def _with_validation(edit: Edit, table: AlterTable, name: str, context: Context) -> tuple[Edit, ...]:
    if not alone(context):
        return (edit,)
    tail, end = validated(table, name, context), table.span.end
    if edit.end == end:
        return (Edit(edit.start, edit.end, edit.text + tail),)
    return (edit, Edit(end, end, tail))


def added_bare(subject: Subject, context: Context) -> Fix | None:
    """ADD COLUMN with its type alone; DEFAULT, CHECK and REFERENCES as actions behind it.

    Old rows have NULL where PostgreSQL would have put the default in. With NOT NULL an UPDATE fills them, which fails,
    loudly, on a table of more rows than a transaction may change; inside a transaction, where there is no place for it,
    the column takes NULL.
    """
    column: Column = subject.part
    action: AlterAction = subject.parent
    table: AlterTable = subject.owner
    kinds = {constraint.kind for constraint in column.constraints}
    if column.identity is not None or column.generated is not None or kinds & {"primary", "exclude"}:
        return None
    if "serial" in column.type.name or ((column.constraints or column.not_null) and action.missing_ok):
        return None  # a second run of ADD COLUMN IF NOT EXISTS would add the constraints again
    made = _actions(column, table, context)
    if made is None:
        return None
    actions, behind = made
    if behind and not alone(context):
        return None
    edits = [deletion(span, context.text) for span in _clauses(column)]
    end = action.span.end
    tail = "".join(f";\n{statement}" for statement in behind)
    if end == table.span.end:
        edits.append(Edit(end, end, "".join(actions) + tail))
    else:
        edits.append(Edit(end, end, "".join(actions)))
        edits += [Edit(table.span.end, table.span.end, tail)] if tail else []
    return Fix("unsafe", tuple(edit for edit in edits if edit.text or edit.start != edit.end))


def _clauses(column: Column) -> list[Span]:
    spans = [column.not_null_span, column.default_span, *(constraint.span for constraint in column.constraints)]
    return sorted((span for span in spans if span is not None), key=lambda span: span.start)


def _actions(column: Column, table: AlterTable, context: Context) -> tuple[list[str], list[str]] | None:
    """What goes behind the bare column in the same statement, and the statements that go behind that."""
    name, of = quoted(column.name), table.name.span.of(context.text)
    actions: list[str] = []
    behind: list[str] = []
    if column.default is not None:
        actions.append(f", ALTER COLUMN {name} SET DEFAULT {column.default.span.of(context.text)}")
    for constraint in column.constraints:
        known = quoted(constraint.name) if constraint.name else constraint_name(table.name, constraint, context)
        if known is None:
            return None
        if constraint.kind == "unique":
            behind.append(f"CREATE UNIQUE INDEX ASYNC {known} ON {of} ({name})")
            continue
        said = _table_constraint(constraint, name, context)
        if said is None:
            return None
        actions.append(f", ADD CONSTRAINT {known} {said} NOT VALID")
        if alone(context):
            behind.append(f"ALTER TABLE ASYNC {of} VALIDATE CONSTRAINT {known}")
    if column.not_null and (column.default is None or alone(context)):
        known = free_name(table.name, context, column.name, "not_null")
        if known is None:
            return None
        check = f"ADD CONSTRAINT {known} CHECK ({name} IS NOT NULL) NOT VALID"
        if column.default is None:  # PostgreSQL takes it only while there are no rows, and then so does DSQL
            actions.append(f", {check}")
        else:
            behind.append(f"UPDATE {of} SET {name} = DEFAULT WHERE {name} IS NULL")
            behind.append(f"ALTER TABLE {of} {check}")
        if alone(context):
            behind.append(f"ALTER TABLE ASYNC {of} VALIDATE CONSTRAINT {known}")
    return actions, behind


def _table_constraint(constraint: Constraint, column: str, context: Context) -> str | None:
    """A column's CHECK or REFERENCES as it is written for a table, without its name."""
    start = context.find("check" if constraint.kind == "check" else "references", constraint.span)
    if constraint.kind not in ("check", "foreign") or start is None or constraint.not_valid:
        return None
    text = Span(start.start, constraint.span.end).of(context.text)
    return text if constraint.kind == "check" else f"FOREIGN KEY ({column}) {text}"
