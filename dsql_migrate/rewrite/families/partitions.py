"""Partitions and inheritance children: their rows, keys, checks and indexes go into the parent.

DSQL has neither PARTITION BY nor INHERITS and spreads every table itself (user guide, CREATE TABLE). A partition's
rows are
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
        if table.foreign or table.key in plan.views or table.key in plan.apart:
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
    """Give the parent what its partitions demand and it does not: keys and checks that all of them have, and any
    foreign key that one of them has (``Script.stricter`` notes where it was not all).

    A unique key of the partitions is global only where it holds the partition key's columns.
    """
    for root in list(plan.catalogue.tables.values()):
        if root.partition_by is None or root.key in plan.merges:
            continue
        leaves = [t for t in children_of(plan, root.key) if t.partition_of is not None and t.partition_by is None]
        for leaf in leaves:
            for constraint in list(leaf.constraints.values()):
                _promote(plan, root, leaves, constraint)


def _promote(plan: Plan, root: Table, leaves: list[Table], constraint: TableConstraint) -> None:
    if constraint.kind == "exclude" or twin(root, constraint) or constraint.name in root.constraints:
        return
    if constraint.kind in ("primary", "unique") and not _global(root, constraint):
        return
    if constraint.kind == "primary" and root.primary_key is not None:
        return
    have = sum(any(same(c, constraint) for c in leaf.constraints.values()) for leaf in leaves)
    if have == len(leaves):
        root.constraints[constraint.name] = replace(constraint, origin="promoted")
    elif constraint.kind == "foreign" and root.partition_by is not None and root.partition_by[0] != "list":
        # Partitions by range or hash hold rows of one kind: a key that one of them lacks was forgotten there.
        # Partitions by list may each hold a kind of its own, with keys of its own.
        root.constraints[constraint.name] = replace(constraint, origin="promoted")
        note = f"it held for {have} of {len(leaves)} partitions, and holds for every row of {dotted(root.key)} now"
        plan.script.stricter[f"constraint:{dotted(root.key)}.{constraint.name}"] = note


def _global(root: Table, constraint: TableConstraint) -> bool:
    keys = (root.partition_by or ("",))[1:]
    return "(expression)" not in keys and set(keys) <= set(constraint.columns)
