"""The contents of both sides: rows, digests, and what views show."""

from __future__ import annotations

from typing import Any

from dsql_migrate.verify import access
from dsql_migrate.verify.digest import Digest, digest_rows, digest_text_rows, quoted
from dsql_migrate.verify.expect import ColumnExpectation, ObjectExpectation, Part, TableExpectation
from dsql_migrate.verify.outcome import Check, Comparison
from dsql_migrate.verify.second import Second
from dsql_migrate.verify.structure import Table, View

_PER_ROLE = "its view shows each role other rows: they are not compared with those of row security"
_VIEW_SECONDS = 60  # a view is somebody else's code: it may never end


def compare_rows(
    comparison: Comparison, source: Any, target: Any, second: Second
) -> tuple[Check, Check, list[dict[str, Any]]]:
    """Counts and digests of every expected table. ``source``, ``target``: reading connections (``access.reader``)."""
    rows, digests = Check("rows"), Check("digests")
    records = []
    for table in sorted(comparison.expectations.tables, key=lambda table: table.qualified):
        if table.qualified not in comparison.target.tables:
            continue  # "tables" says so
        rows.count("tables")
        why = why_not(comparison, table)
        there, there_error = _of_target(target, table)
        if there is None:
            digests.differ(table.id, f"cannot be read on the target: {there_error}")
            continue
        was, error = (None, why) if why is not None else _of_source(source, table)
        records.append(_record(table, was, there))
        if was is not None:
            rows.count("rows", was.rows)
            if was == there or not _explained(comparison, table, was, there, source, target, second):
                _judge(comparison, rows, digests, table, was, there, source, target)
        elif why is not None or _unproved_columns(comparison, table):
            comparison.leave(f"rows:{table.qualified}", error or "")
        else:
            digests.differ(table.id, f"cannot be read on the source: {error}")
    return rows, digests, records


def _record(table: TableExpectation, was: Digest | None, there: Digest) -> dict[str, Any]:
    return {
        "name": table.qualified,
        "rows_source": was.rows if was is not None else None,
        "rows_target": there.rows,
        "digest_source": was.text if was is not None else "",
        "digest_target": there.text,
    }


def _judge(
    comparison: Comparison, rows: Check, digests: Check, table: TableExpectation, was: Digest, there: Digest,
    source: Any, target: Any,
) -> None:  # fmt: skip
    if was.rows != there.rows:
        rows.differ(table.id, f"has {there.rows:,} rows on the target, {was.rows:,} on the source")
        return
    digests.count("digests")
    if was == there:
        return
    guilty = [column.name for column in table.columns if _column_differs(table, column, source, target)]
    doubtful = _unproved_columns(comparison, table)
    if guilty and set(guilty) <= set(doubtful):
        for name in guilty:
            comparison.leave(f"column:{table.qualified}.{name}", doubtful[name])
        return
    where = f" in {', '.join(guilty)}" if guilty else ": the same values, put together in another way"
    digests.differ(table.id, f"has other rows{where}")


def _explained(
    comparison: Comparison,
    table: TableExpectation,
    was: Digest,
    there: Digest,
    source: Any,
    target: Any,
    second: Second,
) -> bool:
    """Whether a difference comes from the script itself, as a second load of it without its code shows.

    Such are rows made by code that DSQL does not run, and values that are others at each run, of now() or random() say.
    """
    reader = second.reader()
    plain = _of_source(reader, table)[0] if reader is not None else None
    if plain is None or plain.rows != there.rows:
        return False
    if plain == there:
        comparison.leave(f"rows:{table.qualified}", "code of the script (a trigger, a function it calls) changed them")
        return True
    reasons = {}
    for column in table.columns:
        if not _column_differs(table, column, source, target):
            continue
        if not _column_differs(table, column, reader, target):
            reasons[column.name] = "code of the script (a trigger, a function it calls) changed its values"
        elif was.rows == plain.rows and _column_changes(table, column, source, reader):
            reasons[column.name] = "its values are others at each run of the script"
        else:
            return False
    for name, reason in reasons.items():
        comparison.leave(f"column:{table.qualified}.{name}", reason)
    return bool(reasons)


def _column_changes(table: TableExpectation, column: ColumnExpectation, source: Any, second: Any) -> bool:
    alone = TableExpectation(table.schema, table.name, table.parts, (column,))
    return _of_source(source, alone)[0] != _of_source(second, alone)[0]


def why_not(comparison: Comparison, table: TableExpectation) -> str | None:
    """Why the source's rows say nothing about the target's."""
    if table.unproved is not None:
        return table.unproved
    for name in sorted({*(part.name for part in table.parts), *comparison.sources.get(table.qualified, ())}):
        missing = name not in comparison.source.tables and name not in comparison.source.views
        why = _why_missing(comparison, name) if missing else None
        why = why or comparison.load.rows_failed(name)
        if why is not None:
            return why
    return None


def _why_missing(comparison: Comparison, name: str) -> str | None:
    """Why the source has no table or materialized view of that name."""
    load = comparison.load
    return load.why_missing(f"table:{name}") or load.why_missing(f"materialized view:{name}")


