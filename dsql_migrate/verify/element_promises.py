"""What a plan promises of the tables that hold the elements of arrays."""

from __future__ import annotations

from dsql_migrate.rewrite.forms.choice import Elements
from dsql_migrate.rewrite.plan import ColumnPlan, ElementTable, Plan, TablePlan
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.expect import ColumnExpectation, Part, TableExpectation
from dsql_migrate.verify.shown_type import shown_facet, shown_type

# Names of the source's side that no column of a table has.
_POSITION, _ELEMENT = quoted("dsql-migrate: position"), quoted("dsql-migrate: element")


def elements_of(plan: Plan, table: ElementTable) -> TableExpectation:
    """The table: a row an element, with the key of the row that the element stood in and its subscript."""
    parent, elements = table.parent, table.column.choice.elements
    assert elements is not None
    columns = []
    for name in table.keys:
        column = parent.columns[name]
        conversion, sql = column.choice.conversion, quoted(name)
        source_sql = conversion.source_sql(sql) if conversion and conversion.source_sql else ""
        target_sql = conversion.target_sql(sql) if conversion and conversion.source_sql else ""
        columns.append(
            ColumnExpectation(
                name, shown_type(plan, column), not_null=True, source_sql=source_sql, target_sql=target_sql
            )
        )
    columns.append(ColumnExpectation(table.position, "integer", not_null=True, source_sql=_POSITION))
    facet, value = elements.facet, quoted(table.value)
    columns.append(
        ColumnExpectation(
            table.value,
            shown_facet(plan, facet),
            source_name=table.column.column.name,
            not_null=bool(elements.part),
            source_sql=elements.source_sql(_ELEMENT),
            target_sql=elements.target_sql(value),
        )
    )
    schema, name = parent.table.key
    only = parent.table.key in plan.apart
    if elements.part:
        relation = _parts(schema, name, table, elements, only=only)
    else:
        relation = _relation(schema, name, table.column.column.name, only=only)
    return TableExpectation(*table.key, (Part(schema, name, relation=relation),), tuple(columns))


def _relation(schema: str, name: str, column: str, *, only: bool) -> str:
    """The rows of the source's table, once for each element of an array, with its subscript and the element."""
    of = f"{'ONLY ' if only else ''}{quoted(schema, name)} AS t, generate_subscripts(t.{quoted(column)}, 1) AS s(n)"
    return f"(SELECT t.*, s.n AS {_POSITION}, t.{quoted(column)}[s.n] AS {_ELEMENT} FROM {of}) AS t"


def _parts(schema: str, name: str, table: ElementTable, elements: Elements, *, only: bool) -> str:
    """The rows of the source's table, once for each part of a value that is too large, with its number and the part."""
    value, size = f"t.{quoted(table.column.column.name)}", elements.part
    of = f"{'ONLY ' if only else ''}{quoted(schema, name)} AS t"
    numbers = f"generate_series(1, (length({value}) + {size - 1}) / {size}) AS s(n)"
    part = f"substr({value}, (s.n - 1) * {size} + 1, {size})"
    where = f"WHERE octet_length({value}) > {elements.most}"
    return f"(SELECT t.*, s.n AS {_POSITION}, {part} AS {_ELEMENT} FROM {of}, {numbers} {where}) AS t"


def put_together(plan: Plan, planned: TablePlan, column: ColumnPlan) -> str:
    """SQL over a row of the target's table: its value of a column whose large values are in parts."""
    table = next(t for t in plan.element_tables[planned.table.key] if t.column is column)
    elements = column.choice.elements
    assert elements is not None
    here = plan.place(planned.table.key)
    keys = " AND ".join(f"p.{quoted(name)} = {quoted(*here, name)}" for name in table.keys)
    parts = f"string_agg(p.{quoted(table.value)}, ''::{elements.facet.sql} ORDER BY p.{quoted(table.position)})"
    return f"coalesce((SELECT {parts} FROM {quoted(*table.key)} AS p WHERE {keys}), {quoted(column.column.name)})"
