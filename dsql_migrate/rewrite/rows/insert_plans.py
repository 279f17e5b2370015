"""What becomes of the values of INSERT statements, table by table."""

from __future__ import annotations

from dsql_migrate.rewrite.data.insert import ElementPlan, InsertPlan, Supply
from dsql_migrate.rewrite.plan import Plan, TablePlan
from dsql_migrate.rewrite.quoting import literal, qualified
from dsql_migrate.rewrite.rows.copy_rows import columns_of
from dsql_migrate.rewrite.rows.element_files import columns_sql
from dsql_migrate.rewrite.sequences.numbers import Numbers
from dsql_migrate.schema.model import Table


def insert_plan(
    plan: Plan, numbers: Numbers, table: Table, planned: TablePlan, most: tuple[int, int]
) -> InsertPlan:
    """What to do with the INSERTs of a source table. ``most``: rows and bytes of one statement."""
    conversions, splits, arrays, added = {}, {}, {}, []
    for name, column in columns_of(plan, table, planned).items():
        conversion = column.choice.conversion
        if column.choice.elements is not None:
            arrays[name] = column.choice.elements
        elif column.choice.split is not None:
            splits[name] = (column.choice.split, column.facets)
        if conversion is not None and (column.choice.sql is not None or conversion.minds_literals):
            conversions[name] = conversion  # literals of the old type may need another form
        supply = numbers.supply(column)
        if supply is not None:
            added.append((name, supply if column.drawn is None else _quoted(supply)))
    merge = plan.merges.get(table.key)
    if merge is not None and merge.constant is not None and planned.discriminator:
        text = literal(merge.constant).strip()
        added.append((planned.discriminator, lambda: text))
    moved = plan.place(planned.table.key) != table.created_as
    return InsertPlan(
        columns=tuple(table.columns),  # VALUES without a column list has DEFAULT for a generated one
        max_rows=most[0],
        max_bytes=most[1],
        table=qualified(plan.place(planned.table.key)) if moved else None,
        converters=conversions,
        splits=splits,
        elements={
            t.column.column.name: ElementPlan(
                t.column.names[0], t.keys, qualified(t.key), columns_sql(t), arrays[t.column.column.name].apart,
                arrays[t.column.column.name].most,
            )
            for t in plan.element_tables.get(planned.table.key, ())
            if t.column.column.name in arrays
        },
        add_columns=tuple(added),
        name_columns=planned.table.key != table.key or planned.added_key is not None,
        always=frozenset(n for n, c in planned.columns.items() if c.identity is not None and c.identity_always),
    )


def _quoted(supply: Supply) -> Supply:
    """What gives a value as a literal of SQL."""
    return lambda: literal(supply()).strip()
