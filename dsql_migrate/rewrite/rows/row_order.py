"""The order of the rows: the source's, but parents before children where a key of CREATE TABLE asks for it.

What stands among the rows (UPDATE, DELETE, INSERT … SELECT, SET) stays where it is: nothing passes it. Rows of one
table, and those that draw on one sequence, stay in their order.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

from dsql_migrate.rewrite.plan import Plan, dotted
from dsql_migrate.rewrite.reading import CopyBlock, InsertRun, Statement
from dsql_migrate.schema.model import Key, Table
from dsql_migrate.source.facts import AlterSequence, AlterTable, Change, Insert, Select, SetParameter


@dataclass(frozen=True, slots=True)
class RowEvent:
    """What comes among the rows: a COPY block, INSERTs that follow each other, or another statement."""

    number: int  # its place in the source
    what: CopyBlock | InsertRun | Statement
    tables: frozenset[Key] = frozenset()  # of the bundle, that it puts rows into
    sequences: frozenset[Key] = frozenset()  # that it draws on or sets
    barrier: bool = False  # nothing may pass it

    @property
    def line(self) -> int:
        """Where it begins in the source."""
        what = self.what
        if isinstance(what, InsertRun):
            return min(stretch.first for stretch in what.stretches.values())
        return what.statement.line if isinstance(what, CopyBlock) else what.line


@dataclass(slots=True)
class RowGraph:
    """Which events must come before which; numbers are places in ``events``, which are in the source's order."""

    events: list[RowEvent]
    after: list[set[int]] = field(default_factory=list)  # by event: those that come behind it
    of_table: dict[Key, list[int]] = field(default_factory=dict)

    def reaches(self, start: int, end: int) -> bool:
        """Whether one event must come before another, or is it."""
        seen, waiting = {start}, [start]
        while waiting:
            at = waiting.pop()
            if at == end:
                return True
            for other in self.after[at] - seen:
                seen.add(other)
                waiting.append(other)
        return False

    def arranged(self) -> list[RowEvent]:
        """The events in an order that holds; the source's wherever that does."""
        before = [0] * len(self.events)
        for others in self.after:
            for other in others:
                before[other] += 1
        ready = [at for at, count in enumerate(before) if count == 0]
        found = []
        while ready:
            at = heapq.heappop(ready)
            found.append(self.events[at])
            for other in self.after[at]:
                before[other] -= 1
                if before[other] == 0:
                    heapq.heappush(ready, other)
        placed = {event.number for event in found}
        return found + [event for event in self.events if event.number not in placed]  # no row is lost to a circle


def row_graph(plan: Plan) -> RowGraph:
    """The events of a script, bound to their order by what they touch, not yet by keys."""
    graph = RowGraph(_events(plan))
    graph.after = [set() for _ in graph.events]
    last: dict[object, int] = {}
    barrier: int | None = None
    since: list[int] = []
    for at, event in enumerate(graph.events):
        if barrier is not None:
            graph.after[barrier].add(at)
        if event.barrier:
            for other in since:
                graph.after[other].add(at)
            barrier, since = at, []
        else:
            since.append(at)
        for table in event.tables:
            graph.of_table.setdefault(table, []).append(at)
        for touched in (*event.tables, *(("sequence", key) for key in event.sequences)):
            if touched in last:
                graph.after[last[touched]].add(at)
            last[touched] = at
    return graph


def _events(plan: Plan) -> list[RowEvent]:
    found = [_copied(plan, block) for block in plan.script.blocks]
    for run in plan.script.runs:
        found += [_inserted(plan, part) for part in parts_of(run)]
    for statement in plan.script.statements:
        fact = statement.fact
        if isinstance(fact, Change | Insert | SetParameter) or _restarts(fact):
            found.append(RowEvent(statement.number, statement, barrier=True))
        elif isinstance(fact, Select) and fact.calls:
            keys = [plan.catalogue.sequence_key(c.arguments[0] or "") for c in fact.calls if c.arguments]
            known = frozenset(key for key in keys if key is not None)
            found.append(RowEvent(statement.number, statement, sequences=known, barrier=not known))
        elif statement.number in plan.data:
            found.append(RowEvent(statement.number, statement, barrier=True))
    return sorted(found, key=lambda event: event.number)


