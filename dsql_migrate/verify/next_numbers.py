"""What the next INSERT draws: a number that no row has."""

from __future__ import annotations

from typing import Any

from dsql_migrate.verify import access
from dsql_migrate.verify.digest import quoted
from dsql_migrate.verify.outcome import Check, Comparison
from dsql_migrate.verify.structure import Table

_SECONDS = 60  # the column may have no index


def next_numbers(comparison: Comparison, target: Any) -> Check:
    """The next number of every identity column stands in none of its rows, unless the source's would as well."""
    check = Check("next numbers")
    access.limit(target, _SECONDS)
    for table in comparison.target.tables.values():
        for column in table.columns:
            if column.identity:
                _one(comparison, check, target, table, column.name)
    access.limit(target, 0)
    return check


def _one(comparison: Comparison, check: Check, target: Any, table: Table, column: str) -> None:
    import psycopg

    id = f"identity:{table.qualified}.{column}"
    sequence = comparison.target.sequence(id)
    if sequence is None or sequence.next_value is None:
        return
    check.count("identity columns")
    query = f"SELECT 1 FROM {quoted(table.schema, table.name)} WHERE {quoted(column)} = %s LIMIT 1"
    try:
        taken = target.execute(query.encode(), (sequence.next_value,)).fetchone() is not None
    except psycopg.Error as error:
        comparison.leave(id, f"its rows cannot be read: {str(error).partition(chr(10))[0]}")
        return
    if not taken:
        return
    was = [comparison.source.sequence(e.id) for e in comparison.promised.get(id, ())]
    if any(s is not None and s.next_value == sequence.next_value for s in was):
        comparison.leave(id, f"its next number, {sequence.next_value}, is in use; in the source too")
    else:
        check.differ(id, f"would give {sequence.next_value} next, which a row has")
