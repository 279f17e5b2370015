"""Foreign keys that the application keeps: their stubs in ``app/python`` and their orphan queries in ``audit``."""

from __future__ import annotations

from pathlib import Path

from dsql_migrate.rewrite.families.partitions import children_of, same
from dsql_migrate.rewrite.plan import ColumnPlan, Plan, TablePlan, dotted
from dsql_migrate.rewrite.tables.columns import type_text
from dsql_migrate.rewrite.tables.facets import facet_default, facet_not_null
from dsql_migrate.schema.model import Key, TableConstraint
from dsql_migrate.stubs.obligations import ColumnShape, ForeignKey, Obligations, TableShape


def write_application(plan: Plan, stubs: list[TableConstraint], folder: Path) -> None:
    """Write what the application takes over.

    Enters the files in the ledger. Nothing is written where there is nothing.
    """
    if not stubs:
        return
    from dsql_migrate.stubs.audit import write_audits
    from dsql_migrate.stubs.python import write_python

    keys = []
    owners = {id(c): t.key for t in plan.catalogue.tables.values() for c in t.constraints.values()}
    for constraint in stubs:
        table, fact = owners[id(constraint)], constraint.fact
        assert constraint.references is not None
        keys.append(
            ForeignKey(
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
        )
    places = {plan.place(key): key for key in plan.tables}
    involved = {k.table for k in keys} | {k.references for k in keys}
    shapes = tuple(_shape(plan, places[key]) for key in sorted(involved))
    obligations = Obligations(Path(plan.script.source.label).name, shapes, tuple(keys))
    written = write_python(obligations, folder, plan.target)
    audits = write_audits(obligations, folder)
    for key, constraint in zip(keys, stubs, strict=True):
        files = [*written.get(key.id, []), *([audits[key.id]] if key.id in audits else [])]
        for entry_id in (key.id, *_of_partitions(plan, owners[id(constraint)], constraint)):
            entry = plan.ledger.get(entry_id)
            if entry is not None:
                entry.into = files


def _of_partitions(plan: Plan, root: Key, constraint: TableConstraint) -> list[str]:
    """The entries of the partitions' foreign keys that the table's one stands for."""
    found = []
    for child in children_of(plan, root):
        found += [f"constraint:{dotted(child.key)}.{c.name}" for c in child.constraints.values() if same(c, constraint)]
    return found


def _shape(plan: Plan, key: Key) -> TableShape:
    """A table as the bundle creates it."""
    planned: TablePlan = plan.tables[key]
    primary = planned.table.primary_key
    return TableShape(
        schema=plan.place(key)[0],
        name=plan.place(key)[1],
        columns=tuple(shape for c in planned.columns.values() for shape in _columns(plan, c)),
        primary_key=primary.columns if primary else (),
        unique_keys=tuple(c.columns for c in planned.table.unique_keys() if c.kind == "unique"),
    )


def _columns(plan: Plan, column: ColumnPlan) -> list[ColumnShape]:
    """What the column is on the target."""
    source, choice = column.column, column.choice
    if column.facets:
        return [
            ColumnShape(
                name=name,
                type_sql=facet.sql,
                not_null=facet_not_null(column, i),
                default=facet_default(column, i) is not None,
                generated=False,
            )
            for i, (name, facet) in enumerate(zip(column.facets, choice.facets, strict=True))
        ]
    return [
        ColumnShape(
            name=source.name,
            type_sql=choice.sql or type_text(plan, source),
            not_null=source.not_null,
            default=(column.keep_default and source.default is not None) or column.identity is not None,
            generated=(source.generated is not None and column.plain is None) or column.identity_always,
        )
    ]