def _unproved_columns(comparison: Comparison, table: TableExpectation) -> dict[str, str]:
    """Target columns whose source column a stand-in plays, or whose query reads values that were converted."""
    reasons = dict(comparison.load.unproved)
    return _of_other_types(comparison, table) | {
        column.name: f"its values differ from the stand-in's: {reasons[id]}"
        for column in table.columns
        for source in comparison.sources.get(table.qualified, ())
        if (id := f"column:{source}.{column.source_name or column.name}") in reasons
    }


def _of_other_types(comparison: Comparison, table: TableExpectation) -> dict[str, str]:
    """Columns of a stored view whose query reads converted columns: their types differ beyond how they are stored."""
    views = [comparison.source.views[part.name] for part in table.parts if part.name in comparison.source.views]
    types = {name: type for view in views for name, type in view.columns}
    return {
        column.name: f"its values read differently: it was {types[column.name]} on the source"
        for column in table.columns
        if column.name in types and types[column.name] != column.type and not column.source_sql
    }


def _source_sql(column: ColumnExpectation, part: Part) -> str:
    constant = (part.constants or {}).get(column.name)
    if constant is not None:
        return constant
    return column.source_sql or quoted(column.source_name or column.name)


def _of_source(source: Any, table: TableExpectation) -> tuple[Digest | None, str | None]:
    import psycopg

    total = Digest()
    try:
        for part in table.parts:
            expressions = [_source_sql(column, part) for column in table.columns]
            total += digest_rows(source, expressions, relation(part))
    except psycopg.Error as error:
        return None, str(error).partition("\n")[0]
    return total, None


def _of_target(target: Any, table: TableExpectation) -> tuple[Digest | None, str | None]:
    import psycopg

    expressions = [column.target_sql or quoted(column.name) for column in table.columns]
    try:
        return digest_rows(target, expressions, quoted(table.schema, table.name)), None
    except psycopg.Error as error:
        return None, str(error).partition("\n")[0]


def relation(part: Part) -> str:
    """The part's table as SQL behind FROM."""
    return part.relation or ("ONLY " if part.only else "") + quoted(part.schema, part.table)


def _column_differs(table: TableExpectation, column: ColumnExpectation, source: Any, target: Any) -> bool:
    alone = TableExpectation(table.schema, table.name, table.parts, (column,))
    return _of_source(source, alone)[0] != _of_target(target, alone)[0]


def compare_views(comparison: Comparison, source: Any, target: Any) -> Check:
    """Promised views are there, with the same output columns, and show the same rows where both sides can be read."""
    check = Check("views")
    for connection in (source, target):
        access.limit(connection, _VIEW_SECONDS)
    for expectation in comparison.objects:
        if expectation.kind in ("row security", "policy") and expectation.targets:
            comparison.leave(expectation.id, _PER_ROLE)
        if expectation.kind not in ("view", "materialized view", "table"):
            continue
        name = expectation.id.partition(":")[2]
        was = comparison.source.views.get(name) or _partitioned(comparison.source.tables.get(name))
        if was is None and comparison.missing_in_source(expectation):
            continue
        for id in expectation.targets:
            if not id.startswith(("view:", "materialized view:")):
                continue
            check.count("views")
            now = comparison.target.views.get(id.partition(":")[2])
            if now is None:
                check.differ(id, "is not on the target")
            elif was is not None:
                _compare_view(comparison, check, expectation, was, now, source, target)
    for connection in (source, target):
        access.limit(connection, 0)
    return check


def _partitioned(table: Table | None) -> View | None:
    """A partitioned table as the view that it may have become."""
    if table is None or not table.partitioned:
        return None
    return View(table.schema, table.name, False, tuple((column.name, column.type) for column in table.columns))


def _compare_view(
    comparison: Comparison, check: Check, expectation: ObjectExpectation, was: View, now: View, source: Any, target: Any
) -> None:
    declared = expectation.changed
    names, there = [name for name, _ in was.columns], [name for name, _ in now.columns]
    if names != there and not declared & {"columns", "all"}:
        check.differ(now.id, f"has the columns {', '.join(there)}, not {', '.join(names)}")
        return
    if declared & {"rows", "columns", "all"}:
        return
    first, error = _shown(source, was)
    shown, target_error = _shown(target, now)
    if first is None or shown is None:
        comparison.leave(expectation.id, f"its rows cannot be read: {error or target_error}")
        return
    check.count("views read")
    if first == shown:
        return
    if _shown(source, was)[0] != first:
        comparison.leave(expectation.id, "it shows other rows at every reading")
    elif was.columns != now.columns:
        comparison.leave(expectation.id, "its rows read differently: types of its columns were converted")
    else:
        check.differ(now.id, f"shows other rows ({shown.rows:,}; on the source {first.rows:,})")


def _shown(connection: Any, view: View) -> tuple[Digest | None, str | None]:
    import psycopg

    try:
        return digest_text_rows(connection, quoted(view.schema, view.name)), None
    except psycopg.Error as error:
        return None, str(error).partition("\n")[0]
