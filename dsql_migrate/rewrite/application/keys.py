"""Foreign keys and deferrable unique keys, as those who write stubs want them."""

from __future__ import annotations

from collections.abc import Iterable

from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.schema.model import Key, Table, TableConstraint
from dsql_migrate.stubs.obligations import DeferredKey, ForeignKey


def foreign_keys(plan: Plan, constraints: Iterable[TableConstraint]) -> tuple[ForeignKey, ...]:
    """These foreign keys of the catalogue, under the names that their tables have on the target."""
    owners = owners_of(plan)
    return tuple(_foreign_key(plan, owners[id(constraint)], constraint) for constraint in constraints)


def owners_of(plan: Plan) -> dict[int, Key]:
    """The table of each constraint, by the constraint's id()."""
    return {id(c): t.key for t in plan.catalogue.tables.values() for c in t.constraints.values()}


def native_keys(plan: Plan, stubs: Iterable[TableConstraint]) -> tuple[ForeignKey, ...]:
    """The foreign keys that the database keeps, in the order in which the source makes them."""
    left = {id(constraint) for constraint in stubs}
    found = []
    for planned in plan.tables.values():
        for constraint in planned.table.constraints.values():
            if constraint.kind != "foreign" or id(constraint) in left or constraint.references is None:
                continue
            entry = plan.ledger.get(f"constraint:{dotted(planned.table.key)}.{constraint.name}")
            if entry is not None and entry.disposition in ("kept", "rewritten"):
                found.append(constraint)
    found.sort(key=lambda one: (one.place.statement, one.place.span.start))
    return foreign_keys(plan, found)


def _foreign_key(plan: Plan, table: Key, constraint: TableConstraint) -> ForeignKey:
    fact = constraint.fact
    assert constraint.references is not None
    return ForeignKey(
        id=f"constraint:{dotted(table)}.{constraint.name}",
        name=constraint.name,
        line=constraint.place.line,
        table=plan.place(table),
        columns=constraint.columns,
        references=plan.place(plan.root(constraint.references)),
        referenced_columns=constraint.referenced_columns,
        on_delete=fact.on_delete,
        on_update=fact.on_update,
        on_delete_columns=fact.on_delete_columns,
        match="full" if fact.match == "full" else "simple",
        deferrable=fact.deferrable,
        initially_deferred=fact.initially_deferred,
    )


def deferred_keys(plan: Plan) -> tuple[DeferredKey, ...]:
    """DEFERRABLE primary and unique keys: the bundle has them, checked at each row."""
    return tuple(
        DeferredKey(
            id=f"constraint:{dotted(table.key)}.{constraint.name}",
            name=constraint.name,
            line=constraint.place.line,
            table=plan.place(table.key),
            columns=constraint.columns,
            initially_deferred=constraint.fact.initially_deferred,
        )
        for table, constraint in _constraints(plan)
        if constraint.kind in ("primary", "unique") and constraint.fact.deferrable
    )


def _constraints(plan: Plan) -> list[tuple[Table, TableConstraint]]:
    return [(planned.table, one) for planned in plan.tables.values() for one in planned.table.constraints.values()]
