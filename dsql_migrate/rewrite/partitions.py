"""Partitions and inheritance children: their rows, keys, checks and indexes go into the parent.

DSQL has neither PARTITION BY nor INHERITS and spreads every table itself (user guide, CREATE TABLE). A partition's rows are
simply the parent's. Rows of an inheritance child are told apart by a column ``inherited_from``, which also keeps the
child's own CHECK and NOT NULL constraints in force for its rows.
"""

from __future__ import annotations

from dataclasses import replace

from dsql_migrate.rewrite.plan import Merge, Plan, dotted
from dsql_migrate.schema.model import Key, Table, TableConstraint

DISCRIMINATOR = "inherited_from"


def find_merges(plan: Plan) -> None:
    """Decide for every child table where its rows go; fills ``plan.merges``."""
    tables = plan.catalogue.tables
    for table in tables.values():
        if table.foreign:
            continue
        root, constant = _root(plan, table)
        if root is not None and root != table.key:
            plan.merges[table.key] = Merge(table.key, root, constant)


def _root(plan: Plan, table: Table) -> tuple[Key | None, str | None]:
    tables = plan.catalogue.tables
    key, constant, seen = table.key, None, {table.key}
    while True:
        current = tables.get(key)
        if current is None:
            return None, None
        parent = current.partition_of or (current.inherits[0] if current.inherits else None)
        if parent is None or parent not in tables or parent in seen:
            return key, constant
        if current.partition_of is None and constant is None:
            constant = dotted(table.key)
        seen.add(parent)
        key = parent


def discriminator(table: Table) -> str:
    """A free column name for telling inheritance children apart."""
    name = DISCRIMINATOR
    while name in table.columns:
        name += "_"
    return name


def children_of(plan: Plan, root: Key) -> list[Table]:
    """Every table that is merged into ``root``, in order of creation."""
    return [plan.catalogue.tables[m.child] for m in plan.merges.values() if m.root == root]


def twin(root: Table, constraint: TableConstraint) -> TableConstraint | None:
    """The parent's constraint that says the same as the child's."""
    for other in root.constraints.values():
        if same(other, constraint):
            return other
    return None


def same(one: TableConstraint, other: TableConstraint) -> bool:
    """Whether two constraints demand the same of their tables."""
    if {one.kind, other.kind} <= {"primary", "unique"}:
        return set(one.columns) == set(other.columns) and (one.kind == other.kind or one.kind == "primary")
    if one.kind != other.kind:
        return False
    if one.kind == "foreign":
        return (
            one.columns == other.columns
            and one.references == other.references
            and one.referenced_columns == other.referenced_columns
            and one.fact.on_delete == other.fact.on_delete
            and one.fact.on_update == other.fact.on_update
        )
    if one.kind == "check":
        left, right = one.fact.expression, other.fact.expression
        return left is not None and right is not None and _squeezed(left.text) == _squeezed(right.text)
    return False


def _squeezed(text: str) -> str:
    return "".join(text.split()).strip("()")


def promote(plan: Plan) -> None:
    """Give the parent what every one of its partitions demands and it does not: keys and foreign keys.

    A unique key of the partitions is global only where it holds the partition key's columns.
    """
    for root in list(plan.catalogue.tables.values()):
        parts = [t for t in children_of(plan, root.key) if t.partition_of is not None]
        if not parts or root.key in plan.merges:
            continue
        leaves = [t for t in parts if t.partition_by is None]
        if not leaves:
            continue
        for constraint in list(leaves[0].constraints.values()):
            if constraint.kind not in ("foreign", "primary", "unique", "check") or twin(root, constraint):
                continue
            if constraint.kind in ("primary", "unique") and not _global(root, constraint):
                continue
            if constraint.kind == "primary" and root.primary_key is not None:
                continue
            if all(any(same(c, constraint) for c in leaf.constraints.values()) for leaf in leaves[1:]):
                name = constraint.name
                root.constraints[name] = replace(constraint, origin="inherited")


def _global(root: Table, constraint: TableConstraint) -> bool:
    keys = (root.partition_by or ("",))[1:]
    return "(expression)" not in keys and set(keys) <= set(constraint.columns)
