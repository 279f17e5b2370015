"""Indexes over an array whose elements are rows of a table beside: an index on the elements there.

A gin index over an array finds the rows whose array holds an element. Where elements are rows, a btree index on their
column finds them; the key of the parent stands beside each.
"""

from __future__ import annotations

from dsql_migrate.rewrite.indexes.index_choice import leave_out_index
from dsql_migrate.rewrite.indexes.served_queries import Queries, asked_by
from dsql_migrate.rewrite.plan import ElementTable, Item, Plan, dotted
from dsql_migrate.rewrite.quoting import identifier, qualified
from dsql_migrate.rewrite.writing.jobs import waited
from dsql_migrate.schema.model import Index, Key
from dsql_migrate.schema.naming import choose

_RULE = "DSQL303"


def elements_indexed(plan: Plan, index: Index, root: Key) -> ElementTable | None:
    """The table of the elements that an index is over; None where it is over something else, or no key holds them."""
    keys = index.fact.keys
    column = keys[0].column if len(keys) == 1 else None
    for table in plan.element_tables.get(root, ()):
        elements = table.column.choice.elements
        if table.column.column.name == column and table.column.facets and elements is not None:
            known = plan.target.types.get(elements.facet.internal)
            return table if known is not None and known.key else None
    return None


def element_index(plan: Plan, index: Index, root: Key, table: ElementTable, queries: Queries) -> None:
    """Enter the index, and make the one on the elements; a second one over the same elements is served by the first."""
    id, method = f"index:{dotted(index.key)}", index.fact.method
    if plan.decide("search-indexes", id) == "drop":
        leave_out_index(plan, index, "dropped", f"as decided; DSQL has no {method} indexes", _RULE)
        return
    schema, name = table.key[0], choose(table.key[1], table.value, "idx", lambda found: _taken(plan, table, found))
    lane, statement = dotted(table.key), plan.statements[index.place.statement]
    told = _told(plan, table, index, asked_by(queries.asking_index(index, root)))
    serves = f"{method} over {table.column.column.name}, whose elements are rows of {lane}: {{}}; {told}"
    twin = next((i for i in plan.post if i.lane == lane and b" INDEX ASYNC " in i.text and i.provides), None)
    if twin is not None:
        made = next(iter(twin.provides)).partition(":")[2]
        plan.note("index", dotted(index.key), index.place.line, "rewritten", serves.format(f"{made} serves"),
                  rule=_RULE, into=("post-data.sql",))  # fmt: skip
        plan.moved[id] = ()
        return
    made = f"{schema}.{name}"
    reason = serves.format(f"{made} on {identifier(table.value)} there")
    plan.note("index", dotted(index.key), index.place.line, "rewritten", reason, rule=_RULE, into=("post-data.sql",))
    plan.moved[id] = ()
    plan.extra.add(f"index:{made}")
    lead = statement.piece.text[: statement.piece.body].decode("utf-8", "surrogateescape")
    sql = f"{lead}CREATE INDEX ASYNC {identifier(name)} ON {qualified(table.key)} ({identifier(table.value)})"
    plan.post.append(
        Item(waited(sql, f"index {made} was not built: see sys.jobs"), statement.number, (id,), statement.search_path,
             provides=frozenset({f"index:{made}"}), needs=frozenset({f"relation:{lane}"}), rank=30, lane=lane)
    )  # fmt: skip


def _taken(plan: Plan, table: ElementTable, name: str) -> bool:
    return plan.catalogue.is_relation(table.key[0], name) or f"index:{table.key[0]}.{name}" in plan.extra


def _told(plan: Plan, table: ElementTable, index: Index, asked: str) -> str:
    """How a query that the index served is written now."""
    column, here = table.column.column.name, identifier(plan.place(table.parent.table.key)[1])
    keys = " AND ".join(f"e.{identifier(k)} = {here}.{identifier(k)}" for k in table.keys)
    of = f"EXISTS (SELECT FROM {qualified(table.key)} e WHERE {keys} AND e.{identifier(table.value)}"
    where = "; its WHERE is left out: the elements do not have its columns" if index.fact.where is not None else ""
    return f"{identifier(column)} @> of one element is {of} = …), && is {of} IN (…)){where}; {asked}"
