"""Partitioned tables that stay as their partitions, behind a view of the parent's name.

Each partition becomes a table with the parent's columns, keys and checks, and a CHECK of its bounds; the view puts
their rows together. That is possible where the dump puts rows into the partitions, as pg_dump does: nothing on DSQL
sends a row that is put into the view to where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dsql_migrate.rewrite.families.bounds import bound_condition
from dsql_migrate.rewrite.families.partitions import same
from dsql_migrate.rewrite.keys.constraints import DETAIL, fate
from dsql_migrate.rewrite.plan import Item, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.writing.ledger import Disposition
from dsql_migrate.schema.model import Key, Table, TableConstraint
from dsql_migrate.schema.naming import choose, columns_part

RULE = "DSQL104"
_WORDS = {"primary": "pkey", "unique": "key", "foreign": "fkey", "exclude": "excl", "check": "check"}


def find_views(plan: Plan) -> None:
    """Decide which partitioned tables become views; fills ``plan.views`` with the partitions that hold their rows."""
    for table in plan.catalogue.tables.values():
        table.constraints = {n: c for n, c in table.constraints.items() if c.origin not in ("promoted", "demoted")}
    with_rows = {table.key for table in plan.script.tables_with_rows()}
    for root in list(plan.catalogue.tables.values()):
        if root.partition_by is None or root.partition_of is not None:
            continue
        parents = [root, *(t for t in _below(plan, root) if t.partition_by is not None)]
        if not _possible(plan, parents, with_rows):
            continue
        if plan.decide("partitions", f"table:{dotted(root.key)}") != "view":
            continue
        for parent in parents:
            plan.views[parent.key] = [t.key for t in _below(plan, parent) if t.partition_by is None]
    for leaves in plan.views.values():
        plan.apart |= set(leaves)
        for leaf in leaves:
            _hand_down(plan, plan.catalogue.tables[leaf])


def _below(plan: Plan, table: Table) -> Iterator[Table]:
    """Every partition below a table, in order of creation, a partitioned one before its own."""
    for child in plan.catalogue.tables.values():
        if child.partition_of == table.key:
            yield child
            yield from _below(plan, child)


def _possible(plan: Plan, parents: list[Table], with_rows: set[Key]) -> bool:
    """Whether the partitions can be tables: all are known, have rows of their own, and share no identity."""
    keys = {parent.key for parent in parents}
    leaves = [t for t in _below(plan, parents[0]) if t.partition_by is None]
    owned = {s.owned_by[0] for s in plan.catalogue.sequences.values() if s.implicit and s.owned_by}
    ordinary = all(t.fact is not None and not t.foreign and t.fact.persistence == "permanent" for t in leaves)
    filled = all(any(leaf.partition_of in keys for leaf in leaves) for _ in keys)
    return bool(leaves) and ordinary and filled and not keys & (with_rows | owned) and not any(
        parent.inherits or parent.foreign for parent in parents
    )


def _hand_down(plan: Plan, leaf: Table) -> None:
    """Give a partition the constraints of those above it that it does not have in words of its own."""
    for above in ancestors(plan, leaf):
        for constraint in above.constraints.values():
            if any(same(own, constraint) for own in leaf.constraints.values()):
                continue
            name = _free(plan, leaf, constraint)
            leaf.constraints[name] = replace(constraint, name=name, origin="demoted")


def ancestors(plan: Plan, table: Table) -> Iterator[Table]:
    """The partitioned tables above a partition, the nearest first."""
    while table.partition_of is not None and table.partition_of in plan.catalogue.tables:
        table = plan.catalogue.tables[table.partition_of]
        yield table


def _free(plan: Plan, leaf: Table, constraint: TableConstraint) -> str:
    """As PostgreSQL calls it on a partition: checks keep their name, keys are named after the table."""
    if constraint.kind in ("check", "foreign") and constraint.name not in leaf.constraints:
        return constraint.name

    def taken(name: str) -> bool:
        return name in leaf.constraints or plan.catalogue.is_relation(leaf.key[0], name)

    columns = None if constraint.kind == "primary" else columns_part(list(constraint.columns))
    return choose(leaf.key[1], columns, _WORDS.get(constraint.kind, "check"), taken)


def own_twin(leaf: Table, constraint: TableConstraint) -> TableConstraint | None:
    """The partition's constraint that says what a parent's says."""
    return next((own for own in leaf.constraints.values() if same(own, constraint)), None)


def missing_partition(plan: Plan, parent: Key) -> str | None:
    """Why a view cannot stand: a partition that it reads is not in the bundle."""
    gone = next((leaf for leaf in plan.views[parent] if leaf not in plan.tables), None)
    return f"its partition {dotted(gone)} is not in the bundle" if gone is not None else None


def bound_checks(plan: Plan, leaf: Table) -> Iterator[tuple[str, str]]:
    """(name, condition) of the CHECKs that keep a partition's rows within the bounds of itself and those above it."""
    planned = plan.tables[leaf.key]
    part = leaf
    for above in ancestors(plan, leaf):
        columns = (above.partition_by or ("",))[1:]
        plain = all(c in planned.columns and not planned.columns[c].choice.opaque for c in columns)
        found = bound_condition(above.partition_by or (), part.bound or "") if plain else None
        if found is not None:
            yield f"{part.key[1]}_bound", found
        part = above


