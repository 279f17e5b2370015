"""What a plan promises of the tables that hold the elements of arrays."""

from __future__ import annotations

from dsql_migrate.rewrite.plan import ElementTable, Plan
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
            source_sql=elements.source_sql(_ELEMENT),
            target_sql=elements.target_sql(value),
        )
    )
    schema, name = parent.table.key
    relation = _relation(schema, name, table.column.column.name, only=parent.table.key in plan.apart)
    return TableExpectation(*table.key, (Part(schema, name, relation=relation),), tuple(columns))


def _relation(schema: str, name: str, column: str, *, only: bool) -> str:
    """The rows of the source's table, once for each element of an array, with its subscript and the element."""
    of = f"{'ONLY ' if only else ''}{quoted(schema, name)} AS t, generate_subscripts(t.{quoted(column)}, 1) AS s(n)"
    return f"(SELECT t.*, s.n AS {_POSITION}, t.{quoted(column)}[s.n] AS {_ELEMENT} FROM {of}) AS t"
