"""Where a native foreign key stands: inside CREATE TABLE, or behind the load.

A key inside CREATE TABLE wants its parent's table made first and its parent's rows loaded first. Keys are taken one by
one, those that bind most first; one that closes a circle with those before it goes behind the load.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsql_migrate.rewrite.keys.constraints import fate
from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reading import CopyBlock, InsertRun, insert_pieces
from dsql_migrate.rewrite.rows.row_order import RowGraph, key_edges, named, row_graph
from dsql_migrate.schema.model import Key, Table, TableConstraint
from dsql_migrate.source.facts import Change, Insert

_ROOM = 4  # rows may grow when they are converted: a COPY of a quarter of a transaction's bytes stays one block


def place_keys(plan: Plan) -> None:
    """Fill ``plan.inline`` and ``plan.behind`` with the foreign keys that are decided to be in CREATE TABLE."""
    wanted = sorted(_wanted(plan), key=lambda found: _weight(plan, *found))
    if not wanted:
        return
    graph = row_graph(plan)
    tables: dict[Key, set[Key]] = {}  # by table: those that are made behind it
    for table, constraint in wanted:
        why = _trouble(plan, table, constraint) or _ordered(plan, graph, tables, table, constraint)
        if why is None:
            plan.inline.add((table.key, constraint.name))
        else:
            plan.behind[table.key, constraint.name] = why


def _wanted(plan: Plan) -> Iterator[tuple[Table, TableConstraint]]:
    for key, planned in plan.tables.items():
        for constraint in planned.table.constraints.values():
            if constraint.kind != "foreign" or constraint.references is None:
                continue
            id = f"constraint:{dotted(key)}.{constraint.name}"
            if plan.decisions.take("foreign-keys", id, plan.target).option == "inline":
                yield planned.table, constraint


def _weight(plan: Plan, table: Table, constraint: TableConstraint) -> tuple[bool, bool, int, str]:
    """What is in CREATE TABLE already stays there first; then keys whose columns hold no NULL."""
    there = constraint.place.statement == table.place.statement
    nullable = any(not table.columns[name].not_null for name in constraint.columns if name in table.columns)
    return (not there, nullable, constraint.place.statement, constraint.name)


def _trouble(plan: Plan, table: Table, constraint: TableConstraint) -> str | None:
    """Why a key cannot stand in CREATE TABLE whatever the order."""
    assert constraint.references is not None
    root = plan.root(constraint.references)
    parent = plan.tables.get(root)
    if parent is None:
        return "its parent is not in the bundle"
    if not constraint.validated:
        return "NOT VALID in the source"
    if constraint.fact.not_enforced or constraint.origin == "promoted":
        return "the source does not hold all rows to it"
    if {table.key, constraint.references} & plan.script.incomplete:
        return "rows of its tables are not in the bundle"
    columns = set(constraint.referenced_columns)
    keys = (c for c in parent.table.unique_keys() if set(c.columns) == columns)
    if not any(fate(plan, parent, key).where in ("inline", "folded") for key in keys):
        return f"the key of {dotted(root)} is an index, which is built behind the load"
    line = _changed(plan, {table.key, root}) if constraint.place.statement != table.place.statement else None
    if line is not None:
        return f"{plan.where(line)} changes rows of its tables"
    return None


def _changed(plan: Plan, tables: set[Key]) -> int | None:
    """The line of the first UPDATE, DELETE or INSERT … SELECT of these tables."""
    for statement in plan.script.statements:
        fact = statement.fact
        if isinstance(fact, Change | Insert):
            changed = plan.catalogue.table(fact.table)
            if changed is not None and plan.root(changed.key) in tables:
                return statement.line
    return None


def _ordered(
    plan: Plan, graph: RowGraph, tables: dict[Key, set[Key]], table: Table, constraint: TableConstraint
) -> str | None:
    """Bind tables and rows to the order that the key wants; why that cannot be done."""
    assert constraint.references is not None
    root = plan.root(constraint.references)
    if root == table.key:
        return _within(plan, graph, table, constraint)
    circle = _path(tables, table.key, root)
    if circle is not None:
        return f"it closes a circle of foreign keys: {' → '.join(dotted(key) for key in (*reversed(circle), root))}"
    edges = key_edges(graph, plan, table.key, constraint.name)
    if edges is None or any(graph.reaches(child, parent) for parent, child in edges):
        return named(graph, plan, table.key, constraint.name)
    for parent, child in edges:
        graph.after[parent].add(child)
    tables.setdefault(root, set()).add(table.key)
    return None


def _path(after: dict[Key, set[Key]], start: Key, end: Key) -> list[Key] | None:
    """The tables from one to another along foreign keys that are placed, both included; None where there is no way."""
    came: dict[Key, Key | None] = {start: None}
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if at == end:
            found = [at]
            while (before := came[found[-1]]) is not None:
                found.append(before)
            return found[::-1]
        for other in sorted(after.get(at, ())):
            if other not in came:
                came[other] = at
                waiting.append(other)
    return None


def _within(plan: Plan, graph: RowGraph, table: Table, constraint: TableConstraint) -> str | None:
    """Of a key to its own table: rows that are loaded at once may stand in any order, and only those."""
    events = graph.of_table.get(table.key, [])
    before = bool(events) and constraint.place.statement < graph.events[events[0]].number
    if len(events) > 1 and not before:
        return "its rows are loaded in several transactions, and may refer to later ones"
    for at in events:
        what = graph.events[at].what
        if isinstance(what, CopyBlock) and not _at_once(plan, what):
            return "its rows do not go into one transaction, and may refer to later ones"
        if isinstance(what, InsertRun) and not (before and _uncut(plan, what)):
            return "its rows are loaded by several statements, and may refer to later ones"
    return None


def _at_once(plan: Plan, block: CopyBlock) -> bool:
    """Whether a COPY stays one block."""
    rows, most = 0, plan.target.limit("transaction-rows")
    if block.end - block.start > plan.target.limit("transaction-bytes") * 2 // 5 // _ROOM:
        return False
    for chunk in (block.file or plan.script.source).chunks(block.start, block.end):
        rows += bytes(chunk).count(b"\n")
    return rows <= most


def _uncut(plan: Plan, run: InsertRun) -> bool:
    """Whether every INSERT of a run stays one statement."""
    most, size = plan.target.limit("transaction-rows"), plan.target.limit("transaction-bytes") * 2 // 5 // _ROOM
    return all(
        fact is not None and (fact.rows or most + 1) <= most and len(piece.sql) <= size
        for piece, fact in insert_pieces(plan.script, run)
    )
