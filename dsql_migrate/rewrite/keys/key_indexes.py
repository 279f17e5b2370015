"""Keys over text that ignores case: a unique index on lower(…) keeps what they kept."""

from __future__ import annotations

from dsql_migrate.rewrite.keys.constraints import fate
from dsql_migrate.rewrite.keys.letter_case import folded, keys_of
from dsql_migrate.rewrite.plan import Item, Plan, TablePlan, dotted
from dsql_migrate.rewrite.quoting import identifier, one_line, qualified
from dsql_migrate.rewrite.writing.jobs import waited
from dsql_migrate.schema.model import Key, TableConstraint
from dsql_migrate.schema.naming import choose, columns_part


def plan_key_indexes(plan: Plan) -> None:
    """Items for the indexes; for a UNIQUE that an index takes the place of, and for keys that stay beside one."""
    taken = {*plan.catalogue.indexes, *plan.catalogue.tables, *plan.catalogue.views, *plan.catalogue.sequences}
    for planned in plan.tables.values():
        for constraint in planned.table.unique_keys():
            if any(folded(planned, column) for column in constraint.columns):
                _index(plan, planned, constraint, taken)


def _index(plan: Plan, planned: TablePlan, constraint: TableConstraint, taken: set[Key]) -> None:
    table = planned.table.key
    decided = fate(plan, planned, constraint)
    id = f"constraint:{dotted(table)}.{constraint.name}"
    if decided.where == "index":
        key = (table[0], constraint.name)
        made = f"index:{dotted(plan.place(key))}"
        if constraint.origin == "promoted":
            plan.extra.add(made)
        else:
            plan.moved[id] = (made,)
    elif decided.where in ("inline", "folded"):
        names = columns_part(constraint.columns)
        key = (table[0], choose(table[1], names, "lower_key", lambda name: (table[0], name) in taken))
        plan.extra.add(f"index:{dotted(plan.place(key))}")
    else:
        return
    taken.add(key)
    fact, statement = constraint.fact, plan.statements[constraint.place.statement]
    include = f" INCLUDE ({', '.join(identifier(c) for c in fact.include)})" if fact.include else ""
    nulls = " NULLS NOT DISTINCT" if fact.nulls_not_distinct else ""
    keys = keys_of(planned, constraint.columns)
    sql = f"CREATE UNIQUE INDEX ASYNC {identifier(key[1])} ON {qualified(table)} ({keys}){include}{nulls}"
    if decided.where != "index":
        sql = f"-- No two rows differ in case alone, as {one_line(constraint.name)} said in the source.\n{sql}"
    text = waited(sql, f"index {dotted(plan.place(key))} was not built: see sys.jobs")
    relation = frozenset({f"relation:{dotted(table)}"})
    ids = (id,) if decided.where == "index" else ()
    lane = dotted(table)
    plan.post.append(Item(text, statement.number, ids, statement.search_path, needs=relation, rank=10, lane=lane))
