"""CREATE TABLE of a table that others are merged into, or that was parted from its parent: columns, checks, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsql_migrate.rewrite.families.inheritance import heirs_of, inherited_checks
from dsql_migrate.rewrite.families.partition_views import bound_checks
from dsql_migrate.rewrite.families.partitions import children_of
from dsql_migrate.rewrite.following import follow_expression
from dsql_migrate.rewrite.keys.constraints import DETAIL, blocked, child_constraint, free_name
from dsql_migrate.rewrite.plan import dotted
from dsql_migrate.rewrite.quoting import identifier, literal
from dsql_migrate.rewrite.tables.column_text import definition
from dsql_migrate.schema.model import Table
from dsql_migrate.schema.naming import cut

if TYPE_CHECKING:
    from dsql_migrate.rewrite.tables.create_table import TableWriter


def child_columns(writer: TableWriter) -> None:
    """Columns of inheritance children, and the one that says which child a row was in."""
    for extra, _ in writer.planned.extra:
        writer.elements.add(definition(writer.plan, extra, nullable=True), ["DSQL105: of an inheritance child"])
    if writer.planned.discriminator:
        writer.elements.add(
            f"{identifier(writer.planned.discriminator)} text", ["DSQL105: which child table the row was in"]
        )
        writer.changes.append("DSQL105 the inheritance children's rows are in it")


def parents_checks(writer: TableWriter) -> None:
    """Of a table whose INHERITS is written out: the parent's checks, as far as the parent keeps them."""
    for constraint in inherited_checks(writer.plan, writer.table):
        expression = constraint.fact.expression
        if expression is not None and constraint.validated and blocked(writer.plan, writer.planned, expression) is None:
            said = follow_expression(writer.plan, writer.planned, expression).of(expression.text)
            element = f"CONSTRAINT {identifier(constraint.name)} CHECK ({said})"
            writer.add_check(constraint.name, element, "DSQL105: of the parent table")
    heirs = ", ".join(dotted(key) for key in heirs_of(writer.plan, writer.table.key))
    if heirs:
        writer.changes.append(f"DSQL105 a query of it no longer shows the rows of {heirs}: tables of their own now")


def bounds_of_partition(writer: TableWriter) -> None:
    """Of a partition that is a table of its own: CHECKs that keep its rows within its bounds."""
    table = writer.table
    if table.partition_of is None or table.key not in writer.plan.apart:
        return
    kept = False
    for wanted, condition in bound_checks(writer.plan, table):
        name = free_name(cut(wanted), writer.names)
        writer.add_check(name, f"CONSTRAINT {identifier(name)} CHECK ({condition})", "DSQL104: the partition's bounds")
        kept = True
    bound = " ".join((table.bound or "").split())
    kept_by = "a CHECK keeps its bounds" if kept else "nothing keeps its rows within its bounds"
    writer.changes.append(f"DSQL104 a table of its own, behind a view: was a partition {bound}; {kept_by}")


def children_constraints(writer: TableWriter) -> None:
    """Keys and checks of merged children: entered, and put in where they hold for the child's rows."""
    for child in children_of(writer.plan, writer.table.key):
        _child(writer, child)


def _child(writer: TableWriter, child: Table) -> None:
    constant = writer.plan.merges[child.key].constant
    for constraint in child.constraints.values():
        if constraint.kind == "foreign":
            continue
        decided, element, name = child_constraint(writer.plan, child, constraint, writer.names)
        if element is not None:
            writer.add_check(name, element, f"{decided.rule}: for rows of {dotted(child.key)}")
            writer.ids.append(f"constraint:{dotted(child.key)}.{constraint.name}")
        writer.plan.note(
            "constraint", f"{dotted(child.key)}.{constraint.name}", constraint.place.line, decided.disposition,
            decided.reason, rule=decided.rule, detail=DETAIL[constraint.kind],
            into=("pre-data.sql",) if decided.disposition == "rewritten" else (),
        )  # fmt: skip
    if constant is None:
        return
    own = {e.column.name for e, owner in writer.planned.extra if owner == child.key}
    for column in child.columns.values():
        if column.name in own and column.not_null:
            condition = (
                f"{identifier(writer.planned.discriminator or '')} IS DISTINCT FROM {literal(constant).strip()}"
            )
            name = free_name(cut(f"{child.key[1]}_{column.name}_not_null"), writer.names)
            element = f"CONSTRAINT {identifier(name)} CHECK ({condition} OR {identifier(column.name)} IS NOT NULL)"
            writer.add_check(name, element, f"DSQL105: for rows of {dotted(child.key)}")
