"""Inheritance children that cannot share one table with their parent: they become tables of their own.

Merging suits tables that are one thing in parts. Where the children are things of their own (another key, references to
them, columns of one name and two types, too many columns together), a merged table would lose what they guarantee. Then
INHERITS is written out instead: each child gets the parent's columns and checks. What is lost is told: a query of the
parent no longer shows the children's rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.rewrite.families.partitions import twin
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.schema.model import Key, Table, TableConstraint


def keep_apart(plan: Plan) -> None:
    """Take families that should not be merged out of ``plan.merges``; fills ``plan.apart``. Merges must be known."""
    families: dict[Key, list[Table]] = {}
    for merge in plan.merges.values():
        if merge.constant is not None:
            families.setdefault(merge.root, []).append(plan.catalogue.tables[merge.child])
    referenced = {c.references for t in plan.catalogue.tables.values() for c in t.constraints.values()}
    for root, children in families.items():
        part = _should_part(plan, plan.catalogue.tables[root], children, referenced)
        if part or plan.decide("inheritance", f"table:{dotted(root)}") == "flatten":
            plan.apart |= {root, *(child.key for child in children)}
            for child in children:
                del plan.merges[child.key]


def _should_part(plan: Plan, root: Table, children: list[Table], referenced: set[Key | None]) -> bool:
    if not any(column.name not in root.columns for child in children for column in child.columns.values()):
        return False  # partitions of the old style: one thing in parts
    names = set(root.columns).union(*(child.columns for child in children))
    if len(names) >= plan.target.limit("columns-per-table"):
        return True
    return any(
        child.key in referenced
        or len(child.inherits) > 1
        or _own_guarantee(root, child)
        or _other_types(plan, child, children)
        for child in children
    )


def _own_guarantee(root: Table, child: Table) -> bool:
    """A key or reference of the child that the parent does not have; a merged table could not keep it."""
    return any(c.kind != "check" and twin(root, c) is None for c in child.constraints.values())


def _other_types(plan: Plan, child: Table, children: list[Table]) -> bool:
    resolve = plan.catalogue.resolve_type
    return any(
        resolve(column.type) != resolve(other.columns[column.name].type)
        for other in children
        for column in child.columns.values()
        if not column.inherited and column.name in other.columns
    )


def heirs_of(plan: Plan, key: Key) -> list[Key]:
    """Tables of their own that inherit from a table in the source, directly."""
    return [t.key for t in plan.catalogue.tables.values() if key in t.inherits and t.key in plan.apart]


def inherited_checks(plan: Plan, table: Table) -> Iterator[TableConstraint]:
    """The CHECK constraints that a table of a dissolved family has from its parents, the nearest first; each once."""
    seen = set(table.constraints)
    waiting = list(table.inherits) if table.key in plan.apart else []
    while waiting:
        parent = plan.catalogue.tables.get(waiting.pop(0))
        for constraint in parent.constraints.values() if parent else ():
            if constraint.kind == "check" and not constraint.fact.no_inherit and constraint.name not in seen:
                seen.add(constraint.name)
                yield constraint
        waiting += parent.inherits if parent else ()