def partition_view(plan: Plan, table: Table) -> None:
    """Enter a partitioned table that is a view now, and all that it has; the item that makes the view."""
    name, line = dotted(table.key), plan.statements[table.place.statement].line
    leaves = plan.views[table.key]
    into, names = ("pre-data.sql",), ", ".join(dotted(leaf) for leaf in leaves)
    reason = f"a view over its partitions, which are tables: {names}; rows are written to them"
    plan.note("table", name, line, "rewritten", reason, rule=RULE, into=into, detail="partitioned")
    for column in table.columns.values():
        key = f"{name}.{column.name}"
        plan.note("column", key, line, "rewritten", "a column of the view", rule=RULE, into=into)
        if column.default is not None or column.generated is not None:
            _default(plan, table, column.name, leaves, line)
        if column.identity is not None:
            plan.note("identity", key, line, "application", "a view has no identity", rule=RULE)
    for constraint in table.constraints.values():
        if constraint.kind != "foreign":
            _constraint(plan, table, constraint, leaves)
    _item(plan, table, leaves)


def _default(plan: Plan, table: Table, column: str, leaves: list[Key], line: int) -> None:
    parts = [plan.tables[leaf].columns.get(column) for leaf in leaves]
    there = all(p is not None and (p.keep_default or p.identity) and not p.plain for p in parts)
    said = all(p is not None and (p.column.default is not None or p.column.generated is not None) for p in parts)
    detail = "generated" if table.columns[column].generated is not None else None
    key = f"{dotted(table.key)}.{column}"
    if there and said:
        reason, into = "each partition has it", ("pre-data.sql",)
        plan.note("default", key, line, "rewritten", reason, rule=RULE, into=into, detail=detail)
    else:
        plan.note("default", key, line, "application", "not every partition has it", rule=RULE, detail=detail)


def _constraint(plan: Plan, table: Table, constraint: TableConstraint, leaves: list[Key]) -> None:
    id = f"{dotted(table.key)}.{constraint.name}"
    disposition: Disposition = "rewritten"
    reason, rule = "each partition has it", RULE
    into: tuple[str, ...] = ("pre-data.sql",)
    for leaf in leaves:
        own = own_twin(plan.catalogue.tables[leaf], constraint)
        found = fate(plan, plan.tables[leaf], own) if own is not None else None
        if found is None or found.where == "out":
            disposition, into = "application", ()
            reason = found.reason if found is not None else "not every partition has it"
            rule = found.rule or RULE if found is not None else RULE
            break
        if found.where == "late":
            into = ("post-data.sql",)
    plan.note(
        "constraint", id, constraint.place.line, disposition, reason, rule=rule, into=into,
        detail=DETAIL[constraint.kind],
    )  # fmt: skip


def _item(plan: Plan, table: Table, leaves: list[Key]) -> None:
    """CREATE VIEW over the partitions; the columns in the parent's order, as they are called on the target."""
    statement = plan.statements[table.place.statement]
    selects = []
    for leaf in leaves:
        planned = plan.tables[leaf]
        columns: list[str] = []
        for name in table.columns:
            found = planned.columns.get(name)
            columns += (found.facets or (name,)) if found is not None else ()
        listed = ", ".join(identifier(name) for name in columns)
        selects.append(f"SELECT {listed}\n    FROM {qualified(leaf)}" if listed else f"SELECT FROM {qualified(leaf)}")
    body = "\n    UNION ALL\n    ".join(selects)
    lead = statement.piece.text[: statement.piece.body]
    sql = f"CREATE VIEW {qualified(table.key)} AS\n    {body};".encode("utf-8", "surrogateescape")
    needs = frozenset(f"relation:{dotted(leaf)}" for leaf in leaves)
    ids, provides = (f"table:{dotted(table.key)}",), frozenset({f"relation:{dotted(table.key)}"})
    plan.pre.append(Item(lead + sql, statement.number, ids, statement.search_path, provides, needs, rank=8))


def made_as(plan: Plan, table: Key, constraint: TableConstraint) -> str:
    """The id of a constraint on the target: keys are relations, and named as such where a schema is folded."""
    key = constraint.kind in ("primary", "unique")
    name = plan.place((table[0], constraint.name))[1] if key else constraint.name
    return f"constraint:{dotted(plan.place(table))}.{name}"


def view_targets(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where what a parent had is expected on the target: the view, and the members of its partitions."""
    for parent, leaves in plan.views.items():
        table, name = plan.catalogue.tables[parent], dotted(parent)
        if f"table:{name}" in plan.lost:
            continue
        homes = [dotted(plan.place(leaf)) for leaf in leaves]
        yield f"table:{name}", (f"view:{dotted(plan.place(parent))}",)
        yield f"comment:table {name}", (f"comment:view {dotted(plan.place(parent))}",)
        for column in table.columns:
            facets = {leaf: plan.tables[leaf].columns[column].facets or (column,) for leaf in leaves}
            yield f"column:{name}.{column}", tuple(
                f"column:{home}.{own}" for leaf, home in zip(leaves, homes, strict=True) for own in facets[leaf]
            )
            entry = plan.ledger.get(f"default:{name}.{column}")
            carried = entry is not None and entry.disposition == "rewritten"
            if carried and table.columns[column].default is not None:
                yield f"default:{name}.{column}", tuple(f"default:{home}.{column}" for home in homes)
            else:
                yield f"default:{name}.{column}", ()
        for constraint in table.constraints.values():
            entry = plan.ledger.get(f"constraint:{name}.{constraint.name}")
            twins = [own_twin(plan.catalogue.tables[leaf], constraint) for leaf in leaves]
            there = entry is not None and entry.disposition == "rewritten"
            ids = (made_as(plan, leaf, own) for leaf, own in zip(leaves, twins, strict=True) if own is not None)
            yield f"constraint:{name}.{constraint.name}", tuple(ids) if there else ()
        for index in plan.catalogue.indexes_of(parent):
            yield f"index:{dotted(index.key)}", ()  # those of the partitions are told by their own entries