def _restarts(fact: object) -> bool:
    """Whether it says where a sequence goes on."""
    if isinstance(fact, AlterSequence):
        return fact.options.restart is not None
    actions = fact.actions if isinstance(fact, AlterTable) else ()
    return any(action.identity is not None and action.identity.options.restart is not None for action in actions)


def _copied(plan: Plan, block: CopyBlock) -> RowEvent:
    if block.table is None:
        return RowEvent(block.statement.number, block)
    return RowEvent(block.statement.number, block, frozenset({plan.root(block.table.key)}), _drawn(plan, [block.table]))


def _inserted(plan: Plan, run: InsertRun) -> RowEvent:
    tables = list(run.tables.values())
    roots = frozenset(plan.root(table.key) for table in tables)
    reads = any(stretch.reads for stretch in run.stretches.values())
    return RowEvent(run.number, run, roots, _drawn(plan, tables), barrier=reads)


def _drawn(plan: Plan, tables: Iterable[Table]) -> frozenset[Key]:
    """The sequences that defaults and identities of these tables draw on."""
    found = set()
    for table in tables:
        for column in table.columns.values():
            for text in column.default.sequences if column.default is not None else ():
                key = plan.catalogue.sequence_key(text)
                if key is not None:
                    found.add(key)
        planned = plan.tables.get(plan.root(table.key))
        for column_plan in planned.columns.values() if planned is not None else ():
            if column_plan.identity is not None:
                found.add(column_plan.identity.key)
    return frozenset(found)


def parts_of(run: InsertRun) -> list[InsertRun]:
    """A run as pieces of one table each; tables whose INSERTs stand among each other stay together."""
    parts: list[InsertRun] = []
    for name, stretch in sorted(run.stretches.items(), key=lambda item: item[1].start):
        if parts and stretch.start < parts[-1].end:
            last = parts[-1]
            last.end = max(last.end, stretch.end)
            last.tables[name], last.then[name], last.stretches[name] = run.tables[name], run.then[name], stretch
            continue
        parts.append(
            InsertRun(
                stretch.number,
                stretch.start,
                stretch.end,
                stretch.line,
                run.search_path,
                tables={name: run.tables[name]},
                then={name: run.then[name]},
                stretches={name: stretch},
            )
        )
    return parts


def arranged_events(plan: Plan) -> list[RowEvent]:
    """The events in the order in which data.sql has them: parents first, as the keys of CREATE TABLE want it."""
    graph = row_graph(plan)
    for table, name in sorted(plan.inline):
        constraint = plan.catalogue.tables[table].constraints[name]
        if constraint.references is not None:
            for one, other in key_edges(graph, plan, table, name) or ():
                graph.after[one].add(other)
    return graph.arranged()


def key_edges(graph: RowGraph, plan: Plan, table: Key, name: str) -> list[tuple[int, int]] | None:
    """Which events must come before which so that a foreign key holds for every row as it comes in.

    None where nothing can bring that about. Rows that the source itself loaded under the key keep its order; else all
    rows of the parent come before all of the child.
    """
    constraint = plan.catalogue.tables[table].constraints[name]
    children = graph.of_table.get(plan.root(table), [])
    parents = graph.of_table.get(plan.root(constraint.references or table), [])
    if not children or not parents:
        return []
    if constraint.place.statement < graph.events[children[0]].number:
        found, at = [], 0
        for child in children:
            while at < len(parents) and parents[at] < child:
                at += 1
            if at:
                found.append((parents[at - 1], child))
        return found
    if parents[-1] in children:
        return None
    return [(parents[-1], children[0])]


def named(graph: RowGraph, plan: Plan, table: Key, name: str) -> str:
    """Why ``key_edges`` finds no order, or none that goes with the others: in words, with lines of the source."""
    constraint = plan.catalogue.tables[table].constraints[name]
    parent = plan.root(constraint.references or table)
    last = graph.events[graph.of_table[parent][-1]]
    return f"rows of {dotted(parent)} stand behind or among those that refer to them ({plan.where(last.line)})"
